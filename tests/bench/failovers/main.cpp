// Failovers by the thousand, in the simulator: the node that ships, its clocks and its network.
#include <algorithm>
#include <atomic>
#include <fstream>
#include <mutex>
#include <thread>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>
#include <sodium.h>

#include "tests/bench/failovers/histogram.hpp"
#include "tests/sim/checkers.hpp"
#include "tests/sim/world.hpp"

namespace {

using namespace berkeley;
using namespace berkeley::sim;

constexpr std::size_t kOfOneWorld = 50;
constexpr double kSettled_s = 60;

struct Options {
    std::size_t failovers = 10'000;
    std::size_t candidates = 3;
    double poll_s = 1;
    std::uint64_t first_seed = 1;
    std::size_t jobs = std::max(1U, std::thread::hardware_concurrency());
    std::string svg;
    bool json = false;
};

struct Figures {
    std::vector<double> takeover_s;  // until another leads
    std::vector<double> followed_s;  // until all that run follow it
    std::uint64_t violations = 0;
    std::uint64_t without_master = 0;  // failovers after which nobody led within the time given

    void add(const Figures& more) {
        takeover_s.insert(takeover_s.end(), more.takeover_s.begin(), more.takeover_s.end());
        followed_s.insert(followed_s.end(), more.followed_s.begin(), more.followed_s.end());
        violations += more.violations;
        without_master += more.without_master;
    }
};

class Reigns {
  public:
    Reigns(std::uint64_t seed, const Options& options)
        : poll_s_(options.poll_s), world_(shape_of(seed, options)) {
        world_.watch(bounds_);
        world_.watch(no_step_);
        world_.watch(believed_);
        world_.watch(one_master_);
        run_on(kSettled_s * std::max(1.0, poll_s_));
    }

    Figures run(std::size_t failovers) {
        Figures figures;
        for (std::size_t i = 0; i < failovers; ++i)
            fail_over(figures);
        figures.violations = world_.violation_count();
        return figures;
    }

  private:
    static WorldShape shape_of(std::uint64_t seed, const Options& options) {
        WorldShape shape = five_hosts(seed);
        while (shape.hosts.size() < options.candidates)
            shape.hosts.push_back(shape.hosts.front());
        for (HostShape& host : shape.hosts)  // within a minute all agree
            host.start_offset /= 100;
        shape.candidates = options.candidates;
        shape.poll_max = seconds(options.poll_s);
        return shape;
    }

    double now_s() const { return static_cast<double>(world_.now().ns) * 1e-9; }
    void run_on(double for_s) { world_.run_until(world_.now() + seconds(for_s)); }

    // The dead one comes back after some time, and follows.
    void fail_over(Figures& figures) {
        run_on(std::uniform_real_distribution<double>(5, 8)(world_.random()) * poll_s_ + 3);
        const auto master = world_.master();
        if (!master) {
            ++figures.without_master;
            run_on(20 * poll_s_);
            return;
        }
        const double died_s = now_s();
        const double most_s = 20 * std::max(1.0, poll_s_);
        world_.kill(*master);
        while (!world_.master() && now_s() - died_s < most_s)
            run_on(0.01);
        figures.takeover_s.push_back(now_s() - died_s);
        while (!all_follow() && now_s() - died_s < most_s)
            run_on(0.05);
        figures.followed_s.push_back(now_s() - died_s);
        run_on(5 * poll_s_);
        world_.start(*master);
    }

    bool all_follow() {
        const auto master = world_.master();
        if (!master)
            return false;
        for (std::size_t i = 0; i < world_.size(); ++i) {
            if (world_.running(i) && world_.node(i).clock_standing(world_.moment(i)).master !=
                                         id_of(World::name_of(*master)))
                return false;
        }
        return true;
    }

    double poll_s_;
    World world_;
    BoundsHold bounds_;
    NoStepAfterSync no_step_;
    MasterBelieved believed_;
    OneMaster one_master_;
};

Figures run_all(const Options& options) {
    const std::size_t worlds = (options.failovers + kOfOneWorld - 1) / kOfOneWorld;
    std::atomic<std::size_t> next = 0;
    std::mutex mutex;
    Figures all;
    const auto work = [&options, worlds, &next, &mutex, &all] {
        for (std::size_t i = next++; i < worlds; i = next++) {
            const std::size_t left = options.failovers - i * kOfOneWorld;
            const Figures figures =
                Reigns(options.first_seed + i, options).run(std::min(left, kOfOneWorld));
            const std::lock_guard lock(mutex);
            all.add(figures);
        }
    };
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < options.jobs; ++i)
        threads.emplace_back(work);
    for (std::thread& thread : threads)
        thread.join();
    std::ranges::sort(all.takeover_s);
    std::ranges::sort(all.followed_s);
    return all;
}

double at_share(const std::vector<double>& sorted, double share) {
    if (sorted.empty())
        return 0;
    return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

void print(const Figures& figures, bool json) {
    const std::size_t count = figures.takeover_s.size();
    const std::uint64_t violations = figures.violations + figures.without_master;
    if (json) {
        const boost::json::object object{{"failovers", count},
                                         {"takeover_median_s", at_share(figures.takeover_s, 0.5)},
                                         {"takeover_p99_s", at_share(figures.takeover_s, 0.99)},
                                         {"takeover_max_s", at_share(figures.takeover_s, 1)},
                                         {"followed_median_s", at_share(figures.followed_s, 0.5)},
                                         {"followed_max_s", at_share(figures.followed_s, 1)},
                                         {"violations", violations}};
        fmt::print("{}\n", boost::json::serialize(object));
        return;
    }
    const auto row = [](std::string_view what, const std::vector<double>& times) {
        fmt::print("{:<24} median {:.2f} s, 99 of 100 within {:.2f} s, worst {:.2f} s\n", what,
                   at_share(times, 0.5), at_share(times, 0.99), at_share(times, 1));
    };
    fmt::print("{} failovers, {} violations\n", count, violations);
    row("until another leads", figures.takeover_s);
    row("until all follow it", figures.followed_s);
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app("Simulated failovers: how long until another master leads");
    app.add_option("--failovers", options.failovers, "so many")->check(CLI::Range(1, 10'000'000));
    app.add_option("--candidates", options.candidates, "among them")->check(CLI::Range(3, 7));
    app.add_option("--poll", options.poll_s, "seconds between two polls")
        ->check(CLI::Range(0.05, 100.0));
    app.add_option("--first-seed", options.first_seed, "and count on from it");
    app.add_option("--jobs", options.jobs, "threads")->check(CLI::Range(1, 1000));
    app.add_option("--svg", options.svg, "write the distribution there");
    app.add_flag("--json", options.json, "one object");
    CLI11_PARSE(app, argc, argv);
    if (sodium_init() < 0)
        return 2;
    const Figures figures = run_all(options);
    print(figures, options.json);
    if (!options.svg.empty()) {
        std::ofstream file(options.svg);
        file << bench::histogram_svg(
            figures.takeover_s,
            fmt::format("{} failovers of {} candidates, a poll each {} s: until another leads",
                        figures.takeover_s.size(), options.candidates, options.poll_s));
        if (!file.flush()) {
            fmt::print(stderr, "failover: cannot write {}\n", options.svg);
            return 2;
        }
    }
    return figures.violations + figures.without_master > 0 ? 1 : 0;
}
