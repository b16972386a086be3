// Clocks that share an oscillator fail together, so they share one vote.
#pragma once

#include <cstdint>
#include <vector>

namespace berkeley {

// Whose vote: the same for all clocks that share it.
struct Vote {
    std::uint64_t value = 0;

    constexpr auto operator<=>(const Vote&) const = default;
};

struct VotedValue {
    Vote vote;
    double value = 0;
};

// Of each vote the median of its values, in the order of the votes. Reorders `values`.
std::vector<double> one_of_each_vote(std::vector<VotedValue>& values);

// How many different ones there are.
std::size_t number_of(std::vector<Vote> votes);

}  // namespace berkeley
