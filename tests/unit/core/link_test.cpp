#include "daemon/core/measure/link.hpp"

#include <algorithm>
#include <cmath>
#include <random>

#include <gtest/gtest.h>

namespace berkeley {
namespace {

constexpr RawTime kOurs{1'000'000'000'000};
constexpr Duration kOffset = 7'000s;

// A peer whose raw clock gains `rate` on ours from kOurs on.
struct Peer {
    double rate = 0;

    Duration offset_at(RawTime ours) const {
        return Duration{kOffset} + gained(ours - kOurs, rate);
    }
    RawTime at(RawTime ours) const { return ours + offset_at(ours); }

    Exchange exchange(RawTime sent, Duration there, Duration back) const {
        const RawTime arrived = sent + there;
        const RawTime left = arrived + 40us;
        return {sent, at(arrived), at(left), left + back, 2ns};
    }
};

Link learned(const Peer& peer, int exchanges, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::exponential_distribution<double> queue(1 / 50e3);
    Link link;
    for (int i = 0; i < exchanges; ++i) {
        const auto way = [&] { return 80us + nanoseconds_of(queue(random)); };
        const Duration there = way();
        EXPECT_TRUE(link.learn(peer.exchange(kOurs + i * Duration{1s}, there, way())));
    }
    return link;
}

TEST(Link, IsMeasuredAfterFourExchanges) {
    EXPECT_FALSE(learned({}, 3, 1).measured());
    EXPECT_TRUE(learned({}, 4, 1).measured());
}

TEST(Link, EstimatesWithinItsGuarantee) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const Peer peer{-42 * kPpm};
        const Link link = learned(peer, 600, seed);
        const RawTime now = kOurs + 600s;
        const OffsetRange sure = link.guaranteed_at(now);
        EXPECT_TRUE(sure.holds(peer.offset_at(now))) << seed;
        EXPECT_TRUE(sure.holds(link.offset_at(now))) << seed;
        EXPECT_NEAR(as_ns(link.offset_at(now) - peer.offset_at(now)), 0, 15e3) << seed;
        EXPECT_NEAR(link.rate(), peer.rate, 0.1 * kPpm) << seed;
    }
}

TEST(Link, BelievesWhatItsExchangesAllowAndNothingElse) {
    const Peer peer{30 * kPpm};
    const RawTime now = kOurs + 4s;
    const auto told = [&](Duration off) {
        return ClockFilter::Knowledge{peer.offset_at(now) + off, 1us, peer.rate, 0.1 * kPpm};
    };
    Link link = learned(peer, 4, 1);
    link.believe(now, told(10us));
    EXPECT_NEAR(as_ns(link.offset_at(now) - peer.offset_at(now)), 10e3, 1e3);
    EXPECT_NEAR(link.rate(), peer.rate, 0.1 * kPpm);
    Link wary = learned(peer, 4, 1);
    const Duration before = wary.offset_at(now);
    wary.believe(now, told(-1ms));
    EXPECT_EQ(wary.offset_at(now), before);
}

TEST(Link, NoticesALongerRouteAndTheWayBack) {
    const Peer peer{-42 * kPpm};
    std::mt19937_64 random(6);
    std::exponential_distribution<double> queue(1 / 50e3);
    Link link = learned(peer, 600, 6);
    RawTime now = kOurs + 600s;
    const auto exchange = [&](Duration base) {
        const Duration there = base + nanoseconds_of(queue(random));
        EXPECT_TRUE(link.learn(peer.exchange(now, there, base + nanoseconds_of(queue(random)))));
        now = now + 1s;
    };
    for (int i = 0; i < 60; ++i)
        exchange(380us);
    EXPECT_GE(*link.least_round_trip(), 760us);
    EXPECT_NEAR(as_ns(link.offset_at(now) - peer.offset_at(now)), 0, 15e3);
    exchange(80us);
    exchange(80us);
    EXPECT_LT(*link.least_round_trip(), 200us);
    EXPECT_NEAR(as_ns(link.offset_at(now) - peer.offset_at(now)), 0, 15e3);
}

// Where there is no jitter, what the stamps may be wrong by is more than any queue.
TEST(Link, TakesNoErrorOfStampsForALongerRoute) {
    const Peer peer{0};
    Link link;
    for (int i = 0; i < 2'000; ++i) {
        Exchange exchange =
            peer.exchange(kOurs + i * Duration{1s}, i == 0 ? 100us : 100us + 30ns, 100us);
        exchange.error = 200ns;
        EXPECT_TRUE(link.learn(exchange));
    }
    EXPECT_EQ(link.least_round_trip(), 200us) << "that of the first exchange is remembered";
}

