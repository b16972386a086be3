// All that can happen to a candidate in its election, and all that it wants done. Messages come
// authenticated; which were replayed does not matter here.
#pragma once

#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "daemon/core/election/messages.hpp"
#include "daemon/core/election/timing.hpp"

namespace berkeley {

// What a candidate keeps over a restart. Nothing of it is said before it is on disk.
struct ElectionMemory {
    Term term = 0;  // the latest that it voted in; 0: it knows of none
    NodeId vote;    // for whom
    Duration promise{0};

    bool operator==(const ElectionMemory&) const = default;
};

struct ElectionBegins {
    SteadyTime now;
    ElectionMemory memory;
    Fitness fitness = Fitness::without_time;
    Term confirmed_term = 0;  // the latest in which it followed anybody
};

struct ElectionTimer {
    SteadyTime now;
};

struct ElectionHeard {
    SteadyTime now;
    NodeId from;
    ElectionMessage message;
};

// The memory of that term is on disk, or could not be written.
struct MemoryWritten {
    SteadyTime now;
    Term term = 0;
    bool good = true;
};

// From a node that says it is the master.
struct PollHeard {
    SteadyTime now;
    NodeId from;
    Term term = 0;
    bool confirmed = false;  // by the word of a majority
};

// A candidate's Reply to a poll of ours. `asked_at`: no later than that poll left.
struct PollAnswered {
    SteadyTime now;
    NodeId from;
    SteadyTime asked_at;
    Term term = 0;          // the answerer's
    bool promises = false;  // its Election::promises() for us, in that term
    Fitness fitness = Fitness::barred;
};

struct FitnessChanged {
    SteadyTime now;
    Fitness fitness = Fitness::without_time;
};

// What that candidate tells as master contradicts itself: for so long no promise to it is renewed
// or spoken of, and it gets no vote. A promise that was given is kept: a lease may rest on it.
struct TrustWithdrawn {
    SteadyTime now;
    NodeId from;
    Duration lasts{0};
};

// Most of those who follow know a later term: the disks of a majority of the candidates forgot.
struct LaterTermKnown {
    SteadyTime now;
    Term term = 0;
};

// In force from the next term on.
struct TimingChanged {
    ElectionTiming timing;
};

// By an operator's word, or as this node is stopped or suspended. Nothing happens if
// Election::successor() names nobody.
struct HandoverWanted {
    SteadyTime now;
    NodeId to;  // nobody: whoever suits best
};

// It is to lead no more, whether or not there is anybody else.
struct ResignationWanted {
    SteadyTime now;
};

// The clock that `now` is read from is not the one it was.
struct SteadyClockBroken {
    SteadyTime now;
};

using ElectionEvent =
    std::variant<ElectionBegins, ElectionTimer, ElectionHeard, MemoryWritten, PollHeard,
                 PollAnswered, TrustWithdrawn, LaterTermKnown, FitnessChanged, TimingChanged,
                 HandoverWanted, ResignationWanted, SteadyClockBroken>;

// To be on disk; MemoryWritten tells when it is. Replaces any earlier one.
struct WriteMemory {
    ElectionMemory memory;
};

struct SendToCandidate {
    NodeId to;
    ElectionMessage message;
};

struct BeginLeading {
    Term term = 0;
};

enum class LeadingEnded : std::uint8_t {
    lost_majority,  // too few candidates answered in time
    outvoted,       // a candidate knows a later term; it asks for votes in another at once
    handed_over,
    resigned,  // its clock broke or is not good any more, or it is being stopped
};

// "too few candidates answered in time": the end of "this node leads no more: ...".
std::string_view to_text(LeadingEnded why);

struct StopLeading {
    LeadingEnded why{};
};

using ElectionAction = std::variant<WriteMemory, SendToCandidate, BeginLeading, StopLeading>;
using ElectionActions = std::vector<ElectionAction>;

}  // namespace berkeley
