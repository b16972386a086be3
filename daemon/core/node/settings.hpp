// What a node is told before it starts. Pure values, checked by daemon/config.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/election/event.hpp"
#include "daemon/core/node/failure_domains.hpp"
#include "daemon/core/time/leap.hpp"
#include "daemon/core/time/line.hpp"
#include "daemon/core/trust/certificate.hpp"
#include "daemon/core/trust/roster.hpp"
#include "daemon/core/trust/secret_key.hpp"
#include "daemon/core/wire/move.hpp"

namespace berkeley {

enum class ClockMode : std::uint8_t {
    system,     // steers the machine's clock
    simulated,  // steers a clock of its own, made up: for trying the program out
    observe,    // measures and changes nothing
    reference,  // the same; and outside time steers it, by another program
};

enum class StepPolicy : std::uint8_t {
    first,  // the first synchronization, and a new epoch, may step beyond the threshold
    never,  // always slew
};

// A node that may lead, and its pinned key: who has that key is that node.
struct Candidate {
    std::string name;
    PublicKey key;

    bool operator==(const Candidate&) const = default;
};

struct NodeSettings {
    std::string name;
    std::string cluster;
    std::vector<Candidate> candidates;   // 1 to kMostCandidates, by rank
    RosterSerial roster = 0;             // that they are
    std::vector<PublicKey> former_keys;  // of candidates once, whose certificates hold
    // A later roster may have been held, and cannot be read: a candidate neither votes nor stands.
    bool roster_in_doubt = false;
    // Voting clocks that the operator expects, this one included; if not told: the candidates, or
    // as many as the master remembers.
    std::optional<std::size_t> expect;
    FailureDomains failure_domains;  // as a master has them; a member's word is not asked for
    std::vector<std::string>
        references;  // nodes to whose outside time cluster time is brought; likewise
    ClockMode clock = ClockMode::system;
    StepPolicy step_policy = StepPolicy::first;
    Duration step_threshold = 500ms;
    Duration poll_min = 50ms;            // between polls of one member, while it is new
    Duration poll_max = 1s;              // and in the steady state
    std::optional<Duration> move_limit;  // in all; rather than move the clock further, refuse
    std::size_t max_members = 10'000;
    std::shared_ptr<const SecretKey> key;    // this node's own
    std::optional<Certificate> certificate;  // none on a candidate

    // Of `fresh`, what may change in a node that runs.
    void take_over(const NodeSettings& fresh) {
        expect = fresh.expect;
        failure_domains = fresh.failure_domains;
        references = fresh.references;
        step_policy = fresh.step_policy;
        step_threshold = fresh.step_threshold;
        poll_min = fresh.poll_min;
        poll_max = fresh.poll_max;
        move_limit = fresh.move_limit;
    }
};

// What a node keeps over a restart. All of it may be missing.
struct SavedState {
    std::uint64_t term = 0;
    std::uint64_t epoch = 0;
    SystemTime floor;  // cluster time is later than this: the last one seen, or the build's date
    std::optional<double> rate;       // of cluster time against the raw clock, as last known
    std::optional<BoundedLine> line;  // only within the same boot and clocksource
    Duration suspended{0};            // when `line` was saved
    std::uint64_t oscillator = 0;     // as Join names it, while `line` holds; 0: named anew
    std::vector<std::string> roster;  // voting members that the master knew
    Calendar calendar;                // of that epoch
    ElectionMemory election;          // a candidate's
    std::optional<Move> move;         // of cluster time: that is to come, or the last
};

// How the present roster came about, and what this candidate has signed for the next one.
struct SavedRoster {
    RosterChain chain;
    std::optional<RosterChange> signed_change;
    Term signed_in = 0;  // that of who proposed it

    bool operator==(const SavedRoster&) const = default;
};

}  // namespace berkeley
