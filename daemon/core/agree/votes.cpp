#include "daemon/core/agree/votes.hpp"

#include <algorithm>

#include "daemon/core/agree/median.hpp"

namespace berkeley {

std::vector<double> one_of_each_vote(std::vector<VotedValue>& values) {
    std::ranges::sort(values, {}, &VotedValue::vote);
    std::vector<double> medians;
    std::vector<double> shared;
    for (auto first = values.begin(); first != values.end();) {
        const auto last = std::ranges::find_if(
            first, values.end(),
            [first](const VotedValue& each) { return each.vote != first->vote; });
        shared.clear();
        for (; first != last; ++first)
            shared.push_back(first->value);
        medians.push_back(median_of(shared));
    }
    return medians;
}

std::size_t number_of(std::vector<Vote> votes) {
    std::ranges::sort(votes);
    const auto repeated = std::ranges::unique(votes);
    return votes.size() - repeated.size();
}

}  // namespace berkeley
