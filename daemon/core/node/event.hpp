// All that can happen to a node. Time, randomness and the network reach the core only so.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "daemon/core/election/messages.hpp"
#include "daemon/core/node/registry.hpp"
#include "daemon/core/node/settings.hpp"
#include "daemon/core/steer/kernel_clock.hpp"
#include "daemon/core/time/stamp.hpp"
#include "daemon/core/wire/endpoint.hpp"

namespace berkeley {

// A node that is made anew, by other candidates, while it follows that master in that term: it need
// not ask anybody who he is, and has a moment to hear of him.
struct GoingOn {
    Testimony followed;
    bool synchronized = false;
};

struct Started {
    Moment now;
    KernelReading kernel;
    std::array<std::uint8_t, 32> entropy{};  // from the system's generator; never reused
    SavedState saved;
    std::optional<SavedTrust> trust = SavedTrust{};  // nothing: it is there and cannot be read
    SavedRoster roster{};  // with its changes; without a founding one: the settings are it
    std::optional<GoingOn> going_on{};
    std::optional<Duration> bound{};  // by its vote, of a candidate that is made anew
};

// The time asked for by WakeAt has come (it may fire early or late; the node looks at `now`).
struct TimerFired {
    Moment now;
    KernelReading kernel;
};

struct DatagramReceived {
    Moment now;
    RawStamp received;
    Endpoint from;
    std::span<const std::uint8_t> bytes;  // valid during handle() only
};

// Reported for every datagram sent with a token: at once with the program's stamp, again if the
// kernel's comes.
struct DatagramSent {
    std::uint64_t token = 0;
    RawStamp sent;
};

// Host names were resolved, or resolved anew.
struct CandidateResolved {
    Moment now;
    std::string name;
    Endpoint endpoint;
};

// The kernel said that CLOCK_REALTIME was set (TFD_TIMER_CANCEL_ON_SET), by us or by another.
struct ClockWasSet {
    Moment now;
    KernelReading kernel;
};

// The kernel refused an AdjustKernel or a StepClock.
struct AdjustingFailed {
    Moment now;
    std::string error;  // a sentence for the operator
};

// An AdjustKernel was not carried out: the second in which it was decided had ended.
struct AdjustingOutdated {
    Moment now;
};

// The raw clock is not the one it was: suspend, clocksource change, restored machine.
struct RawClockBroken {
    Moment now;
    std::string reason;
    bool other_source = false;  // then its rate, too, is not what it was
};

// The operator changed what a node is told. Who it is, with whom, and by which clock stays as it
// was at the start, whatever stands there.
struct SettingsChanged {
    Moment now;
    NodeSettings settings;
};

// The operator wants to know now how the clocks stand: the master is to poll all its members, a
// member is to ask its master for a poll.
struct PollRequested {
    Moment now;
};

// The operator wants the clock put on cluster time by one step. Nothing happens if
// Node::why_no_step() has anything to say against it.
struct StepRequested {
    Moment now;
    KernelReading kernel;
};

// The operator wants to let a new node in. Nothing happens if Node::why_no_invitation() has
// anything to say against it.
struct InvitationWanted {
    Moment now;
    bool votes = false;
    Duration lasts{0};
    bool candidate = false;  // who comes by it is to be one: why_no_candidate_invitation()
};

// The operator wants a key to be good for nothing, which `name` had. Likewise why_no_revocation().
struct RevocationWanted {
    Moment now;
    NodeName name;
    PublicKey key;
};

// What a SaveTrust, or a later one, wanted was done; or it failed.
struct TrustSaved {
    Moment now;
    std::uint64_t generation = 0;
    bool good = true;
};

// Of a SaveState that was to be carried out at once, with the vote of that term in it, and that
// move of cluster time; 0: none.
struct StateSaved {
    Moment now;
    Term term = 0;
    bool good = true;
    MoveId move{};
};

// The operator wants another candidate to lead. Nothing happens if Node::why_no_handover() has
// anything to say against it.
struct HandoverRequested {
    Moment now;
    std::string to;  // empty: whoever suits best
};

// The operator wants cluster time moved: by an amount, or to a time as it is told now. Without a
// way it is slewed within `step_threshold`, and beyond it stepped if `step_policy` lets it.
struct MoveWish {
    std::optional<ClusterTime> to;  // none: by `by`
    Duration by{0};
    std::optional<MoveWay> way;
};

// Nothing happens if Node::planned_move() has anything to say against it.
struct MoveRequested {
    Moment now;
    MoveWish wish;
};

// The operator does not want the move that is to come. Likewise Node::why_no_recall().
struct MoveRecalled {
    Moment now;
};

// The operator wants cluster time to be formed by those that are here, though they are less than a
// majority. Likewise Node::why_no_forming().
struct FormingRequested {
    Moment now;
};

// What a SaveRoster, or a later one, wanted was done; or it failed.
struct RosterSaved {
    Moment now;
    std::uint64_t generation = 0;
    bool good = true;
};

// The operator wants one candidate more, or one less. Nothing happens if Node::why_no_roster() has
// anything to say against it.
struct RosterWish {
    RosterStep step{};
    NodeName node;
    std::string host;  // of who is to be promoted; empty: as it is known
    std::uint16_t port = 0;
};
struct RosterWanted {
    Moment now;
    RosterWish wish;
};

// The master is to go by the later roster that it holds, which these settings have. Only where
// Node::roster_succeeds() says that it leads on by it.
struct RosterTakenUp {
    Moment now;
    NodeSettings settings;
};

// The node is to say goodbye; nothing but its last actions will be carried out after this.
struct StopRequested {
    Moment now;
};

using Event =
    std::variant<Started, TimerFired, DatagramReceived, DatagramSent, CandidateResolved,
                 ClockWasSet, AdjustingFailed, AdjustingOutdated, RawClockBroken, SettingsChanged,
                 PollRequested, StepRequested, InvitationWanted, RevocationWanted, TrustSaved,
                 StateSaved, HandoverRequested, MoveRequested, MoveRecalled, FormingRequested,
                 RosterSaved, RosterWanted, RosterTakenUp, StopRequested>;

}  // namespace berkeley
