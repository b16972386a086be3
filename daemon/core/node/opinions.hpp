// What members say of this candidate: whether what its master tells it agrees with what he tells
// them. It keeps the opinions of a few of all members. Which ones is drawn by lot, by a secret of
// this node's, so that nobody gets in by asking more often.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "daemon/core/agree/conviction.hpp"
#include "daemon/core/trust/public_key.hpp"
#include "daemon/core/wire/messages.hpp"

namespace berkeley {

class Opinions {
  public:
    static constexpr std::size_t kMost = 64;

    Opinions() = default;
    explicit Opinions(std::uint64_t secret) : secret_(secret) {}

    // Of a member that `issuer` admitted.
    void hear(NodeId member, KeyId issuer, const Opinion& opinion, SteadyTime now);

    // Of that term, and since then. The members that `liars` admitted contradict in vain.
    MemberVoices voices(Term term, SteadyTime since, std::span<const KeyId> liars) const;

  private:
    struct Heard {
        NodeId member;
        std::uint64_t lot = 0;
        KeyId issuer;
        Opinion opinion;
        SteadyTime at;
    };

    std::uint64_t secret_ = 0;
    std::vector<Heard> heard_;  // with the lowest lots
};

}  // namespace berkeley
