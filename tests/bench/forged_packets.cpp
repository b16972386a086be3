// A flood of forged datagrams at a cluster that runs: tests/bench/forged-packets tells more.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <random>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "tests/bench/flood.hpp"
#include "tests/system/support/cluster.hpp"

namespace berkeley::test {
namespace {

struct Options {
    std::uint64_t rate = 100'000;
    double seconds = 30;
    double kind_seconds = 3;
    double settle = 15;
};

struct Kind {
    std::string what;
    Bytes bytes;
};

Bytes of(const Datagram& datagram) {
    return {datagram.begin(), datagram.end()};
}

Bytes with_byte(Bytes bytes, std::size_t at, std::uint8_t value) {
    bytes[at] = value;
    return bytes;
}

Bytes with_false_seal(Bytes bytes) {
    bytes.back() ^= 1;
    return bytes;
}

Bytes random_bytes(std::size_t size) {
    std::mt19937 random{20'261'125};  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same each time
    Bytes bytes(size);
    std::ranges::generate(bytes, [&random] { return static_cast<std::uint8_t>(random()); });
    return bytes;
}

Bytes join_of(std::string_view from, Cookie cookie, bool certified = true) {
    Join join = some_join(from);
    join.cookie = cookie;
    if (!certified)
        join.certificate.reset();
    return with_false_seal(Forger(from, "n1").sealed(join));
}

Bytes enrol() {
    const Enrol garbage{InvitationId{77}, 5, *NodeName::from("n9"), public_key("n9")};
    return of(encode({id_of("n9"), id_of("n1"), 0, 0}, garbage));
}

std::vector<Kind> kinds_to_master() {
    const Bytes reply = with_false_seal(Forger("n2", "n1").sealed(some_reply()));
    return {{"random bytes", random_bytes(kDatagramSize)},
            {"wrong length", random_bytes(100)},
            {"unknown version", with_byte(reply, 4, 77)},
            {"to another node", with_byte(reply, 16, reply[16] ^ 1)},
            {"Reply in nobody's name", Forger("n9", "n1").sealed(some_reply())},
            {"Reply in a member's name", reply},
            {"Join in a member's name", join_of("n2", 0)},
            {"Join of a stranger, no certificate", join_of("n9", 0, false)},
            {"Join of a stranger, no cookie", join_of("n9", 0)},
            {"Join of a stranger, false cookie", join_of("n9", 5)},
            {"Enrol by no invitation", enrol()}};
}

std::vector<Kind> kinds_to_member(const std::string& member) {
    const Forger master("n1", member);
    const Bytes retry = of(encode(master.header(), Retry{7, 9}));
    return {{"Poll in the master's name", with_false_seal(master.sealed(some_poll()))},
            {"Poll in another member's name", Forger("n9", member).sealed(some_poll())},
            {"Retry to no Join", retry}};
}

std::vector<Aimed> aimed(const std::vector<Kind>& kinds, std::uint16_t port) {
    std::vector<Aimed> all;
    for (const Kind& kind : kinds)
        all.push_back({kind.bytes, port});
    return all;
}

// Of everybody at everybody, in turn.
std::vector<Aimed> all_kinds(const Cluster& cluster) {
    std::vector<Aimed> all = aimed(kinds_to_master(), cluster.port("n1"));
    for (const std::string name : {"n2", "n3"}) {
        const std::vector<Aimed> more = aimed(kinds_to_member(name), cluster.port(name));
        for (int times = 0; times < 4; ++times)
            all.insert(all.end(), more.begin(), more.end());
    }
    std::ranges::shuffle(all, std::mt19937{1});  // NOLINT(cert-msc32-c,cert-msc51-cpp)
    return all;
}

// ---- what it costs

struct Reading {
    Stopwatch since;
    double cpu_us = 0;
    std::int64_t received = 0;
    std::int64_t resident_kb = 0;
};

Reading reading(const NodeProcess& node) {
    Reading now;
    std::int64_t cpu_ns = 0;
    std::ifstream(fmt::format("/proc/{}/schedstat", node.pid())) >> cpu_ns;
    now.cpu_us = static_cast<double>(cpu_ns) / 1e3;
    now.received = number(node.tracking(), "datagrams_received");
    now.resident_kb = proc_status(node.pid(), "VmRSS");
    return now;
}

struct Cost {
    double sent_per_second = 0;
    double received_per_second = 0;
    double us_each = 0;
    double share = 0;  // of one processor
};

Cost cost_of(const NodeProcess& node, std::uint16_t port, const Kind& kind,
             const Options& options) {
    const Flood flood({{kind.bytes, port}}, options.rate);
    std::this_thread::sleep_for(Seconds{0.2});
    const std::uint64_t sent_before = flood.sent();
    const Reading before = reading(node);
    std::this_thread::sleep_for(Seconds{options.kind_seconds});
    const Reading after = reading(node);
    const auto sent = static_cast<double>(flood.sent() - sent_before);
    const double seconds = before.since.seconds() - after.since.seconds();
    const auto received = static_cast<double>(after.received - before.received);
    const double cpu = after.cpu_us - before.cpu_us;
    return {sent / seconds, received / seconds, cpu / received, cpu / 1e6 / seconds};
}

void print_costs(const Cluster& cluster, const std::string& name, const std::vector<Kind>& kinds,
                 const Options& options) {
    for (const Kind& kind : kinds) {
        const Cost cost = cost_of(cluster[name], cluster.port(name), kind, options);
        fmt::print("{:<36} {:>9.0f} {:>11.0f} {:>8.2f} {:>6.0f} %\n", kind.what,
                   cost.sent_per_second, cost.received_per_second, cost.us_each, 100 * cost.share);
        std::fflush(stdout);
    }
}

// ---- how well the clocks agree

struct Agreement {
    double rms_us = 0;
    double max_us = 0;
};

Agreement watch(const Cluster& cluster, double seconds) {
    constexpr Seconds kBetween{0.1};
    const Stopwatch watch;
    double squares = 0;
    double max = 0;
    int count = 0;
    while (watch.seconds() < seconds) {
        const double us = static_cast<double>(spread_ns(cluster)) / 1e3;
        squares += us * us;
        max = std::max(max, us);
        ++count;
        std::this_thread::sleep_for(kBetween);
    }
    return {std::sqrt(squares / count), max};
}

std::vector<Reading> readings(const Cluster& cluster) {
    std::vector<Reading> all;
    for (const auto& node : cluster.nodes())
        all.push_back(reading(*node));
    return all;
}

bool under_fire(const Cluster& cluster, const Options& options) {
    const Agreement usual = watch(cluster, options.seconds);
    const auto before = readings(cluster);
    Agreement fired;
    std::uint64_t sent = 0;
    const Stopwatch time;
    {
        const Flood flood(all_kinds(cluster), options.rate);
        fired = watch(cluster, options.seconds);
        sent = flood.sent();
    }
    const double seconds = time.seconds();
    const bool kept = cluster.synchronized(Seconds{1});
    const auto after = readings(cluster);

    fmt::print(
        "\nclocks apart: usual {:.2f} us rms, {:.2f} us at most; under fire {:.2f}, {:.2f}; "
        "ratio {:.2f}\n",
        usual.rms_us, usual.max_us, fired.rms_us, fired.max_us, fired.rms_us / usual.rms_us);
    fmt::print("sent: {:.0f} a second for {:.0f} s\n", static_cast<double>(sent) / seconds,
               seconds);
    for (std::size_t i = 0; i < before.size(); ++i)
        fmt::print(
            "{}: {:.0f} a second received, {} kB resident before, {} after, {:.0f} % of a "
            "processor\n",
            cluster.nodes()[i]->name(),
            static_cast<double>(after[i].received - before[i].received) / seconds,
            before[i].resident_kb, after[i].resident_kb,
            (after[i].cpu_us - before[i].cpu_us) / 1e4 / seconds);
    fmt::print("afterwards all are {}synchronized\n", kept ? "" : "NOT ");
    return kept;
}

int measure(const Options& options) {
    Cluster cluster({.nodes = {{.name = "n1", .offset_ms = 0.1, .drift_ppm = 10},
                               {.name = "n2", .offset_ms = -0.1, .drift_ppm = -10},
                               {.name = "n3", .offset_ms = 0.2, .drift_ppm = 20}}});
    cluster.start();
    if (!cluster.synchronized(Seconds{60})) {
        fmt::print(stderr, "the cluster does not come to agree\n");
        return 1;
    }
    std::this_thread::sleep_for(Seconds{options.settle});
    fmt::print("{:<36} {:>9} {:>11} {:>8} {:>8}\n", "forged packets, of one kind at a time",
               "sent/s", "received/s", "us each", "CPU");
    fmt::print("to the master\n");
    print_costs(cluster, "n1", kinds_to_master(), options);
    fmt::print("to a member\n");
    print_costs(cluster, "n2", kinds_to_member("n2"), options);
    std::this_thread::sleep_for(Seconds{options.settle});
    return under_fire(cluster, options) ? 0 : 1;
}

}  // namespace
}  // namespace berkeley::test

int main(int argc, char** argv) {
    berkeley::test::Options options;
    CLI::App app("forged packets at a cluster that runs");
    app.add_option("--rate", options.rate, "packets a second");
    app.add_option("--seconds", options.seconds, "of usual running, and as long under fire");
    app.add_option("--kind-seconds", options.kind_seconds, "for each kind of packet alone");
    app.add_option("--settle", options.settle, "seconds before anything is measured");
    CLI11_PARSE(app, argc, argv);
    return berkeley::test::measure(options);
}
