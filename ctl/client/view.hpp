// The daemon's account as berkeleyctl shows it. Read leniently: a newer daemon may know states that
// this program has no name for, and an older one may leave fields out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace berkeley::ctl {

// A move of cluster time that is to come.
struct MoveView {
    std::optional<std::int64_t> at_ns;
    std::optional<std::int64_t> in_ns;
    std::optional<std::int64_t> by_ns;
    std::string way;
    bool decided = false;
    bool accepted = true;
    std::int64_t known_by = 0;
    std::int64_t refused_by = 0;
};

// All text is fit for a terminal: what the daemon sent has been through printable().
struct StatusView {
    std::string role = "?";
    std::string state = "?";
    std::string cluster = "?";
    std::string node = "?";
    std::optional<std::string> master;
    std::int64_t term = 0;
    std::int64_t epoch = 0;
    std::optional<std::int64_t> offset_ns;
    std::optional<std::int64_t> bound_ns;
    std::optional<std::int64_t> frequency_ppb;
    std::string clock = "?";
    std::string reason;
    std::optional<std::int64_t> members_total;
    std::optional<std::int64_t> members_counted;
    std::optional<std::int64_t> members_expected;
    std::string advice;
    std::string master_address;
    std::optional<std::int64_t> master_unheard_ns;
    std::optional<std::int64_t> holdover_ns;
    std::optional<std::int64_t> bound_growth_ppb;
    std::optional<MoveView> move;
    std::string timescale;
    std::optional<std::int64_t> references;
    std::optional<std::int64_t> references_believed;
    std::optional<std::int64_t> reference_offset_ns;
    std::string leap;
    std::optional<std::int64_t> leap_s;
    std::optional<std::int64_t> tai_offset_s;
    std::int64_t roster = 0;
    std::vector<std::string> candidates;  // by rank
    std::vector<std::string> notes;

    bool synchronized() const { return state == "synchronized"; }
};

struct MemberView {
    std::string name = "?";
    std::string address;
    std::string state = "?";
    std::optional<std::int64_t> offset_ns;
    std::optional<std::int64_t> bound_ns;
    std::optional<std::int64_t> delay_ns;
    std::optional<std::int64_t> frequency_ppb;
    std::optional<bool> counted;  // none: not known
    std::string reason;
    std::optional<bool> reference;  // none: it is none
    std::string reference_reason;
};

// Another host's clock against this machine's.
struct ClockDifferenceView {
    std::string host;
    std::string address;
    std::optional<std::int64_t> offset_ns;  // positive: the other one is ahead
    std::optional<std::int64_t> error_ns;   // ±
    std::optional<std::int64_t> round_trip_ns;
    std::size_t sent = 0;
    std::size_t answered = 0;
    std::string node;  // as which berkeleyd here knows it
    std::optional<std::int64_t> berkeleyd_ns;
    std::string trouble;  // why there is no offset
};

struct TrackingView {
    std::vector<std::pair<std::string, std::int64_t>> dropped;  // reason and count
    boost::json::object all;

    std::optional<std::int64_t> number(std::string_view key) const;
};

struct InvitationView {
    std::string id = "?";
    std::optional<bool> votes;
    std::optional<bool> candidate;
    std::optional<std::int64_t> expires_s;
    std::optional<std::string> used_by;
};

struct EnrolledView {
    std::string node = "?";
    std::string key = "?";
    std::optional<bool> votes;
    bool revoked = false;
};

// A string, however long; empty if there is none.
std::string string_in(const boost::json::object& parameters, std::string_view key);

// The strings of an array, fit for a terminal; what is none is left out.
std::vector<std::string> strings_in(const boost::json::object& parameters, std::string_view key);

// Of a reply's parameters: {"status": {...}}, {"members": [...]}, {"tracking": {...}}. What is not
// there or of another type is left at its default.
StatusView status_view(const boost::json::object& parameters);
std::vector<MemberView> members_view(const boost::json::object& parameters);
// {"invitations": [...]}, {"nodes": [...]}
std::vector<InvitationView> invitations_view(const boost::json::object& parameters);
std::vector<EnrolledView> enrolled_view(const boost::json::object& parameters);
TrackingView tracking_view(const boost::json::object& parameters);

}  // namespace berkeley::ctl
