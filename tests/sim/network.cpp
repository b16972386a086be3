#include "tests/sim/network.hpp"

namespace berkeley::sim {
namespace {

bool chance(Random& random, double probability) {
    return probability > 0 && std::uniform_real_distribution<double>()(random) < probability;
}

Duration exponential(Random& random, Duration mean) {
    return gained(mean, std::exponential_distribution<double>()(random));
}

}  // namespace

std::vector<Duration> Network::carry(std::size_t from, std::size_t to, TrueTime now) {
    std::vector<Duration> copies;
    Way& taken = way(from, to);
    if ((cut_ && cut_(from, to)) || chance(taken.random, shape_.loss))
        return copies;
    copies.push_back(one_way(taken, from < to, now));
    if (chance(taken.random, shape_.duplication))
        copies.push_back(one_way(taken, from < to, now));
    return copies;
}

Network::Way& Network::way(std::size_t from, std::size_t to) {
    const auto found = ways_.find({from, to});
    if (found != ways_.end())
        return found->second;
    std::seed_seq seeds{seed_ & 0xffffffff, seed_ >> 32, std::uint64_t{from}, std::uint64_t{to}};
    Way fresh{Random(seeds), false, {}};
    if (shape_.bursts.every > 0ns)
        fresh.burst_turns = TrueTime{exponential(fresh.random, shape_.bursts.every).count()};
    return ways_.emplace(std::pair{from, to}, fresh).first->second;
}

Duration Network::one_way(Way& way, bool up, TrueTime now) const {
    Duration jitter = exponential(way.random, shape_.mean_jitter);
    if (chance(way.random, shape_.heavy_tail))
        jitter *= 10;
    Duration delay = shape_.base + jitter + burst(way, now);
    delay += up ? congestion(way, now) : shape_.asymmetry;
    if (shape_.reordering > 0ns && chance(way.random, 0.1)) {
        delay += gained(shape_.reordering, std::uniform_real_distribution<double>()(way.random));
    }
    return delay;
}

Duration Network::burst(Way& way, TrueTime now) const {
    const Bursts& bursts = shape_.bursts;
    if (bursts.every == 0ns)
        return 0ns;
    while (way.burst_turns <= now) {
        way.in_burst = !way.in_burst;
        way.burst_turns = way.burst_turns +
                          exponential(way.random, way.in_burst ? bursts.lasts : bursts.every) + 1ns;
    }
    return way.in_burst ? exponential(way.random, bursts.delay) : 0ns;
}

Duration Network::congestion(Way& way, TrueTime now) const {
    const Congestion& full = shape_.congestion;
    if (full.every == 0ns)
        return 0ns;
    const Duration into = Duration{(now.ns + full.every.count() / 2) % full.every.count()};
    if (now.ns < full.every.count() / 2 || into >= full.lasts)
        return 0ns;
    return full.standing + exponential(way.random, full.delay);
}

}  // namespace berkeley::sim
