// What the scenarios share.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/election/election_world.hpp"

namespace berkeley::test {

// An election world takes a tenth of a millisecond.
inline std::uint64_t seeds_wanted() {
    const char* text = std::getenv("BERKELEYD_SIM_SEEDS");
    return text == nullptr ? 1000 : std::strtoull(text, nullptr, 10);
}

inline std::string name_of(const std::optional<std::size_t>& host) {
    return host ? std::to_string(*host) : "nobody";
}

inline void start_all(ElectionWorld& world) {
    for (std::size_t i = 0; i < world.size(); ++i) {
        if (!world.up(i))
            world.start(i);
    }
}

// A master that has led for a while; which one, and when, is up to the seed.
inline std::optional<std::size_t> settle(ElectionWorld& world) {
    start_all(world);
    world.await_master(60s);
    world.run_until(world.now() + 10s + Duration{world.pick(5'000'000'000)});
    return world.master();
}

inline void expect_no_violation(const ElectionWorld& world, std::uint64_t seed) {
    EXPECT_EQ(world.violations(), std::vector<std::string>{}) << "seed " << seed;
}

}  // namespace berkeley::test
