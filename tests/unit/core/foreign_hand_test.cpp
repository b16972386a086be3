#include "daemon/core/steer/foreign_hand.hpp"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "daemon/core/steer/discipline.hpp"
#include "daemon/platform/kernel_model.hpp"

namespace berkeley {
namespace {

constexpr RawTime kBoot{5'000'000'000};
constexpr SystemTime kNow{1'700'000'000'250'000'000};

// A kernel clock that a daemon steers to a line, watching for others as Steering does.
class Watched {
  public:
    explicit Watched(Duration offset, double rate = 0)
        : line_{kBoot, ClusterTime{kNow.ns} - offset, rate}, kernel_(kBoot, kNow) {}

    Moment moment() { return {now_, kernel_.at(now_)}; }
    Duration offset() { return offset_of(moment(), line_); }
    void pass(Duration by) { now_ = now_ + by; }
    std::optional<Duration> noticed() { return hand_.set_by_other(moment()); }
    std::string_view steered() { return hand_.steered_by_other(kernel_.read(now_)); }

    void attend() {
        const KernelAdjustment adjustment =
            discipline_.slew(moment(), kernel_.read(now_), line_.rate, -offset());
        hand_.left(moment(), adjustment, -offset(), discipline_.still_running());
        kernel_.adjust(now_, adjustment);
        ours_ = adjustment;
    }

    void step_to_line() {
        const Duration by = -offset();
        kernel_.step(now_, by);
        discipline_.forget_slew();
        attend();
    }

    // Another program's doings.
    void set_by_other(Duration by) { kernel_.step(now_, by); }
    void adjust_by_other(const KernelAdjustment& theirs) { kernel_.adjust(now_, theirs); }
    const KernelAdjustment& ours() const { return ours_; }
    ForeignHand& hand() { return hand_; }

  private:
    TimeLine line_;
    KernelModel kernel_;
    Discipline discipline_;
    ForeignHand hand_;
    KernelAdjustment ours_;
    RawTime now_ = kBoot;
};

void expect_about(std::optional<Duration> found, Duration by, Duration tolerance) {
    ASSERT_TRUE(found.has_value()) << by.count();
    EXPECT_NEAR(as_ns(*found), as_ns(by), as_ns(tolerance));
}

TEST(ForeignHand, KnowsOfNothingBeforeItLeftTheClock) {
    ForeignHand hand;
    EXPECT_FALSE(hand.set_by_other({kBoot, kNow}).has_value());
    EXPECT_EQ(hand.steered_by_other({}), "");
}

TEST(ForeignHand, ASetAtRestIsNoticedEitherWay) {
    for (const Duration by : {1ms, 20ms, 600ms, 3'600'000ms}) {
        for (const Duration set : {by, -by}) {
            Watched clock(0ns, 30 * kPpm);
            clock.attend();
            clock.pass(900ms);
            EXPECT_FALSE(clock.noticed().has_value());
            clock.set_by_other(set);
            clock.pass(1ms);
            expect_about(clock.noticed(), set, 1us);
        }
    }
}

TEST(ForeignHand, ASetAgainstOurSlewIsNoticed) {
    for (const Duration offset : {Duration{200ms}, Duration{-200ms}}) {
        Watched clock(offset);
        clock.attend();
        clock.pass(200ms);  // before the first chunk
        const Duration set = offset * 5;
        clock.set_by_other(set);
        expect_about(clock.noticed(), set, 1us);
    }
}

TEST(ForeignHand, ASetWithOurSlewIsNoticedWhereItGoesBeyondIt) {
    for (const Duration offset : {Duration{200ms}, Duration{-200ms}}) {
        Watched clock(offset);
        clock.attend();
        clock.pass(2s);
        clock.set_by_other(-offset * 5);
        const auto found = clock.noticed();
        ASSERT_TRUE(found.has_value());
        // How much of the slew had been taken up is not known: it may be off by the slew.
        EXPECT_LE(std::abs((*found + offset * 5).count()), std::abs(offset.count()));
    }
}

TEST(ForeignHand, OurOwnSlewIsNotMistakenHoweverLateWeLook) {
    for (const Duration offset : {1ms, 50ms, 390ms, 900ms}) {
        for (const Duration start : {offset, -offset}) {
            for (const Duration look : {10ms, 800ms, 1'000ms, 7'300ms, 600'000ms}) {
                Watched clock(start, -40 * kPpm);
                clock.attend();
                clock.pass(look);
                EXPECT_FALSE(clock.noticed().has_value()) << start.count() << " " << look.count();
                EXPECT_EQ(clock.steered(), "");
            }
        }
    }
}

TEST(ForeignHand, OurOwnSlewsAndStepsAreNeverMistaken) {
    std::mt19937_64 random(1);
    std::uniform_real_distribution<double> gap(0.005, 3);
    std::uniform_real_distribution<double> exponent(-6, 0.5);
    std::bernoulli_distribution half(0.5);
    std::bernoulli_distribution rarely(0.05);
    for (int round = 0; round < 300; ++round) {
        const Duration size = seconds(std::pow(10, exponent(random)));
        Watched clock(half(random) ? size : -size, 37 * kPpm);
        for (int visit = 0; visit < 60; ++visit) {
            ASSERT_FALSE(clock.noticed().has_value()) << round << " " << visit;
            ASSERT_EQ(clock.steered(), "") << round << " " << visit;
            if (visit > 0 && rarely(random))
                clock.step_to_line();
            clock.attend();
            clock.pass(seconds(gap(random)));
        }
    }
}

TEST(ForeignHand, AfterAStepOfOursASetIsNoticedAllTheSame) {
    Watched clock(3s);
    clock.attend();
    clock.pass(1500ms);
    clock.step_to_line();
    clock.attend();
    clock.pass(100ms);
    EXPECT_FALSE(clock.noticed().has_value());
    clock.set_by_other(5ms);
    expect_about(clock.noticed(), 5ms, 1us);
}

TEST(ForeignHand, AnotherProgramsSteeringIsNamed) {
    const auto after = [](auto change) {
        Watched clock(100ms);
        clock.attend();
        clock.pass(300ms);
        EXPECT_EQ(clock.steered(), "");
        KernelAdjustment theirs = clock.ours();
        change(theirs);
        clock.adjust_by_other(theirs);
        return std::string(clock.steered());
    };
    EXPECT_NE(after([](KernelAdjustment& it) { it.rate.tick_us = 10'001; }).find("tick"),
              std::string::npos);
    EXPECT_NE(after([](KernelAdjustment& it) { it.rate.frequency += 100; }).find("frequency"),
              std::string::npos);
    EXPECT_EQ(after([](KernelAdjustment& it) { it.rate.frequency += 1; }), "");
    EXPECT_NE(after([](KernelAdjustment& it) { it.slew = 50ms; }).find("slew"), std::string::npos);
    EXPECT_NE(after([](KernelAdjustment& it) { it.slew *= 2; }).find("slew"), std::string::npos);
}

TEST(ForeignHand, AReconfiguredPllIsNamed) {
    Watched clock(0ns);
    clock.attend();
    KernelReading reading;
    reading.rate = clock.ours().rate;
    reading.phase_locked = true;
    reading.frequency_held = true;
    EXPECT_EQ(clock.hand().steered_by_other(reading), "");
    reading.frequency_held = false;
    EXPECT_NE(clock.hand().steered_by_other(reading), "");
    reading.frequency_held = true;
    reading.phase_locked = false;
    EXPECT_NE(clock.hand().steered_by_other(reading), "");
}

TEST(ForeignHand, WhatIsForgottenIsNotHeldAgainstAnyone) {
    Watched clock(0ns);
    clock.attend();
    clock.set_by_other(1h);
    EXPECT_TRUE(clock.noticed().has_value());
    clock.hand().forget();
    EXPECT_FALSE(clock.noticed().has_value());
}

}  // namespace
}  // namespace berkeley
