// berkeleyd and Debian's chrony in orphan mode, in turn under the same conditions, by the truth
// about the guests' clocks: tests/lab/compare tells more.
#include <algorithm>
#include <array>
#include <exception>
#include <functional>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>

#include "tests/lab/comparison/trial.hpp"
#include "tests/support/median.hpp"

namespace berkeley::lab {
namespace {

using namespace std::chrono_literals;

struct Options {
    std::vector<std::string> only;
    std::size_t repetitions = 3;
    Terms terms;
    bool json = false;
};

constexpr std::array kContenders{Contender::chrony, Contender::berkeleyd};

std::vector<Links> all_links() {
    return {{"plain", "as the emulated machines are joined", {}},
            {"lossy",
             "each way 1 ms ± 0.3 ms, 1 % lost",
             {.delay = 1ms, .swing = 300us, .loss = 0.01}}};
}

// What came of one contender on one kind of links.
struct Row {
    Contender contender;
    std::vector<Figures> each;

    double median(const std::function<double(const Figures&)>& of) const {
        std::vector<double> values;
        for (const Figures& figures : each)
            values.push_back(of(figures));
        return test::median(std::move(values));
    }
    double rms_us() const { return median(&Figures::spread_rms_us); }
    double max_us() const { return median(&Figures::spread_max_us); }
    double packets() const { return median(&Figures::packets_per_node_hour); }
};

struct Comparison {
    Links links;
    Row chrony{Contender::chrony, {}};
    Row berkeleyd{Contender::berkeleyd, {}};

