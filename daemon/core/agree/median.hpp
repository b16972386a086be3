// The middle of a number of values, or the mean of the two in the middle. With 2f+1 values, f may
// be anything: the median lies among the others.
#pragma once

#include <algorithm>
#include <vector>

namespace berkeley {

// 0 of none. Reorders `values`.
inline double median_of(std::vector<double>& values) {
    if (values.empty())
        return 0;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    if (values.size() % 2 == 1)
        return *middle;
    return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

}  // namespace berkeley
