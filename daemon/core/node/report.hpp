// What a node has to tell its operator. The core reports; others put it into words and logs.
#pragma once

#include <cstdint>
#include <string>

#include "daemon/core/time/instant.hpp"

namespace berkeley {

enum class ReportKind : std::uint8_t {
    cluster_formed,         // subject: who counted; amount: half the width of the agreement
    begun_where_last_seen,  // as all clocks are long past; amount: cluster time, since 1970
    master_found,           // subject: the master
    synchronized,           // amount: offset
    holdover,               // subject: the master that fell silent
    master_left,            // subject: the master, which said goodbye
    member_joined,          // subject: the member
    member_trusted,         // its clock counts from now on
    member_excluded,        // detail: why
    member_silent,          // amount: for how long
    member_returned,
    member_left,
    clock_stepped,           // amount: by how much; detail: why
    clock_set_by_other,      // amount: by how much someone else moved the clock
    clock_steered_by_other,  // detail: what was not as we left it; state is refusing
    adjusting_failed,        // detail: what the kernel said; state is refusing
    move_limit_reached,      // detail: how far it would be; state is refusing
    correction_refused,      // subject: the master; amount: apart from what is known; detail: why
    master_believed,         // again; subject: the master; amount: after how long
    cluster_time_leapt,      // subject: the master; amount: by how much; detail: to which epoch
    raw_clock_broken,        // detail: suspend, clocksource change, ...: measuring starts again
    waiting_for_voters,      // amount unused; detail: "2 of 5 expected clocks"
    table_full,              // subject: who was turned away
    member_refused,          // on a candidate; subject: who; detail: why
    refused_by_master,       // on the member; subject: the master; detail: why
    invitation_made,         // amount: how long it lasts; detail: with or without a vote
    node_enrolled,           // subject: the node; detail: its key, and where it came from
    enrolment_refused,       // subject: the name wanted; detail: why, and who asked
    node_revoked,            // subject: the node; detail: its key
    elected,                 // this node leads from now on; detail: in which term
    leads_no_more,           // detail: why
    move_announced,          // subject: the master; amount: by how much; detail: what comes when
    move_refused,            // on a member; subject: the master; amount: by how much
    cluster_time_moved,      // subject: this node; amount: by how much; detail: to which epoch
    move_given_up,           // amount: by how much it was to be; detail: why
    formed_by_operator,      // detail: who is here, and who is not
    master_contradicted,     // subject: the candidate that is told otherwise; amount: by how much;
                             // detail: the master
    vote_withdrawn,          // subject: the master, which contradicts itself; detail: its term
    accused,                 // on the master; subject: the candidate that withdrew its vote
    roster_proposed,         // on the master; detail: what
    roster_signed,           // on a candidate; subject: who proposed it; detail: what
    roster_held,             // detail: its serial, and who the candidates are
    roster_given_up,         // on the master; detail: what, and why
    aspirant_waits,          // subject: who is to be a candidate, and alone is not made one
    aspirant_let_go,         // subject: who was to be a candidate, and stays a member; detail: why
    roster_out_of_reach,     // a later one, whose beginnings nobody tells; detail: its serial
    deposed,                 // it was the master; amount: for how long it does not lead
    reference_believed,      // subject: the reference; amount: its time − cluster time
    reference_excluded,      // subject: the reference; detail: why
    timescale_reference,  // amount: the references' time − cluster time; detail: how long it takes
    timescale_ensemble,   // no reference is believed any more
    leap_announced,       // amount: by how much clocks will move; detail: when
    leap_withdrawn,
    leap_second,  // amount: by how much clocks moved; detail: if it was missed, how
};

struct Report {
    ReportKind kind{};
    std::string subject;
    Duration amount{0};
    std::string detail;
};

}  // namespace berkeley
