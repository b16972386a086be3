// How well simulated clocks agree, condition by condition, chrony's figures and the goals beside.
// Nothing in here is real time; a seed gives the same figures everywhere.
#include <algorithm>
#include <iterator>
#include <sstream>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>
#include <sodium.h>

#include "tests/bench/conditions/condition.hpp"
#include "tests/bench/on_all_cores.hpp"

namespace {

using namespace berkeley;
using namespace berkeley::bench;

struct Options {
    std::vector<std::string> only;
    std::size_t seeds = 5;
    std::uint64_t first_seed = 1;
    std::size_t jobs = cores();
    bool json = false;
};

// Every condition with every seed, on so many threads; the long ones are begun first.
std::vector<Row> run_all(const std::vector<Condition>& conditions, const Options& options) {
    struct Job {
        std::size_t condition;
        std::size_t seed;
        double cost;
    };
    std::vector<Job> jobs;
    std::vector<std::vector<Figures>> figures(conditions.size());
    for (std::size_t i = 0; i < conditions.size(); ++i) {
        figures[i].resize(options.seeds);
        const sim::WorldShape shape = conditions[i].shape(1);
        const double polls = static_cast<double>(conditions[i].lasts / shape.poll_max);
        for (std::size_t seed = 0; seed < options.seeds; ++seed)
            jobs.push_back({i, seed, polls * static_cast<double>(shape.hosts.size())});
    }
    std::stable_sort(jobs.begin(), jobs.end(),
                     [](const Job& a, const Job& b) { return a.cost > b.cost; });
    run_jobs(jobs.size(), options.jobs, [&conditions, &options, &jobs, &figures](std::size_t i) {
        const Job& job = jobs[i];
        figures[job.condition][job.seed] =
            try_once(conditions[job.condition], options.first_seed + job.seed);
    });

    std::vector<Row> rows;
    for (std::size_t i = 0; i < conditions.size(); ++i)
        rows.push_back(row_of(conditions[i], figures[i]));
    return rows;
}

boost::json::value or_null(const std::optional<double>& value) {
    return value ? boost::json::value(*value) : boost::json::value();
}

void print_json(const std::vector<Row>& rows) {
    boost::json::array array;
    for (const Row& row : rows) {
        const Figures& f = row.figures;
        array.push_back({{"conditions", row.name},
                         {"seeds", row.seeds},
                         {"spread_rms_us", f.spread_rms_us},
                         {"spread_max_us", f.spread_max_us},
                         {"packets_per_node_hour", f.packets_per_node_hour},
                         {"converged_s", f.converged_s},
                         {"recovered_s", or_null(f.recovered_s)},
                         {"others_moved_us", or_null(f.others_moved_us)},
                         {"bound_violations", f.bound_violations}});
    }
    fmt::print("{}\n", boost::json::serialize(array));
}

std::string or_dash(const std::optional<double>& value, int digits) {
    return value ? fmt::format("{:.{}f}", *value, digits) : "-";
}

void print_bounds(const std::vector<Row>& rows) {
    fmt::print("\n{:<12}{:>9}{:>9}{:>9}{:>9}\n", "", "bound", "told", "grown", "to slew");
    for (const Row& row : rows) {
        const Tightness& bound = row.figures.bound;
        fmt::print("{:<12}{:>9.2f}{:>9.2f}{:>9.2f}{:>9.2f}\n", row.name, bound.bound, bound.told,
                   bound.grown, bound.to_slew);
    }
    fmt::print(
        "\nBounds over half the least round trip, medians. Told: what the exchanges left, and "
        "their "
        "age when the\nmaster told it; grown: by 100 ppm and what cluster time may turn, since; to "
        "slew: the clock's own offset.\n");
}

void print_table(const std::vector<Condition>& conditions, const std::vector<Row>& rows) {
    constexpr std::string_view kRow =
        "{:<12}{:>9}{:>9}{:>9}{:>10}{:>10}{:>10}{:>8}{:>7}  {:<35}{:<31}{}\n";
    fmt::print(fmt::runtime(kRow), "", "rms µs", "max µs", "packets", "converged", "recovered",
               "moved µs", "broken", "bound", "chrony", "goal", "");
    double node_days = 0;
    std::uint64_t violations = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Figures& f = rows[i].figures;
        fmt::print(
            fmt::runtime(kRow), rows[i].name, fmt::format("{:.2f}", f.spread_rms_us),
            fmt::format("{:.2f}", f.spread_max_us), fmt::format("{:.0f}", f.packets_per_node_hour),
            fmt::format("{:.2f} s", f.converged_s),
            f.recovered_s ? or_dash(f.recovered_s, 1) + " s" : "-", or_dash(f.others_moved_us, 2),
            f.bound_violations, fmt::format("{:.1f}", f.bound.bound),
            conditions[i].rival.empty() ? "-" : conditions[i].rival,
            conditions[i].goal.empty() ? "stated" : conditions[i].goal,
            !conditions[i].met     ? ""
            : conditions[i].met(f) ? "met"
                                   : "missed");
        node_days += f.node_days;
        violations += f.bound_violations;
    }
    fmt::print(
        "\nSpread: max - min of the clocks that nothing struck. Medians of the seeds; recovered "
        "and "
        "moved: the worst.\nMoved: against the same seed without the fault. Broken: bounds or "
        "monotony, after every event. Bound: its\nmedian over half the least round trip.\n"
        "{:.0f} simulated node-days, {} violations\n",
        node_days, violations);
}

// "j10,wander" as well as "j10 wander".
std::vector<Condition> chosen(const std::vector<std::string>& only) {
    std::vector<Condition> all = all_conditions();
    if (only.empty())
        return all;
    std::vector<Condition> found;
    for (const std::string& words : only) {
        std::istringstream stream(words);
        for (std::string name; std::getline(stream, name, ',');) {
            const auto it = std::find_if(all.begin(), all.end(), [&name](const Condition& each) {
                return each.name == name;
            });
            if (it == all.end()) {
                fmt::print(stderr, "agreement: no condition '{}': see --list\n", name);
                return {};
            }
            found.push_back(*it);
        }
    }
    return found;
}

void print_list() {
    for (const Condition& condition : all_conditions())
        fmt::print("{:<12} {}\n", condition.name, condition.what);
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    bool list = false;
    CLI::App app("How well simulated clocks agree under berkeleyd's core");
    app.add_option("--only", options.only, "these conditions alone")->expected(1, -1);
    app.add_option("--seeds", options.seeds, "of each condition")->check(CLI::Range(1, 100'000));
    app.add_option("--first-seed", options.first_seed, "and count on from it");
    app.add_option("--jobs", options.jobs, "threads")->check(CLI::Range(1, 1000));
    app.add_flag("--json", options.json, "an array of rows");
    app.add_flag("--list", list, "name the conditions, run none");
    CLI11_PARSE(app, argc, argv);
    if (list) {
        print_list();
        return 0;
    }
    const std::vector<Condition> conditions = chosen(options.only);
    if (conditions.empty() || sodium_init() < 0)
        return 2;
    const std::vector<Row> rows = run_all(conditions, options);
    if (options.json) {
        print_json(rows);
    } else {
        print_table(conditions, rows);
        print_bounds(rows);
    }
    const bool broken = std::any_of(
        rows.begin(), rows.end(), [](const Row& row) { return row.figures.bound_violations > 0; });
    return broken ? 1 : 0;
}
