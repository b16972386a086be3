// What a machine must have for a test. Without it the test is skipped, and fails where nothing may
// be missing (REQUIRE_ALL=1, as .ci/run sets it).
#pragma once

#include <cstdlib>

#include <gtest/gtest.h>
#include <unistd.h>

// In a test or its SetUp.
#define BERKELEYD_REQUIRE(condition, reason)                            \
    do {                                                                \
        if (!(condition)) {                                             \
            if (::berkeley::test::everything_required())                \
                GTEST_FAIL() << "REQUIRE_ALL is set, and " << (reason); \
            GTEST_SKIP() << (reason);                                   \
        }                                                               \
    } while (false)

namespace berkeley::test {

inline bool everything_required() {
    return std::getenv("REQUIRE_ALL") != nullptr;  // NOLINT(concurrency-mt-unsafe): one thread
}

inline bool is_root() {
    return geteuid() == 0;
}

// Sanitizers keep freed memory, and shadows of all of it.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kMemoryTellsSomething = false;
#else
inline constexpr bool kMemoryTellsSomething = true;
#endif

}  // namespace berkeley::test
