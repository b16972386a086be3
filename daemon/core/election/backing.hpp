// Which of the other candidates stand by us, each since when we last asked it.
#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <optional>

#include "daemon/core/election/electorate.hpp"
#include "daemon/core/election/messages.hpp"

namespace berkeley {

class Backing {
  public:
    struct Backer {
        SteadyTime asked_at;
        Fitness fitness = Fitness::barred;

        bool operator==(const Backer&) const = default;
    };

    void clear() { backers_ = {}; }

    void add(std::size_t rank, const Backer& backer) {
        std::optional<Backer>& known = backers_[rank];
        if (!known || known->asked_at <= backer.asked_at)
            known = backer;
    }

    const std::optional<Backer>& of(std::size_t rank) const { return backers_[rank]; }

    // The latest moment such that a majority was asked then or later and stands by us. We do
    // ourselves, at `now`. Nothing without a majority.
    std::optional<SteadyTime> of_majority_since(std::size_t majority, SteadyTime now) const {
        std::array<SteadyTime, kMostCandidates> asked{now};
        std::size_t backers = 1;
        for (const std::optional<Backer>& backer : backers_) {
            if (backer)
                asked[backers++] = backer->asked_at;
        }
        if (backers < majority)
            return std::nullopt;
        const auto end = asked.begin() + static_cast<std::ptrdiff_t>(backers);
        std::partial_sort(asked.begin(), end, end, std::greater<>());
        return asked[majority - 1];
    }

  private:
    std::array<std::optional<Backer>, kMostCandidates> backers_{};  // by rank; never our own
};

}  // namespace berkeley