TEST(Link, OursAtIsTheInverseOfTheOffset) {
    const Peer peer{90 * kPpm};
    const Link link = learned(peer, 200, 1);
    for (const Duration since : {0s, 200s, 260s, 4'000s}) {
        const RawTime ours = kOurs + since;
        const RawTime peers = ours + link.offset_at(ours);
        EXPECT_LE(std::abs((link.ours_at(peers) - ours).count()), 5);
    }
}

TEST(Link, ALineToldToThePeerIsTheSameClusterTime) {
    const Peer peer{-42 * kPpm};
    const Link link = learned(peer, 600, 3);
    const BoundedLine ours{
        {kOurs, ClusterTime{1'790'000'000'000'000'000}, 30 * kPpm}, 5us, 10 * kPpm, 0ns};
    const RawTime now = kOurs + 600s;
    const BoundedLine told = link.told_to_peer(ours, now);
    for (const Duration since : {0s, 60s, 3'600s}) {
        const RawTime later = now + since;
        const Duration apart = told.line.at(peer.at(later)) - ours.line.at(later);
        EXPECT_LE(std::abs(apart.count()),
                  (told.bound_at(peer.at(later)) - ours.bound_at(later)).count() + 10);
    }
    EXPECT_GT(told.bound, ours.bound_at(now));
    EXPECT_GE(told.bound_growth, 2 * kRho + ours.bound_growth);
    EXPECT_NEAR(told.line.rate, (1 + 30e-6) / (1 - 42e-6) - 1, 0.1 * kPpm);
}

// The answer's own reading of its clock is older than its leaving, by what the peer took to send.
Exchange early(const Peer& peer, RawTime sent) {
    Exchange exchange = peer.exchange(sent, 80us, 80us);
    exchange.peer_sent = exchange.peer_sent - 30us;
    return exchange;
}

TEST(Link, KnowsAtOnceWhereThePeerIs) {
    const Peer peer{-42 * kPpm};
    Link link = learned(peer, 200, 5);
    const RawTime now = kOurs + 300s;
    const Duration before = link.guaranteed_at(now).width();
    EXPECT_TRUE(link.learn_early(early(peer, now)));
    EXPECT_LT(link.guaranteed_at(now).width(), before / 10);
    EXPECT_TRUE(link.guaranteed_at(now).holds(peer.offset_at(now)));
    EXPECT_LT(std::abs(as_ns(link.offset_at(now) - peer.offset_at(now))), 10e3);
}

TEST(Link, AnExchangeKnownEarlyIsOneExchange) {
    const Peer peer{-42 * kPpm};
    Link link = learned(peer, 200, 5);
    const std::int64_t before = link.updates();
    const RawTime now = kOurs + 210s;
    EXPECT_TRUE(link.learn_early(early(peer, now)));
    EXPECT_EQ(link.updates(), before);
    EXPECT_TRUE(link.learn(peer.exchange(now, 80us, 80us)));
    EXPECT_EQ(link.updates(), before + 1);
    EXPECT_EQ(link.surprise(), 0ns);
}

TEST(Link, AJumpIsNoticedEarly) {
    const Peer peer{10 * kPpm};
    Link link = learned(peer, 100, 1);
    Exchange exchange = early(peer, kOurs + 101s);
    exchange.peer_received = exchange.peer_received - 5ms;
    exchange.peer_sent = exchange.peer_sent - 5ms;
    EXPECT_FALSE(link.learn_early(exchange));
    EXPECT_LT(link.surprise(), -Duration{4ms});
}

TEST(Link, AJumpOfThePeersClockIsNoticed) {
    const Peer peer{10 * kPpm};
    for (const Duration jump : {Duration{-5ms}, Duration{5ms}, Duration{60s}, Duration{-60s}}) {
        Link link = learned(peer, 100, 1);
        const RawTime now = kOurs + 101s;
        Exchange exchange = peer.exchange(now, 100us, 100us);
        exchange.peer_received = exchange.peer_received + jump;
        exchange.peer_sent = exchange.peer_sent + jump;
        EXPECT_FALSE(link.learn(exchange));
        EXPECT_TRUE(link.guaranteed_at(now).holds(peer.offset_at(now) + jump));
    }
}

TEST(Link, TellsTheLeastRoundTripOnceItKnows) {
    EXPECT_FALSE(Link{}.least_round_trip().has_value());
    Link link;
    link.learn(Peer{}.exchange(kOurs, 300us, 200us));
    link.learn(Peer{}.exchange(kOurs + 1s, 100us, 200us));
    EXPECT_EQ(link.least_round_trip(), 300us);
}

// Errors of many links, as one: what a surprise opens up too far swings the rate for a minute.
TEST(Link, LearnsARateWithoutSwingingAtItsOwnSurprises) {
    constexpr int kLinks = 300;
    double squares = 0;
    for (std::uint64_t seed = 1; seed <= kLinks; ++seed) {
        std::mt19937_64 random(seed);
        std::exponential_distribution<double> queue(1 / 100e3);
        const auto way = [&random, &queue] { return 100us + nanoseconds_of(queue(random)); };
        const Peer peer{40 * kPpm * std::normal_distribution<double>()(random)};
        Link link;
        for (double at_s = 0.05; at_s < 100; at_s += std::clamp(at_s / 8, 0.05, 1.0)) {
            const Duration there = way();
            link.learn(peer.exchange(kOurs + seconds(at_s), there, way()));
        }
        squares += std::pow(link.rate() - peer.rate, 2);
    }
    EXPECT_LT(std::sqrt(squares / kLinks), 0.11 * kPpm);
}

}  // namespace
}  // namespace berkeley
