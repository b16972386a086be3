// How steadily simulated cluster time runs: Allan deviations, as a table and as an SVG. Nothing in
// here is real time; a seed gives the same figures everywhere.
#include <algorithm>
#include <cmath>
#include <fstream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sodium.h>

#include "tests/bench/allan/clocks.hpp"
#include "tests/bench/allan/plot.hpp"
#include "tests/bench/on_all_cores.hpp"

namespace {

using namespace berkeley;
using namespace berkeley::bench;

// Up to here cluster time is to be as steady as the master's raw clock, and beyond it as the best.
constexpr std::size_t kTurn_s = 300;

struct Options {
    std::vector<std::string> only;
    std::size_t seeds = 5;
    std::uint64_t first_seed = 1;
    double hours = 24;
    std::size_t jobs = cores();
    std::string svg = "stability.svg";
    bool list = false;
};

// One cluster's figures, over all seeds.
struct Curves {
    std::vector<double> cluster;
    std::vector<std::vector<double>> raw;
    std::size_t best = 0;  // of the raw clocks, over the longest span

    double reference(std::size_t span) const {
        return raw[kSpans_s[span] <= kTurn_s ? 0 : best][span];
    }
    double ratio(std::size_t span) const { return cluster[span] / reference(span); }
};

Curves curves_of(const std::vector<Variances>& seeds) {
    Variances sum;
    for (const Variances& each : seeds)
        sum.add(each);
    const auto deviations = [&seeds](const std::vector<double>& variances) {
        std::vector<double> roots;
        for (const double variance : variances)
            roots.push_back(std::sqrt(variance / static_cast<double>(seeds.size())));
        return roots;
    };
    Curves curves;
    curves.cluster = deviations(sum.cluster);
    for (const auto& raw : sum.raw)
        curves.raw.push_back(deviations(raw));
    const auto best = std::ranges::min_element(
        curves.raw, [](const auto& a, const auto& b) { return a.back() < b.back(); });
    curves.best = static_cast<std::size_t>(best - curves.raw.begin());
    return curves;
}

std::vector<Clocks> chosen(const std::vector<std::string>& only) {
    std::vector<Clocks> all = all_clocks();
    for (const std::string& name : only) {
        if (std::ranges::none_of(all, [&name](const Clocks& each) { return each.name == name; })) {
            fmt::print(stderr, "stability: no cluster '{}': see --list\n", name);
            return {};
        }
    }
    std::erase_if(all, [&only](const Clocks& each) {
        return !only.empty() && std::ranges::find(only, each.name) == only.end();
    });
    return all;
}

void print_table(const Clocks& clocks, const Curves& curves) {
    fmt::print("\n{}: {}\n{:>8}{:>12}{:>12}{:>12}{:>9}\n", clocks.name, clocks.what, "span s",
               "cluster", "master raw", "best raw", "ratio");
    for (std::size_t i = 0; i < kSpans_s.size(); ++i) {
        fmt::print("{:>8}{:>12.2e}{:>12.2e}{:>12.2e}{:>9.2f} of the {}\n", kSpans_s[i],
                   curves.cluster[i], curves.raw[0][i], curves.raw[curves.best][i], curves.ratio(i),
                   kSpans_s[i] <= kTurn_s ? "master's" : "best");
    }
}

Plot plot_of(const Clocks& clocks, const Curves& curves) {
    const auto points = [](const std::vector<double>& deviations) {
        std::vector<std::pair<double, double>> found;
        for (std::size_t i = 0; i < kSpans_s.size(); ++i) {
            if (deviations[i] > 0)
                found.emplace_back(kSpans_s[i], deviations[i]);
        }
        return found;
    };
    Plot plot{clocks.name + ": " + clocks.what, "span, s", "Allan deviation", {}};
    for (std::size_t i = 1; i < curves.raw.size(); ++i)
        plot.curves.push_back(
            {fmt::format("raw, node{}", i + 1), "#aaa", 1, points(curves.raw[i])});
    plot.curves.push_back({"raw, the master", "#d60", 2, points(curves.raw[0])});
    plot.curves.push_back({"cluster time", "#06c", 3, points(curves.cluster)});
    return plot;
}

int run(const Options& options) {
    const std::vector<Clocks> clusters = chosen(options.only);
    if (clusters.empty() || sodium_init() < 0)
        return 2;
    std::vector<std::vector<Variances>> found(clusters.size(),
                                              std::vector<Variances>(options.seeds));
    run_jobs(clusters.size() * options.seeds, options.jobs, [&](std::size_t job) {
        const std::size_t seed = job % options.seeds;
        const std::size_t cluster = job / options.seeds;
        found[cluster][seed] =
            measure(clusters[cluster], options.first_seed + seed, seconds(options.hours * 3600));
    });
    std::vector<Plot> plots;
    for (std::size_t i = 0; i < clusters.size(); ++i) {
        const Curves curves = curves_of(found[i]);
        print_table(clusters[i], curves);
        plots.push_back(plot_of(clusters[i], curves));
    }
    std::ofstream file(options.svg);
    file << to_svg(plots);
    if (!file.flush()) {
        fmt::print(stderr, "stability: {} cannot be written\n", options.svg);
        return 1;
    }
    fmt::print(
        "\nRoot of the mean Allan variance of {} seeds, {:g} h each without the first {:g}. Best: "
        "the "
        "raw clock that\nis steadiest over {} s. Goal: a ratio of 1 or less. Curves: {}\n",
        options.seeds, options.hours, as_seconds(kSettling) / 3600, kSpans_s.back(), options.svg);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app("How steadily simulated cluster time runs");
    app.add_option("--only", options.only, "these clusters alone")->expected(1, -1);
    app.add_option("--seeds", options.seeds, "of each cluster")->check(CLI::Range(1, 100'000));
    app.add_option("--first-seed", options.first_seed, "and count on from it");
    app.add_option("--hours", options.hours, "simulated, of each seed")->check(CLI::Range(9, 1000));
    app.add_option("--jobs", options.jobs, "threads")->check(CLI::Range(1, 1000));
    app.add_option("--svg", options.svg, "where the curves go");
    app.add_flag("--list", options.list, "name the clusters, run none");
    CLI11_PARSE(app, argc, argv);
    if (options.list) {
        for (const Clocks& clocks : all_clocks())
            fmt::print("{:<12} {}\n", clocks.name, clocks.what);
        return 0;
    }
    return run(options);
}
