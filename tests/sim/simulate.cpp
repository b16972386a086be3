// Runs five simulated clocks and prints how well they agree: for trying things, and for replaying
// a seed that a test found; tests/bench/agreement has the figures.
// Nothing in here is real time.
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
    CLI11_PARSE(app, argc, argv);
    return run(options);
}
