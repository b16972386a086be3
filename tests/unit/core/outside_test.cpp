// What is made of what the kernel of a reference says.
#include "daemon/core/node/outside.hpp"

#include <gtest/gtest.h>

#include "daemon/core/time/rate.hpp"

namespace berkeley {
namespace {

// The kernel adds 500 us at each second of its own.
Duration kernel_after(Duration stated, int seconds) {
    return stated + seconds * Duration{500us};
}

TEST(StatedError, GrowsAsTheOscillatorMayErr) {
    StatedError error;
    RawTime now{1'000'000'000};
    EXPECT_EQ(error.taken(20ms, now), Duration{20ms});
    for (int s = 1; s <= 2048; ++s)
        EXPECT_EQ(error.taken(kernel_after(20ms, s), now + s * Duration{1s}),
                  20ms + s * Duration{50us});
    EXPECT_EQ(error.taken(5ms, now + 2049s), Duration{5ms}) << "it was stated anew";
    EXPECT_EQ(error.taken(5500us, now + 2050s), Duration{5050us});
}

TEST(StatedError, OfAClockThatIsFastByAllThatAKernelCorrectsIsKnownWellEnough) {
    StatedError error;
    RawTime now{1'000'000'000};
    for (int s = 0; s <= 2048; ++s)
        error.taken(kernel_after(20ms, s), now + s * Duration{999'500us});
    EXPECT_LT(error.taken(kernel_after(20ms, 2049), now + 2049 * Duration{999'500us}),
              Duration{130ms});
}

TEST(StatedError, ThatIsStatedLargerIsBelieved) {
    StatedError error;
    RawTime now{1'000'000'000};
    error.taken(1ms, now);
    EXPECT_EQ(error.taken(16s, now + 1s), Duration{16s});
}

// Each second anew, and more each time, but less than the kernel would make of it.
TEST(StatedError, ThatIsStatedEachSecondIsNotTakenForGrowth) {
    for (const Duration each : {Duration{15us}, Duration{100us}, Duration{400us}}) {
        StatedError error;
        RawTime now{1'000'000'000};
        for (int s = 0; s < 1000; ++s) {
            const Duration stated = 1ms + s * each;
            EXPECT_LE(stated - error.taken(stated, now + s * Duration{1s}), Duration{4ms}) << s;
        }
    }
}

TEST(Outside, KeepsWhatAKernelSaysWithinWhatMakesSense) {
    KernelReading kernel;
    kernel.max_error = -1s;
    kernel.estimated_error = -1s;
    kernel.tai_offset_s = -7;
    EXPECT_EQ(outside_of(kernel), (Outside{.synchronized = false}));
    kernel.unsynchronized = false;
    kernel.max_error = 3ms;
    kernel.leap = LeapNotice::insertion;
    kernel.tai_offset_s = 37;
    EXPECT_EQ(outside_of(kernel), (Outside{true, 3ms, 0ns, LeapNotice::insertion, 37}));
}

}  // namespace
}  // namespace berkeley
