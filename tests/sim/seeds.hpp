// Tests of many seeds: BERKELEYD_SIM_SEEDS says how many, BERKELEYD_SIM_SEED replays one.
#pragma once

#include <cstdint>
#include <functional>

namespace berkeley::sim {

// From 1 on, until one fails.
void for_each_seed(std::uint64_t otherwise, const std::function<void(std::uint64_t seed)>& run);

}  // namespace berkeley::sim
