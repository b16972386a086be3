// What authentication costs: tests/bench/authentication tells more.
#include <algorithm>
#include <array>
#include <fstream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "daemon/core/contract.hpp"
#include "daemon/core/trust/certificate.hpp"
#include "tests/support/node_keys.hpp"
#include "tests/support/sample_messages.hpp"
#include "tests/system/support/cluster.hpp"

namespace berkeley::test {
namespace {

struct Options {
    double seconds = 20;
};

// ---- one step

// Microseconds each; the least of several rounds, so that what else runs here counts less.
template <class Step>
double us_each(int times, Step step) {
    constexpr int kRounds = 20;
    double least = 1e9;
    for (int round = 0; round < kRounds; ++round) {
        const Stopwatch watch;
        for (int i = 0; i < times; ++i)
            step();
        least = std::min(least, watch.seconds() * 1e6 / times);
    }
    return least;
}

double us_to_seal() {
    Datagram datagram = encode(sample_header(), sample_poll());
    const SealingKey key = seal_of("n1", "n2");
    return us_each(2000, [&datagram, &key] { seal(datagram, key); });
}

double us_to_check_a_seal() {
    Datagram datagram = encode(sample_header(), sample_poll());
    const SealingKey key = seal_of("n1", "n2");
    seal(datagram, key);
    return us_each(2000,
                   [&datagram, &key] { ensure(sealed_by(datagram, key), "a seal does not hold"); });
}

double us_to_agree_on_a_key() {
    const auto own = node_key("n1");
    const PublicKey peer = public_key("n2");
    return us_each(100,
                   [&own, &peer] { ensure(pair_key(*own, peer).has_value(), "no key in common"); });
}

double us_to_check_a_certificate() {
    const Certificate certificate = certificate_for("n2", "n1");
    const std::array<PublicKey, 1> candidates{public_key("n1")};
    return us_each(100, [&certificate, &candidates] {
        ensure(verify(certificate, kBenchCluster, "n2", candidates).has_value(),
               "a certificate does not hold");
    });
}

// ---- a whole exchange

double cpu_us(const NodeProcess& node) {
    std::int64_t ns = 0;
    std::ifstream(fmt::format("/proc/{}/schedstat", node.pid())) >> ns;
    return static_cast<double>(ns) / 1e3;
}

// Of both daemons together, all that they do meanwhile included: they poll so often that it is
// little.
double us_of_an_exchange(const Options& options) {
    const std::string often = "poll = { min = 0.02, max = 0.02 }";
    Cluster cluster({.nodes = {{.name = "n1", .more = often}, {.name = "n2", .more = often}},
                     .step_threshold = kStepAtOnce});
    cluster.start();
    ensure(cluster.synchronized(Seconds{60}), "the cluster does not come to agree");
    std::this_thread::sleep_for(Seconds{3});
    const auto spent = [&cluster] { return cpu_us(cluster["n1"]) + cpu_us(cluster["n2"]); };
    const auto replies = [&cluster] {
        return number(cluster["n1"].tracking(), "datagrams_received");
    };
    const std::int64_t replies_before = replies();
    const double before = spent();
    std::this_thread::sleep_for(Seconds{options.seconds});
    const double after = spent();
    return (after - before) / static_cast<double>(replies() - replies_before);
}

int measure(const Options& options) {
    const double sealing = us_to_seal();
    const double checking = us_to_check_a_seal();
    const double exchange = us_of_an_exchange(options);
    const double authentication = 2 * (sealing + checking);
    fmt::print("to seal a datagram              {:7.2f} us\n", sealing);
    fmt::print("to check a seal                 {:7.2f} us\n", checking);
    fmt::print("an exchange, two of each        {:7.2f} us\n", authentication);
    fmt::print("the whole exchange, both sides  {:7.2f} us of CPU\n", exchange);
    fmt::print("share of authentication         {:7.1f} %\n", 100 * authentication / exchange);
    fmt::print("once for each member that comes in:\n");
    fmt::print("to agree on a key               {:7.2f} us\n", us_to_agree_on_a_key());
    fmt::print("to check a certificate          {:7.2f} us\n", us_to_check_a_certificate());
    return 0;
}

}  // namespace
}  // namespace berkeley::test

int main(int argc, char** argv) {
    berkeley::test::Options options;
    CLI::App app("what authentication costs");
    app.add_option("--seconds", options.seconds, "for which exchanges are counted");
    CLI11_PARSE(app, argc, argv);
    return berkeley::test::measure(options);
}
