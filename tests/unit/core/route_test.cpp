#include "daemon/core/measure/route.hpp"

#include <random>

#include <gtest/gtest.h>

#include "daemon/core/time/rate.hpp"

namespace berkeley {
namespace {

constexpr Duration kJitter = 100us;
constexpr Duration kPoll = 3s;

// A path with exponential jitter, whose ways may take longer.
class Path {
  public:
    explicit Path(std::uint64_t seed) : random_(seed) { pass(600, 0us, 0us); }

    // So many round trips, each way longer by so much. `misled`: by how much the estimate of the
    // offset is wrong.
    void pass(int times, Duration there, Duration back, Duration misled = 0us) {
        for (int i = 0; i < times; ++i, at_ = at_ + kPoll) {
            const Duration on_the_way = 100us + there + queue();
            const Duration on_the_way_back = 100us + back + queue();
            const Duration floor = one_way();
            route_.add(at_, on_the_way + on_the_way_back,
                       {on_the_way - floor + misled, on_the_way_back - floor - misled});
        }
    }

    Duration one_way() const { return route_.floor().one_way(); }
    Duration jitter() const { return route_.floor().jitter(); }

  private:
    Duration queue() { return gained(kJitter, std::exponential_distribution<double>()(random_)); }

    std::mt19937_64 random_;
    RawTime at_{1'000'000'000};
    Route route_;
};

void expect_floor(const Path& path, Duration floor, Duration tolerance, std::uint64_t seed) {
    EXPECT_NEAR(as_ns(path.one_way()), as_ns(floor), as_ns(tolerance)) << "seed " << seed;
}

TEST(Route, ADetourIsTakenForOneWithinAMinute) {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        Path path(seed);
        path.pass(20, 300us, 300us);
        expect_floor(path, 400us, 60us, seed);
        path.pass(500, 300us, 300us);
        expect_floor(path, 400us, 20us, seed);
        EXPECT_NEAR(as_ns(path.jitter()), as_ns(kJitter), 60e3) << "seed " << seed;
    }
}

TEST(Route, TheWayHomeIsKnownAgainAtOnce) {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        Path path(seed);
        const Duration before = path.one_way();
        path.pass(500, 300us, 300us);
        path.pass(2, 0us, 0us);
        expect_floor(path, before, 1us, seed);
    }
}

TEST(Route, AnHourOnTheDetourMakesItHome) {
    Path path(1);
    path.pass(1300, 300us, 300us);
    expect_floor(path, 400us, 20us, 1);
    path.pass(20, 600us, 600us);
    expect_floor(path, 700us, 60us, 1);
    path.pass(2, 300us, 300us);
    expect_floor(path, 400us, 20us, 1);
}

// The way that has no queue shows the offset still; and of unlike ways nobody knows by how much
// each is longer.
TEST(Route, AQueueOneWayIsNoDetourNorAreUnlikeOnes) {
    for (const Duration back : {0us, 200us}) {
        for (std::uint64_t seed = 1; seed <= 50; ++seed) {
            Path path(seed);
            const Duration before = path.one_way();
            path.pass(300, 600us, back);
            expect_floor(path, before, 15us, seed);
        }
    }
}

TEST(Route, NorAreJitterAndBursts) {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        Path path(seed);
        const Duration before = path.one_way();
        for (int i = 0; i < 100; ++i) {
            path.pass(4, 1ms, 1ms);
            path.pass(4, 0us, 0us);
        }
        expect_floor(path, before, 15us, seed);
    }
}

TEST(Route, AnEstimateThatIsOffByLittleDoesNotHideADetour) {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        Path path(seed);
        path.pass(40, 300us, 300us, 15us);
        expect_floor(path, 400us, 60us, seed);
    }
}

}  // namespace
}  // namespace berkeley
