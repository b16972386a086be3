// What one candidate has revoked reaches the others, also those that were down: candidates compare
// digests of their revocations, seldom while they are equal, and hand each other what they have,
// one at a time, until they are. Revocations only grow, so that order and loss do not matter; each
// carries its own proof.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/core/node/context.hpp"
#include "daemon/core/node/enrolment.hpp"
#include "daemon/core/node/peers.hpp"

namespace berkeley {

class RevocationExchange {
  public:
    RevocationExchange(Context& context, const Peers& peers, Enrolment& enrolment);

    void start(const Moment& now);
    void timer(const Moment& now);
    SteadyTime next_timer() const;

    void receive(NodeId from, const RevocationNews& news, const Moment& now);
    // One was made here.
    void tell_all(const Moment& now);

  private:
    struct Other {
        NodeId id;
        SteadyTime due;
        SteadyTime told_at;
        SteadyTime believed_from;             // after a word that was no good, which costs a check
        std::optional<std::uint64_t> digest;  // as it told last
        std::optional<SteadyTime> heard_at;
        Duration patience;        // until it is heard for the first time: doubles
        std::size_t in_vain = 0;  // words since its digest or ours last changed
        PublicKey told_last;      // in the order of keys, and again from the beginning
    };

    void tell(Other& other, const Moment& now);
    bool differs(const Other& other);
    bool can_learn(const Other& other);
    const Revocation* next_for(Other& other) const;
    const Revocations& revocations() const { return enrolment_.registry().content().revocations; }
    std::uint64_t digest();
    Duration seldom() const;
    Duration wait_after(Other& other, const Moment& now);

    Context& context_;
    const Peers& peers_;
    Enrolment& enrolment_;
    std::vector<Other> others_;
    std::size_t digested_ = 0;  // of how many revocations `digest_` is
    std::uint64_t digest_ = 0;
};

}  // namespace berkeley
