#include "daemon/platform/kernel_model.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "daemon/core/time/rate.hpp"

namespace berkeley {
namespace {

constexpr RawTime kBoot{5'000'000'123};
constexpr SystemTime kNow{1'700'000'000'250'000'000};  // a quarter into a second

KernelAdjustment slewing(Duration slew, int time_constant = 0) {
    KernelAdjustment adjustment;
    adjustment.slew = slew;
    adjustment.time_constant = time_constant;
    adjustment.synchronized = true;
    return adjustment;
}

// How far the clock has moved against one that only ran at the raw clock's rate.
Duration moved(KernelModel& model, RawTime raw) {
    return (model.at(raw) - kNow) - (raw - kBoot);
}

TEST(KernelModel, RunsAtTheRawRateAndBootsUnsynchronized) {
    KernelModel model(kBoot, kNow);
    EXPECT_EQ(model.at(kBoot), kNow);
    EXPECT_EQ(moved(model, kBoot + 100h), 0ns);
    const KernelReading reading = model.read(kBoot + 100h);
    EXPECT_TRUE(reading.unsynchronized);
    EXPECT_EQ(reading.max_error, 16s);
    EXPECT_EQ(reading.rate, KernelRate{});
}

TEST(KernelModel, FrequencyAndTickActAtOnce) {
    KernelModel model(kBoot, kNow);
    KernelAdjustment adjustment = slewing(0ns);
    adjustment.rate = {.frequency = 100 << 16, .tick_us = 10'001};
    model.adjust(kBoot, adjustment);
    EXPECT_EQ(moved(model, kBoot + 1s), 200us);
    adjustment.rate = {.frequency = -(500 << 16), .tick_us = 9'000};
    model.adjust(kBoot + 1s, adjustment);
    EXPECT_EQ(moved(model, kBoot + 2s), 200us - 100'500us);
}

TEST(KernelModel, FrequencyIsClampedAsTheKernelDoes) {
    KernelModel model(kBoot, kNow);
    KernelAdjustment adjustment = slewing(0ns);
    adjustment.rate.frequency = 600 << 16;
    model.adjust(kBoot, adjustment);
    EXPECT_EQ(model.read(kBoot).rate.frequency, 500 << 16);
    EXPECT_EQ(moved(model, kBoot + 1s), 500us);
}

// 2^-16 ppm is 1.5e-11: looked at every 7 ms for four hours, it must add up as if looked at once.
TEST(KernelModel, SmallRatesAddUpExactly) {
    for (const std::int64_t frequency : {1, -1, 3, 65'535}) {
        KernelAdjustment adjustment = slewing(0ns);
        adjustment.rate.frequency = frequency;
        KernelModel a(kBoot, kNow);
        KernelModel b(kBoot, kNow);
        a.adjust(kBoot, adjustment);
        b.adjust(kBoot, adjustment);
        for (Duration t = 0s; t <= 4h; t += 7ms)
            a.at(kBoot + t);
        EXPECT_EQ(a.at(kBoot + 4h), b.at(kBoot + 4h));
        const double expected_ns = 14'400e9 * static_cast<double>(frequency) / 65'536e6;
        const Duration gain = (b.at(kBoot + 4h) - kNow) - 4h;
        EXPECT_NEAR(static_cast<double>(gain.count()), expected_ns, 1.0);
    }
}

TEST(KernelModel, ASlewWaitsForTheSecondAndThenTakesAQuarter) {
    KernelModel model(kBoot, kNow);
    model.adjust(kBoot, slewing(1ms));
    EXPECT_EQ(moved(model, kBoot + 749ms), 0ns);
    EXPECT_EQ(model.read(kBoot + 749ms).slew_left, 1ms);
    EXPECT_NEAR(as_ns(moved(model, kBoot + 1250ms)), 125'000, 1);
    EXPECT_EQ(model.read(kBoot + 1250ms).slew_left, 750us);
    EXPECT_NEAR(as_ns(moved(model, kBoot + 1750ms)), 250'000, 100);
    EXPECT_NEAR(as_ns(moved(model, kBoot + 60s)), 1'000'000, 300);
    EXPECT_EQ(model.read(kBoot + 100s).slew_left, 0ns);
}

TEST(KernelModel, TheTimeConstantHalvesTheChunk) {
    for (const int c : {0, 1, 2, 5, 10, 14}) {
        KernelModel model(kBoot, kNow);
        model.adjust(kBoot, slewing(-4096us, c));
        const int effective = std::min(c, 10);
        EXPECT_EQ(model.read(kBoot).time_constant, effective);
        const Duration chunk = 1024us / (1 << effective);
        EXPECT_EQ(model.read(kBoot + 1s).slew_left, -4096us + chunk);
    }
    KernelModel model(kBoot, kNow);
    model.adjust(kBoot, slewing(4096us, -3));
    EXPECT_EQ(model.read(kBoot).time_constant, 0);
}

// DESIGN section 3: each chunk of δ lasts one second of the slewed clock, so it moves δ/(1+δ).
TEST(KernelModel, LargeSlewsMissByTheirOwnRate) {
    KernelModel back(kBoot, kNow);
    back.adjust(kBoot, slewing(-200ms));
    EXPECT_NEAR(as_ns(moved(back, kBoot + 300s)), -206.0e6, 0.6e6);
    KernelModel forth(kBoot, kNow);
    forth.adjust(kBoot, slewing(200ms));
    EXPECT_NEAR(as_ns(moved(forth, kBoot + 300s)), 195.0e6, 0.6e6);
}

TEST(KernelModel, AChunkOnceFixedRunsToItsEnd) {
    KernelModel model(kBoot, kNow);
    model.adjust(kBoot, slewing(-200ms));
    const Duration until_half = 750ms + 526ms;  // half of a second slowed down by 5 %
    const Duration half_way = moved(model, kBoot + until_half);
    EXPECT_NEAR(as_ns(half_way), -26.3e6, 0.1e6);
    model.adjust(kBoot + until_half, slewing(0ns));
    EXPECT_EQ(model.read(kBoot + until_half).slew_left, 0ns);
    const Duration chunk_end = moved(model, kBoot + 2s);
    EXPECT_NEAR(as_ns(chunk_end), -52.63e6, 0.01e6);
    EXPECT_EQ(moved(model, kBoot + 60s), chunk_end);
}

TEST(KernelModel, OffsetsBeyondHalfASecondAreClamped) {
    KernelModel model(kBoot, kNow);
    model.adjust(kBoot, slewing(3s));
    EXPECT_EQ(model.read(kBoot).slew_left, 500ms);
    model.adjust(kBoot, slewing(-3s));
    EXPECT_EQ(model.read(kBoot).slew_left, -500ms);
}

TEST(KernelModel, ADisclaimedClockRunsOn) {
    KernelModel model(kBoot, kNow);
    KernelModel twin(kBoot, kNow);
    KernelAdjustment adjustment = slewing(100ms);
    adjustment.synchronized = true;
    model.adjust(kBoot, adjustment);
    twin.adjust(kBoot, adjustment);
    EXPECT_EQ(model.at(kBoot + 1500ms), twin.at(kBoot + 1500ms));
    model.disclaim();
    EXPECT_TRUE(model.read(kBoot + 1500ms).unsynchronized);
    EXPECT_EQ(model.read(kBoot + 1500ms).max_error, kErrorUnknown);
    EXPECT_EQ(model.at(kBoot + 20s), twin.at(kBoot + 20s));
}

TEST(KernelModel, SettingTheClockEndsSlewAndChunk) {
    KernelModel model(kBoot, kNow);
    KernelAdjustment adjustment = slewing(100ms);
    adjustment.rate.frequency = 10 << 16;
    adjustment.max_error = 2ms;
    model.adjust(kBoot, adjustment);
    EXPECT_FALSE(model.read(kBoot + 1s).unsynchronized);
    const SystemTime before = model.at(kBoot + 1s);
    model.step(kBoot + 1s, -5s);
    EXPECT_EQ(model.at(kBoot + 1s), before - 5s);
    const KernelReading reading = model.read(kBoot + 1s);
    EXPECT_TRUE(reading.unsynchronized);
    EXPECT_EQ(reading.slew_left, 0ns);
    EXPECT_EQ(reading.max_error, 16s);
    EXPECT_EQ(reading.rate.frequency, 10 << 16);
    EXPECT_EQ(model.at(kBoot + 11s), before + 5s + 100us);
}

TEST(KernelModel, MaxErrorGrowsUntilTheClockIsUnsynchronized) {
    KernelModel model(kBoot, kNow);
    KernelAdjustment adjustment = slewing(0ns);
    adjustment.max_error = 999'001ns;
    adjustment.estimated_error = 20us;
    model.adjust(kBoot, adjustment);
    EXPECT_EQ(model.read(kBoot).max_error, 1ms);  // whole microseconds
    EXPECT_EQ(model.read(kBoot + 700ms).max_error, 1ms);
    EXPECT_EQ(model.read(kBoot + 10s).max_error, 6ms);
    EXPECT_EQ(model.read(kBoot + 10s).estimated_error, 20us);
    EXPECT_FALSE(model.read(kBoot + 31'990s).unsynchronized);
    EXPECT_TRUE(model.read(kBoot + 32'010s).unsynchronized);
    EXPECT_EQ(model.read(kBoot + 32'010s).max_error, 16s);
}

TEST(KernelModel, TimeNeverRunsBackwardsInASlew) {
    KernelModel model(kBoot, kNow);
    model.adjust(kBoot, slewing(-500ms));
    SystemTime last = model.at(kBoot);
    for (Duration t = 0s; t < 40s; t += 1ms) {
        const SystemTime next = model.at(kBoot + t);
        ASSERT_GE(next, last);
        last = next;
    }
}

// kernel/time/ntp.c, second_overflow: at its midnight the kernel counts the second again.
TEST(KernelModel, CountsALeapSecondAtItsMidnight) {
    constexpr SystemTime kMidnight{1'798'761'600'000'000'000};
    for (const bool inserted : {true, false}) {
        for (const Duration slew : {Duration{0ns}, Duration{-100us}}) {
            KernelModel model(kBoot, kMidnight - 10s);
            KernelAdjustment adjustment = slewing(slew);
            adjustment.leap = inserted ? LeapNotice::insertion : LeapNotice::deletion;
            model.adjust(kBoot, adjustment);
            model.set_tai(37);
            const Duration until = inserted ? Duration{10s} : Duration{9s};
            EXPECT_LT(model.at(kBoot + until - 1ms), kMidnight);
            EXPECT_EQ(model.leapt(), 0ns);
            const SystemTime after = model.at(kBoot + until + 500ms);
            EXPECT_EQ(model.leapt(), inserted ? Duration{-1s} : Duration{1s});
            EXPECT_NEAR(static_cast<double>((after - kMidnight).count()), inserted ? -500e6 : 500e6,
                        100e3);
            EXPECT_EQ(model.read(kBoot + until + 1s).tai_offset_s, inserted ? 38 : 36);
            EXPECT_EQ(model.read(kBoot + until + 1s).leap, *adjustment.leap) << "until it is told";
            model.at(kBoot + 49h);
            EXPECT_EQ(std::chrono::abs(model.leapt()), 1s) << "once";
        }
    }
}

TEST(KernelModel, ForgetsALeapSecondWhenTheClockIsSet) {
    constexpr SystemTime kMidnight{1'798'761'600'000'000'000};
    KernelModel model(kBoot, kMidnight - 10s);
    KernelAdjustment adjustment = slewing(0ns);
    adjustment.leap = LeapNotice::insertion;
    model.adjust(kBoot, adjustment);
    model.step(kBoot, 1s);
    model.adjust(kBoot, adjustment);
    model.at(kBoot + 20s);
    EXPECT_EQ(model.leapt(), 0ns);
}

}  // namespace
}  // namespace berkeley
