// What candidates say to each other about who is to lead.
//
//   who would lead                       another candidate
//     | -- VoteWanted {not binding} ------> |   would you vote for me? Changes nothing there
//     | <- VoteAnswer {granted} ----------- |
//     |    a majority would: the new term and the vote for itself go to disk
//     | -- VoteWanted {binding} ----------> |   the vote goes to disk
//     | <- VoteAnswer {granted} ----------- |   and binds for `promise`
//     |    a majority did: it leads
//     | -- Poll --------------------------> |   a poll of the master is the same question again,
//     | <- Reply {promises} --------------- |   and its reply the same answer
//     | -- Release {term, successor} -----> |   it leads no more: the promise is void
//
// A master whom a candidate does not answer by replies asks it by VoteWanted again: so a candidate
// that was away comes to vote for it, too, and who follows a master has always voted for it.
#pragma once

#include <cstdint>
#include <variant>

#include "daemon/core/time/instant.hpp"
#include "daemon/core/wire/identity.hpp"

namespace berkeley {

using Term = std::uint64_t;  // of an election; 0 was before the first

// Terms end here: who is told of a later one does not believe it.
inline constexpr Term kLastTerm = Term{1} << 62;

enum class Fitness : std::uint8_t {
    barred,        // it must not lead: it only observes, refuses, or its clock is not good
    without_time,  // it could lead, and would have to form cluster time first
    fit,           // it knows cluster time within a small bound, and goes on from it
};

struct VoteWanted {
    Term term = 0;
    bool binding = false;
    SteadyTime asked_at;  // by the asker's clock. It comes back in the answer, and is its nonce
    Duration promise{0};  // what a vote in this term binds for
    Fitness fitness = Fitness::barred;

    bool operator==(const VoteWanted&) const = default;
};

struct VoteAnswer {
    Term term = 0;
    bool binding = false;
    SteadyTime asked_at;
    bool granted = false;
    Term known = 0;  // the latest term that the answerer has voted in
    Fitness fitness = Fitness::barred;

    bool operator==(const VoteAnswer&) const = default;
};

// From the master of `term`. The successor stands at once, the others give it a start.
struct Release {
    Term term = 0;
    NodeId successor;  // nobody: whoever is ranked first

    bool operator==(const Release&) const = default;
};

using ElectionMessage = std::variant<VoteWanted, VoteAnswer, Release>;

// To whoever asks a candidate whom to follow: it voted for that node in that term, and the vote is
// on disk.
struct Testimony {
    Term term = 0;
    NodeId master;

    bool operator==(const Testimony&) const = default;
};

}  // namespace berkeley
