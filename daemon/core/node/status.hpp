// A node's account of itself, for the control interface. What is not known is empty.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/node/settings.hpp"
#include "daemon/core/steer/kernel_clock.hpp"
#include "daemon/core/time/instant.hpp"
#include "daemon/core/wire/endpoint.hpp"
#include "daemon/core/wire/identity.hpp"
#include "daemon/core/wire/move.hpp"

namespace berkeley {

enum class Role : std::uint8_t { master, member };
enum class NodeState : std::uint8_t { starting, synchronizing, synchronized, holdover, refusing };
enum class MemberState : std::uint8_t { joining, trusted, excluded, silent, left };

// Whether a clock counts in the average, as far as this node knows.
enum class Counted : std::uint8_t { unknown, no, yes };

// Where cluster time goes: after the clocks of the nodes, or after outside time.
enum class Timescale : std::uint8_t { ensemble, reference };

struct ClockStanding {
    NodeState state = NodeState::starting;
    std::uint64_t term = 0;
    std::uint64_t epoch = 0;
    std::optional<Duration> offset;  // as in NodeStatus
    std::optional<Duration> bound;
    NodeId master;       // that it follows, or itself; nobody: none
    bool leads = false;  // now: its lease has not ended
};

// A move of cluster time that is to come.
struct MoveStatus {
    ClusterTime at;
    std::optional<Duration> in;  // none where there is no cluster time
    Duration by{0};
    std::uint64_t epoch = 0;  // that begins with it
    MoveWay way = MoveWay::step;
    bool decided = false;
    bool accepted = true;  // by this node
    // On the master: of the other members, those that know of it, and of them those that refuse it.
    std::size_t known_by = 0;
    std::size_t refused_by = 0;
};

struct NodeStatus {
    Role role = Role::member;
    NodeState state = NodeState::starting;
    std::string cluster;
    std::string node;
    std::optional<std::string> master;
    std::uint64_t term = 0;
    std::uint64_t epoch = 0;
    std::optional<Duration> offset;   // system clock − cluster time
    std::optional<Duration> bound;    // guaranteed: |system clock − cluster time| <= bound
    std::optional<double> frequency;  // raw clock against cluster time, positive = fast
    ClockMode clock = ClockMode::system;
    std::string reason;       // in words: what is wrong; empty if all is well
    std::size_t members = 0;  // of the cluster, the master included, as the master counts them
    std::size_t counted = 0;  // of these, the clocks that count in the average
    std::optional<std::size_t> expected;  // voting clocks, of which a majority must agree
    std::string advice;                   // in words: what to do next; empty if nothing
    std::optional<Endpoint> master_address;
    std::optional<Duration> master_unheard;  // since the master was heard; none on itself
    std::optional<Duration> holdover;        // since the last correction, if in holdover
    std::optional<double> bound_growth;      // of the bound, while no correction comes
    std::optional<Duration> settling;        // until the slew under way is done, about
    std::optional<MoveStatus> move;
    Timescale timescale = Timescale::ensemble;
    std::size_t references = 0;                // nodes that are granted to be
    std::size_t references_believed = 0;       // of these, at the moment
    std::optional<Duration> reference_offset;  // their time − cluster time
    Calendar calendar;
    RosterSerial roster = 0;              // that this node goes by
    std::vector<std::string> candidates;  // by that, in order of rank
    std::vector<std::string> notes;       // in words: what is under way, and no trouble
};

struct MemberStatus {
    std::string name;
    std::optional<Endpoint> address;  // none for the node itself
    MemberState state = MemberState::joining;
    std::optional<Duration> offset;       // that node's system clock − cluster time
    std::optional<Duration> uncertainty;  // one sigma, statistical
    std::optional<Duration> bound;
    std::optional<Duration> delay;    // least round trip seen
    std::optional<double> frequency;  // its raw clock against cluster time, positive = fast
    Counted counted = Counted::unknown;
    std::string reason;  // why it is not counted, in words; empty if it is
    // Of a reference, and of one that would be one: whether it is believed, and why not, in words.
    std::optional<bool> reference = {};
    std::string reference_reason = {};
};

// Why datagrams were dropped, and how many.
struct DropCounters {
    std::uint64_t wrong_size = 0;      // truncated or oversized
    std::uint64_t not_ours = 0;        // no berkeleyd datagram, or another version of it
    std::uint64_t not_authentic = 0;   // MAC does not fit: wrong key, wrong cluster, or forged
    std::uint64_t unknown_sender = 0;  // authentic form, from nobody we deal with
    std::uint64_t malformed = 0;       // authentic, and yet its contents make no sense
    std::uint64_t replayed = 0;        // seen before, or an answer to no question of ours
    std::uint64_t stale_term = 0;      // from a master of a past term or epoch
    std::uint64_t table_full = 0;
    std::uint64_t no_certificate = 0;  // a stranger's Join without one
    std::uint64_t over_limit = 0;      // more strangers' Joins than are checked in a second
    std::uint64_t not_admitted = 0;    // authentic, and told why it may not come in
};

struct Tracking {
    std::uint64_t datagrams_sent = 0;
    std::uint64_t datagrams_received = 0;
    DropCounters dropped;
    std::uint64_t kernel_stamps = 0;   // of sent and received datagrams
    std::uint64_t program_stamps = 0;  // where the kernel gave none
    std::uint64_t corrections = 0;     // accepted
    std::uint64_t corrections_refused = 0;
    std::uint64_t steps = 0;
    std::uint64_t foreign_sets = 0;  // someone else set the clock
    std::uint64_t raw_breaks = 0;
    std::optional<Duration> correction_age;
    std::optional<Duration> poll_interval;
    std::optional<Duration> slew_left;  // still to be added to the system clock by the kernel
    KernelRate kernel_rate;
    SystemTime system;  // one reading of the clocks, together
    RawTime raw;
};

}  // namespace berkeley