    Row& of(Contender contender) { return contender == Contender::chrony ? chrony : berkeleyd; }
    double rms_ratio() const { return berkeleyd.rms_us() / chrony.rms_us(); }
    double max_ratio() const { return berkeleyd.max_us() / chrony.max_us(); }
};

std::string or_never(const std::optional<double>& seconds) {
    return seconds ? fmt::format("{:.1f} s", *seconds) : "never";
}

// Who is first takes turns, so that a machine that gets busier favours nobody.
Comparison compare(const Links& links, const Options& options) {
    Comparison comparison{links};
    for (std::size_t repetition = 0; repetition < options.repetitions; ++repetition) {
        std::array order = kContenders;
        if (repetition % 2 == 1)
            std::ranges::reverse(order);
        for (const Contender contender : order) {
            const Figures figures = try_once(contender, links, options.terms);
            comparison.of(contender).each.push_back(figures);
            fmt::print(stderr,
                       "{} {}, {}: rms {:.1f} µs, max {:.1f} µs, {:.0f} packets, within 1 ms {}\n",
                       links.name, repetition + 1, name_of(contender), figures.spread_rms_us,
                       figures.spread_max_us, figures.packets_per_node_hour,
                       or_never(figures.within_1_ms_s));
        }
    }
    return comparison;
}

boost::json::value or_null(const std::optional<double>& value) {
    return value ? boost::json::value(*value) : boost::json::value();
}

boost::json::object as_json(const Row& row) {
    boost::json::array each;
    for (const Figures& figures : row.each) {
        each.push_back({{"spread_rms_us", figures.spread_rms_us},
                        {"spread_max_us", figures.spread_max_us},
                        {"packets_per_node_hour", figures.packets_per_node_hour},
                        {"within_1_ms_s", or_null(figures.within_1_ms_s)},
                        {"longest_stall_ms", figures.longest_stall_ms}});
    }
    return {{"spread_rms_us", row.rms_us()},
            {"spread_max_us", row.max_us()},
            {"packets_per_node_hour", row.packets()},
            {"repetitions", std::move(each)}};
}

void print_json(const std::vector<Comparison>& comparisons) {
    boost::json::array array;
    for (const Comparison& each : comparisons) {
        array.push_back({{"conditions", each.links.name},
                         {"berkeleyd", as_json(each.berkeleyd)},
                         {"chrony", as_json(each.chrony)},
                         {"rms_ratio", each.rms_ratio()},
                         {"max_ratio", each.max_ratio()}});
    }
    fmt::print("{}\n", boost::json::serialize(array));
}

std::string slowest_start(const Row& row) {
    double slowest = 0;
    for (const Figures& figures : row.each) {
        if (!figures.within_1_ms_s)
            return "never";
        slowest = std::max(slowest, *figures.within_1_ms_s);
    }
    return or_never(slowest);
}

void print_table(const std::vector<Comparison>& comparisons, const Options& options) {
    fmt::print("{:<8}{:<11}{:>10}{:>10}{:>10}{:>14}{:>21}\n", "", "", "rms µs", "max µs", "packets",
               "within 1 ms", "rms µs, least-most");
    for (const Comparison& comparison : comparisons) {
        for (const Row* row : {&comparison.chrony, &comparison.berkeleyd}) {
            const auto [least, most] = std::ranges::minmax(row->each, {}, &Figures::spread_rms_us);
            fmt::print("{:<8}{:<11}{:>10.1f}{:>10.1f}{:>10.0f}{:>14}{:>21}\n",
                       comparison.links.name, name_of(row->contender), row->rms_us(), row->max_us(),
                       row->packets(), slowest_start(*row),
                       fmt::format("{:.1f}-{:.1f}", least.spread_rms_us, most.spread_rms_us));
        }
        fmt::print("{:<8}{:<11}{:>10.2f}{:>10.2f}{:>10.2f}\n", comparison.links.name, "ratio",
                   comparison.rms_ratio(), comparison.max_ratio(),
                   comparison.berkeleyd.packets() / comparison.chrony.packets());
    }
    fmt::print(
        "\nSpread: max - min of the clocks, by the truth. Medians of {} repetitions; within "
        "1 ms: the slowest.\nPackets: UDP datagrams per node and hour while the clocks were "
        "judged. Ratio: berkeleyd's over chrony's.\n",
        options.repetitions);
    for (const Comparison& comparison : comparisons)
        fmt::print("{}: {}\n", comparison.links.name, comparison.links.what);
}

int run(const Options& options) {
    const std::string missing = why_no_guests(image_folder());
    if (!missing.empty())
        throw std::runtime_error(missing);
    std::vector<Comparison> comparisons;
    for (const Links& links : all_links()) {
        if (options.only.empty() || std::ranges::count(options.only, links.name) > 0)
            comparisons.push_back(compare(links, options));
    }
    if (options.json) {
        print_json(comparisons);
    } else {
        print_table(comparisons, options);
    }
    return 0;
}

void describe(CLI::App& app, Options& options) {
    std::vector<std::string> names;
    for (const Links& links : all_links())
        names.push_back(links.name);
    app.add_option("--only", options.only, "these links alone")
        ->expected(1, -1)
        ->delimiter(',')
        ->check(CLI::IsMember(names));
    app.add_option("--repetitions", options.repetitions, "of each")->check(CLI::Range(1, 1000));
    app.add_option("--settle", options.terms.settle_s, "seconds until the clocks are judged")
        ->check(CLI::Range(1.0, 86'400.0));
    app.add_option("--hold", options.terms.hold_s, "seconds that they are judged for")
        ->check(CLI::Range(1.0, 86'400.0));
    app.add_option("--poll", options.terms.poll_s, "seconds between berkeleyd's polls")
        ->check(CLI::Range(0.01, 1024.0));
    app.add_option("--chrony-server", options.terms.chrony_server, "chrony's options of a server")
        ->capture_default_str();
    app.add_option("--chrony", options.terms.chrony_lines, "a further line of chrony.conf");
    app.add_flag("--json", options.json, "an array, one object for each kind of links");
}

}  // namespace
}  // namespace berkeley::lab

int main(int argc, char** argv) {
    berkeley::lab::Options options;
    CLI::App app("How well three kernels' clocks agree under berkeleyd, and under chrony");
    app.name("compare");
    berkeley::lab::describe(app, options);
    CLI11_PARSE(app, argc, argv);
    try {
        return berkeley::lab::run(options);
    } catch (const std::exception& error) {
        fmt::print(stderr, "compare: {}\n", error.what());
        return 1;
    }
}
