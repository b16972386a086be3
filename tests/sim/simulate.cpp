// Runs five simulated clocks and prints how well they agree: for trying things, and for replaying
// a seed that a test found. Nothing in here is real time.
#include <algorithm>
#include <array>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "daemon/core/time/text.hpp"
#include "tests/sim/checkers.hpp"

namespace {

using namespace berkeley;
using namespace berkeley::sim;

struct Options {
    std::uint64_t seed = 1;
    double hours = 4;
    double jitter_us = 100;
    double poll_max_s = 3.23;
    double poll_min_s = 0.05;
    double loss = 0;
    double trace_until_s = 0;
    bool anchors = false;
};

void print_clocks(World& world) {
    fmt::print("{:9.2f} s ", static_cast<double>(world.now().ns) * 1e-9);
    for (std::size_t i = 0; i < world.size(); ++i) {
        const auto standing = world.node(i).clock_standing(world.moment(i));
        fmt::print(" {}:{} ±{}", static_cast<int>(standing.state),
                   standing.offset ? to_text(*standing.offset) : "-",
                   standing.bound ? to_text(*standing.bound) : "-");
    }
    fmt::print("\n");
}

// Chrony 4.3 in orphan mode under the same conditions, and what may be spent to beat it.
struct Rival {
    const char* name;
    double jitter_us;
    double poll_s;  // that keeps to rival's packets
    double rms_us;
    double max_us;
    int packets;
};

constexpr std::array<Rival, 4> kRivals{{
    {"100 µs, chrony at minpoll 0 maxpoll 4", 100, 3.28, 25.5, 54.5, 1782},
    {"10 µs, chrony at minpoll 0 maxpoll 4", 10, 3.28, 6.2, 15.1, 1782},
    {"100 µs, chrony 4.8 at poll 0", 100, 0.203, 23.0, 93, 28507},
    {"100 µs, chrony at its default poll", 100, 121, 240, 367, 66},
}};

struct Figures {
    double rms_us = 0;
    double max_us = 0;
    double packets = 0;
    std::size_t violations = 0;
};

Figures four_hours(const Rival& rival, std::uint64_t seed) {
    WorldShape shape = five_hosts(seed);
    shape.path.mean_jitter = seconds(rival.jitter_us * 1e-6);
    shape.poll_max = seconds(rival.poll_s);
    World world(shape);
    BoundsHold bounds;
    NoStepAfterSync no_step;
    world.watch(bounds);
    world.watch(no_step);
    Spread spread(world, TrueTime{Duration{2h}.count()});
    world.run_until(TrueTime{Duration{4h}.count()});
    return {spread.rms_us(), spread.max_us(), static_cast<double>(world.datagrams_sent()) / 20,
            world.violations().size()};
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

int print_anchors(std::uint64_t first_seed) {
    fmt::print(
        "Spread of five simulated clocks over hours 2 to 4; median of five seeds.\n"
        "{:<42}{:>18}{:>18}{:>14}\n",
        "jitter, rival", "rms µs (rival)", "max µs (rival)", "packets/node/h");
    std::size_t violations = 0;
    for (const Rival& rival : kRivals) {
        std::vector<double> rms;
        std::vector<double> max;
        std::vector<double> packets;
        for (std::uint64_t seed = first_seed; seed < first_seed + 5; ++seed) {
            const Figures figures = four_hours(rival, seed);
            rms.push_back(figures.rms_us);
            max.push_back(figures.max_us);
            packets.push_back(figures.packets);
            violations += figures.violations;
        }
        fmt::print("{:<42}{:>9.2f} ({:>5.1f}){:>10.2f} ({:>5.1f}){:>7.0f} ({})\n", rival.name,
                   median(rms), rival.rms_us, median(max), rival.max_us, median(packets),
                   rival.packets);
    }
    fmt::print("{} violations of bounds or of monotony\n", violations);
    return violations == 0 ? 0 : 1;
}

int run(const Options& options) {
    WorldShape shape = five_hosts(options.seed);
    shape.path.mean_jitter = seconds(options.jitter_us * 1e-6);
    shape.path.loss = options.loss;
    shape.poll_max = seconds(options.poll_max_s);
    shape.poll_min = seconds(options.poll_min_s);
    World world(shape);
    BoundsHold bounds;
    NoStepAfterSync no_step;
    world.watch(bounds);
    world.watch(no_step);
    const TrueTime end{seconds(options.hours * 3600).count()};
    Spread spread(world, TrueTime{end.ns / 2});
    if (options.trace_until_s > 0) {
        world.every(250ms, [&world, &options] {
            if (world.now() < TrueTime{seconds(options.trace_until_s).count()}) {
                print_clocks(world);
            }
        });
    }
    world.run_until(end);

    const double per_node_hour = static_cast<double>(world.datagrams_sent()) /
                                 static_cast<double>(world.size()) / options.hours;
    fmt::print(
        "seed {}: spread < 1 ms after {:.0f} s; second half: rms {:.2f} µs, max {:.2f} µs; "
        "{:.0f} packets per node and hour; {} violations\n",
        options.seed, spread.converged_s(), spread.rms_us(), spread.max_us(), per_node_hour,
        world.violations().size());
    for (const auto& violation : world.violations())
        fmt::print("  {}\n", violation);
    return world.violations().empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app("Five simulated clocks under berkeleyd's core");
    app.add_option("--seed", options.seed, "what all randomness follows from");
    app.add_option("--hours", options.hours, "simulated hours; figures are of the second half");
    app.add_option("--jitter", options.jitter_us, "mean of the exponential jitter, one way, µs");
    app.add_option("--poll", options.poll_max_s, "seconds between polls in the steady state");
    app.add_option("--poll-min", options.poll_min_s, "the same while a member is new");
    app.add_option("--loss", options.loss, "share of datagrams lost");
    app.add_option("--trace", options.trace_until_s, "print the clocks until this second");
    app.add_flag("--anchors", options.anchors, "the conditions that chrony was measured under");
    CLI11_PARSE(app, argc, argv);
    return options.anchors ? print_anchors(options.seed) : run(options);
}
