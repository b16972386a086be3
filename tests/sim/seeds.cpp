#include "tests/sim/seeds.hpp"

#include <cstdlib>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace berkeley::sim {
namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

void run_one(std::uint64_t seed, const std::function<void(std::uint64_t)>& run) {
    SCOPED_TRACE(fmt::format("replay with BERKELEYD_SIM_SEED={}", seed));
    run(seed);
}

}  // namespace

void for_each_seed(std::uint64_t otherwise, const std::function<void(std::uint64_t)>& run) {
    if (const std::uint64_t only = number_from("BERKELEYD_SIM_SEED", 0); only != 0)
        return run_one(only, run);
    const std::uint64_t seeds = number_from("BERKELEYD_SIM_SEEDS", otherwise);
    for (std::uint64_t seed = 1; seed <= seeds && !testing::Test::HasFailure(); ++seed)
        run_one(seed, run);
}

}  // namespace berkeley::sim
