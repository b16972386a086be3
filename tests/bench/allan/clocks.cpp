#include "tests/bench/allan/clocks.hpp"

#include "tests/bench/allan/allan_deviation.hpp"

namespace berkeley::bench {
namespace {

using namespace berkeley::sim;

constexpr Duration kPoll = 3280ms;

// The first is the master's; rate random walk, per root second.
WorldShape with_wanders(std::uint64_t seed, const std::vector<double>& wanders) {
    WorldShape shape = five_hosts(seed);
    shape.poll_max = kPoll;
    for (std::size_t i = 0; i < wanders.size(); ++i)
        shape.hosts[i].oscillator.wander = wanders[i];
    return shape;
}

Clocks of(const char* name, const char* what, std::vector<double> wanders) {
    return {
        name,
        what,
        [wanders = std::move(wanders)](std::uint64_t seed) { return with_wanders(seed, wanders); },
        {}};
}

// Every member in turn goes for five minutes, with a goodbye or without.
void come_and_go(World& world) {
    for (std::size_t turn = 0; turn < 1000; ++turn) {
        const std::size_t host = 1 + turn % (world.size() - 1);
        const TrueTime goes{Duration{kSettling + turn * 10min}.count()};
        world.at(goes, [&world, host, turn] {
            if (turn % 2 == 0) {
                world.stop(host);
            } else {
                world.kill(host);
            }
        });
        world.at(goes + 5min, [&world, host] { world.start(host); });
    }
}

}  // namespace

std::vector<Clocks> all_clocks() {
    Clocks changing = of("changing", "alike; every ten minutes one is gone for five", {});
    changing.weather = come_and_go;
    return {
        of("alike", "five that wander by 1e-9", {}),
        changing,
        of("poor-master", "the master's wanders by 1e-8", {1e-8}),
        of("poor-two", "two of the others' do", {1e-9, 1e-8, 1e-8}),
        of("good-master", "the master's wanders by 1e-10", {1e-10}),
        of("good-member", "a member's does", {1e-9, 1e-10}),
    };
}

void Variances::add(const Variances& other) {
    const auto sum = [](std::vector<double>& to, const std::vector<double>& from) {
        to.resize(from.size());
        for (std::size_t i = 0; i < from.size(); ++i)
            to[i] += from[i];
    };
    sum(cluster, other.cluster);
    raw.resize(other.raw.size());
    for (std::size_t i = 0; i < raw.size(); ++i)
        sum(raw[i], other.raw[i]);
}

Variances measure(const Clocks& clocks, std::uint64_t seed, Duration lasts) {
    World world(clocks.shape(seed));
    if (clocks.weather)
        clocks.weather(world);
    std::vector<double> cluster;
    std::vector<std::vector<double>> raw(world.size());
    world.every(1s, [&world, &cluster, &raw] {
        if (world.now() < TrueTime{Duration{kSettling}.count()})
            return;
        const Duration passed{world.now().ns};
        const Moment now = world.moment(0);
        const auto line = world.node(0).saved_state(now).line;
        cluster.push_back(as_ns(line->line.at(now.raw) - ClusterTime{kWorldBegins.ns} - passed));
        for (std::size_t i = 0; i < world.size(); ++i)
            raw[i].push_back(as_ns(world.oscillator(i).raw_at(world.now()) - RawTime{} - passed));
    });
    world.run_until(TrueTime{lasts.count()});

    Variances variances;
    const auto by_span = [](const std::vector<double>& phase_ns) {
        std::vector<double> found;
        for (const std::size_t span_s : kSpans_s)
            found.push_back(allan_variance(phase_ns, span_s));
        return found;
    };
    variances.cluster = by_span(cluster);
    for (const auto& phase_ns : raw)
        variances.raw.push_back(by_span(phase_ns));
    return variances;
}

}  // namespace berkeley::bench
