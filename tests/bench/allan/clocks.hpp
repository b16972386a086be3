// Clusters whose time is held against the clocks that it is made of.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/sim/world.hpp"

namespace berkeley::bench {

struct Clocks {
    std::string name;
    std::string what;
    std::function<sim::WorldShape(std::uint64_t seed)> shape;
    std::function<void(sim::World&)> weather;  // none: nothing happens
};

std::vector<Clocks> all_clocks();

// Spans in seconds, from the shortest at which nanoseconds do not show.
inline const std::vector<std::size_t> kSpans_s{10,  20,   50,   100,  200,  300,
                                               500, 1000, 2000, 5000, 10000};

// Allan variances by span. Of the raw clocks the first is the master's.
struct Variances {
    std::vector<double> cluster;
    std::vector<std::vector<double>> raw;

    void add(const Variances& other);
};

// Not judged: cluster time that was formed anew turns to the median of its clocks' rates, and by
// design no faster than 5 ppm in an hour.
inline constexpr Duration kSettling = 8h;

Variances measure(const Clocks& clocks, std::uint64_t seed, Duration lasts);

}  // namespace berkeley::bench
