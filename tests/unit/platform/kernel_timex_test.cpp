#include "daemon/platform/kernel_timex.hpp"

#include <gtest/gtest.h>

#include "daemon/platform/kernel_model.hpp"

namespace berkeley {
namespace {

TEST(KernelTimex, AdjustsAllInOneCallAndKeepsLeapBits) {
    timex present{};
    present.status = STA_INS | STA_PPSFREQ | STA_UNSYNC;
    KernelAdjustment adjustment;
    adjustment.rate = {.frequency = -65'536, .tick_us = 10'001};
    adjustment.slew = -1'234'567ns;
    adjustment.time_constant = 3;
    adjustment.synchronized = true;
    adjustment.max_error = 1'500ns;
    const timex tx = to_timex(adjustment, present);
    EXPECT_EQ(tx.modes & ADJ_TAI, 0U);
    EXPECT_NE(tx.modes & ADJ_NANO, 0U);
    EXPECT_EQ(tx.status, STA_PLL | STA_FREQHOLD | STA_INS);
    EXPECT_EQ(tx.freq, -65'536);
    EXPECT_EQ(tx.tick, 10'001);
    EXPECT_EQ(tx.offset, -1'234'567);
    EXPECT_EQ(tx.constant, 3);
    EXPECT_EQ(tx.maxerror, 2);  // never told smaller than it is
    adjustment.synchronized = false;
    EXPECT_EQ(to_timex(adjustment, present).status, STA_PLL | STA_FREQHOLD | STA_INS | STA_UNSYNC);
}

TEST(KernelTimex, LeapBitsBecomeWhatTheyAreToBe) {
    timex present{};
    present.status = STA_INS;
    KernelAdjustment adjustment;
    adjustment.synchronized = true;
    adjustment.leap = LeapNotice::none;
    EXPECT_EQ(to_timex(adjustment, present).status, STA_PLL | STA_FREQHOLD);
    adjustment.leap = LeapNotice::deletion;
    EXPECT_EQ(to_timex(adjustment, present).status, STA_PLL | STA_FREQHOLD | STA_DEL);
    present.status = 0;
    adjustment.leap = LeapNotice::insertion;
    EXPECT_EQ(to_timex(adjustment, present).status, STA_PLL | STA_FREQHOLD | STA_INS);
    present.status = STA_INS;
    present.tai = 37;
    EXPECT_EQ(to_reading(present).leap, LeapNotice::insertion);
    EXPECT_EQ(to_reading(present).tai_offset_s, 37);
    present.status = STA_DEL;
    EXPECT_EQ(to_reading(present).leap, LeapNotice::deletion);
}

TEST(KernelTimex, TaiIsToldAlone) {
    const timex tx = to_tai(37);
    EXPECT_EQ(tx.modes, static_cast<unsigned>(ADJ_TAI));
    EXPECT_EQ(tx.constant, 37);
}

TEST(KernelTimex, DisclaimingTouchesNothingButTheWordOfIt) {
    timex present{};
    present.status = STA_PLL | STA_FREQHOLD | STA_INS;
    const timex tx = to_disclaimer(present);
    EXPECT_EQ(tx.modes, static_cast<unsigned>(ADJ_STATUS | ADJ_MAXERROR | ADJ_ESTERROR));
    EXPECT_EQ(tx.status, STA_PLL | STA_FREQHOLD | STA_INS | STA_UNSYNC);
    EXPECT_EQ(tx.maxerror, 16'000'000);
    EXPECT_EQ(tx.esterror, 16'000'000);
}

TEST(KernelTimex, StepsBothWaysWithNanosecondsBelowASecond) {
    const timex forth = to_step(1s + 7ns);
    EXPECT_EQ(forth.time.tv_sec, 1);
    EXPECT_EQ(forth.time.tv_usec, 7);
    const timex back = to_step(-1s - 7ns);
    EXPECT_EQ(back.time.tv_sec, -2);
    EXPECT_EQ(back.time.tv_usec, 999'999'993);
    EXPECT_EQ(back.modes, static_cast<unsigned>(ADJ_SETOFFSET | ADJ_NANO));
}

TEST(KernelTimex, ReadsOffsetsInEitherUnit) {
    timex tx{};
    tx.offset = -250;
    tx.maxerror = 16'000'000;
    tx.status = STA_UNSYNC;
    EXPECT_EQ(to_reading(tx).slew_left, -250us);
    EXPECT_TRUE(to_reading(tx).unsynchronized);
    EXPECT_EQ(to_reading(tx).max_error, 16s);
    tx.status = STA_NANO | STA_PLL | STA_FREQHOLD;
    EXPECT_EQ(to_reading(tx).slew_left, -250ns);
    EXPECT_TRUE(to_reading(tx).phase_locked && to_reading(tx).frequency_held);
}

// What is left after the second's share tells what the share is: the model takes the same.
TEST(KernelTimex, RunningRateIsThatOfTheSecondsChunk) {
    for (const int c : {0, 1, 4}) {
        KernelModel model(RawTime{0}, SystemTime{1'700'000'000'000'000'000});
        KernelAdjustment adjustment;
        adjustment.rate = {.frequency = 20 << 16, .tick_us = 9'999};
        adjustment.slew = -300ms;
        adjustment.time_constant = c;
        model.adjust(RawTime{0}, adjustment);
        const RawTime in_second = RawTime{0} + 1500ms;
        const KernelReading reading = model.read(in_second);
        timex tx{};
        tx.tick = reading.rate.tick_us;
        tx.freq = reading.rate.frequency;
        tx.offset = reading.slew_left.count();
        tx.constant = reading.time_constant;
        tx.status = STA_NANO | STA_PLL;
        const SystemTime before = model.at(in_second);
        const Duration gain = (model.at(in_second + 100ms) - before) - 100ms;
        EXPECT_NEAR(running_rate(tx), static_cast<double>(gain.count()) / 1e8, 1e-7);
    }
}

TEST(KernelTimex, ReadsTheMachine) {
    const timex tx = read_timex();
    EXPECT_GE(tx.tick, 9'000);
    EXPECT_LE(tx.tick, 11'000);
    EXPECT_LT(running_rate(tx), 0.2);
}

}  // namespace
}  // namespace berkeley
