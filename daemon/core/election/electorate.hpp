// The candidates, in order of rank: who stands earlier in the configuration is to lead rather.
//
// With three or more of them, a majority elects. With one, that one leads, always. With two, both
// are the majority: if either is lost there is no master until the operator takes it out of the
// configuration. Nothing else would be safe, for one of two that hears nothing of the other cannot
// tell whether it is gone or leads on beyond a broken wire.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "daemon/core/agree/average.hpp"
#include "daemon/core/contract.hpp"
#include "daemon/core/wire/identity.hpp"

namespace berkeley {

class Electorate {
  public:
    explicit Electorate(std::span<const NodeId> candidates) : size_(candidates.size()) {
        ensure(size_ >= 1 && size_ <= kMostCandidates, "an electorate of one to seven candidates");
        std::ranges::copy(candidates, ids_.begin());
    }

    std::span<const NodeId> all() const { return {ids_.data(), size_}; }
    std::size_t size() const { return size_; }
    std::size_t majority() const { return majority_of(size_); }

    std::optional<std::size_t> rank_of(NodeId id) const {
        const auto at = std::ranges::find(all(), id);
        if (at == all().end())
            return std::nullopt;
        return static_cast<std::size_t>(at - all().begin());
    }
    bool has(NodeId id) const { return rank_of(id).has_value(); }

  private:
    std::array<NodeId, kMostCandidates> ids_{};
    std::size_t size_ = 0;
};

}  // namespace berkeley
