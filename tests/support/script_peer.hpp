// A peer of the node under a script, and how it answers when it is honest.
#pragma once

#include <optional>

#include "daemon/core/wire/codec.hpp"

namespace berkeley::test {

// What a peer has, and what it knows from what it was sent.
struct ScriptPeer {
    NodeId id;
    SealingKey key;  // to the node on the bench
    Session joined = 0;
    std::optional<Retry> retry;
    std::optional<Poll> polled;
    Sequence answered = 0;
    RawTime answered_at;
    Duration raw_offset{0};

    Reply honest_reply(const Moment& now);
};

// To its last poll.
inline Reply ScriptPeer::honest_reply(const Moment& now) {
    const Poll& poll = *polled;
    Reply reply;
    reply.session = poll.session;
    reply.reign = poll.reign;
    reply.sequence = poll.sequence;
    reply.last_sequence = answered;
    reply.last_sent = answered_at;
    reply.raw = reply.poll_received = now.raw + raw_offset;
    if (!plausible(reply.raw))
        reply.raw = reply.poll_received = now.raw;
    reply.system = now.system;
    answered = poll.sequence;
    answered_at = reply.raw;
    return reply;
}

}  // namespace berkeley::test
