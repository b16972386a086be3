#include "tests/lab/comparison/trial.hpp"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

namespace berkeley::lab {
namespace {

// The truth's page holds 13 minutes.
constexpr double kCollected = 60;

// A machine that stood still measures nothing: once more, and then it is told.
constexpr double kStall = 0.050;
constexpr int kMeasured = 3;

constexpr double kMillisecond = 1e6;

std::vector<NodeSpec> kernels(const Terms& terms) {
    const std::string config = terms.poll_s
                                   ? fmt::format("[poll]\nmin = {:.3f}\nmax = {:.3f}",
                                                 std::min(0.05, *terms.poll_s), *terms.poll_s)
                                   : "";
    return {{.drift_ppm = 80, .start_error = 2, .config = config},
            {.drift_ppm = -40, .start_error = -1.5, .config = config},
            {.drift_ppm = 150, .start_error = 0.3, .config = config}};
}

void start(Laboratory& lab, Contender contender, const Terms& terms) {
    if (contender == Contender::berkeleyd)
        return lab.start_daemons();
    for (std::size_t guest = 1; guest <= lab.size(); ++guest)
        lab.start_chronyd(guest, chrony_config(guest, lab.size(), terms), "-l /log/chronyd");
}

Span wait(Laboratory& lab, double seconds) {
    const double from = lab.truth().now();
    for (double left = seconds; left > 0; left -= kCollected)
        lab.wait(std::min(left, kCollected));
    return {from, lab.truth().now()};
}

// What a daemon that ended leaves is no figure of its own.
void expect_running(Laboratory& lab, Contender contender) {
    const std::string daemon = contender == Contender::berkeleyd ? "berkeleyd" : "chronyd";
    for (std::size_t guest = 1; guest <= lab.size(); ++guest) {
        if (lab.guest(guest).run("pidof " + daemon).code == 0)
            continue;
        throw std::runtime_error(
            fmt::format("{} does not run on n{}:\n{}", daemon, guest,
                        lab.guest(guest).run("tail -n 20 /log/" + daemon).out));
    }
}

Figures measure(Laboratory& lab, const Terms& terms) {
    const std::uint64_t before = lab.wires().datagrams();
    const Span hold = wait(lab, terms.hold_s);
    const auto sent = static_cast<double>(lab.wires().datagrams() - before);
    const Spread spread = lab.truth().spread(hold);
    Figures figures;
    figures.spread_rms_us = spread.rms_ns * 1e-3;
    figures.spread_max_us = spread.max_ns * 1e-3;
    figures.packets_per_node_hour =
        sent / static_cast<double>(lab.size()) / (hold.to - hold.from) * 3600;
    figures.longest_stall_ms = lab.truth().longest_stall(hold) * 1e3;
    return figures;
}

}  // namespace

std::string name_of(Contender contender) {
    return contender == Contender::berkeleyd ? "berkeleyd" : "chrony";
}

std::string chrony_config(std::size_t guest, std::size_t guests, const Terms& terms) {
    std::string config = "local stratum 10 orphan\nmakestep 0.1 3\nallow\n";
    for (std::size_t other = 1; other <= guests; ++other) {
        if (other != guest)
            config += fmt::format("server {} {}\n", Guest::address(other), terms.chrony_server);
    }
    for (const std::string& line : terms.chrony_lines)
        config += line + "\n";
    return config;
}

Figures try_once(Contender contender, const Links& links, const Terms& terms) {
    Laboratory lab(kernels(terms));
    lab.wires().set_all(links.way);
    start(lab, contender, terms);
    const double started = lab.truth().now();
    wait(lab, terms.settle_s);
    Figures figures;
    for (int measured = 0; measured < kMeasured; ++measured) {
        figures = measure(lab, terms);
        if (figures.longest_stall_ms <= kStall * 1e3)
            break;
        fmt::print(stderr, "{}, {}: a guest stood still for {:.0f} ms\n", links.name,
                   name_of(contender), figures.longest_stall_ms);
    }
    expect_running(lab, contender);
    const auto settled = lab.truth().settled_below(kMillisecond, {started, lab.truth().now()});
    if (settled)
        figures.within_1_ms_s = *settled - started;
    return figures;
}

}  // namespace berkeley::lab
