#include "tests/lab/support/laboratory.hpp"

#include <cmath>
#include <cstdlib>
#include <iostream>
#include <stdexcept>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/system/support/identity.hpp"
#include "tests/system/support/node_process.hpp"

namespace berkeley::lab {
namespace {

constexpr Seconds kBootLimit{120};
constexpr const char* kConfig = "/etc/berkeleyd/berkeleyd.toml";
constexpr const char* kKey = "/etc/berkeleyd/node.key";
constexpr const char* kCertificate = "/etc/berkeleyd/node.cert";
constexpr const char* kLog = "/log/berkeleyd";

constexpr const char* kCluster = "lab";

std::string name_of(std::size_t number) {
    return fmt::format("n{}", number);
}

}  // namespace

std::filesystem::path image_folder() {
    return test::built("../lab");
}

double hold_seconds(double shorter) {
    const char* hold = std::getenv("BERKELEYD_LAB_HOLD");  // NOLINT(concurrency-mt-unsafe)
    return hold == nullptr ? shorter : std::strtod(hold, nullptr);
}

Laboratory::Laboratory(std::vector<NodeSpec> nodes, std::size_t expect, std::size_t candidates)
    : nodes_(std::move(nodes)),
      expect_(expect == 0 ? nodes_.size() : expect),
      candidates_(candidates),
      wires_(folder_.path(), nodes_.size()) {
    for (std::size_t number = 1; number <= nodes_.size(); ++number) {
        GuestPlace place;
        place.number = number;
        place.image = image_folder();
        place.folder = folder_.path();
        place.to_wire = wires_.carrier_socket(number);
        place.nic = wires_.guest_socket(number);
        place.drift_ppm = nodes_[number - 1].drift_ppm;
        guests_.push_back(std::make_unique<Guest>(std::move(place)));
    }
    std::vector<const Guest*> watched;
    for (const auto& guest : guests_) {
        guest->await_boot(kBootLimit);
        watched.push_back(guest.get());
    }
    truth_ = std::make_unique<GroundTruth>(watched);
    for (std::size_t number = 1; number <= size(); ++number) {
        set_clock(number, nodes_[number - 1].start_error);
        guest(number).write_file(kKey, test::key_text(name_of(number)));
        guest(number).run_well(fmt::format("chmod 600 {}", kKey));
        guest(number).write_file(kCertificate,
                                 test::certificate_text(kCluster, name_of(number), name_of(1)));
        guest(number).write_file(kConfig, config_of(number));
    }
}

Laboratory::~Laboratory() {
    if (!testing::Test::HasFailure() && std::uncaught_exceptions() == 0)
        return;
    for (std::size_t number = 1; number <= size(); ++number) {
        std::cout << fmt::format("---- log of n{}\n{}{}", number, log(number),
                                 guest(number).run("berkeleyctl status; berkeleyctl members").out);
    }
}

std::string Laboratory::config_of(std::size_t number) const {
    std::string candidates;
    std::string keys;
    for (std::size_t candidate = 1; candidate <= candidates_; ++candidate) {
        candidates += fmt::format("\"{}={}\",", name_of(candidate), Guest::address(candidate));
        keys += test::pinned(name_of(candidate));
    }
    return fmt::format("name = \"{}\"\ncluster = \"{}\"\ncandidates = [{}]\nexpect = {}\n{}{}\n",
                       name_of(number), kCluster, candidates, expect_, keys,
                       nodes_[number - 1].config);
}

Span Laboratory::wait(double seconds) {
    const double from = truth_->now();
    test::wait_until(Seconds{seconds}, [] { return false; }, Seconds{0.2});
    truth_->collect();
    return {from, truth_->now()};
}

bool Laboratory::wait_until(double limit, const std::function<bool()>& condition) {
    const bool done = test::wait_until(Seconds{limit}, condition, Seconds{0.1});
    truth_->collect();
    return done;
}

void Laboratory::set_clock(std::size_t number, double error_s) {
    const double at = truth_->now();
    guest(number).set_clock(truth_->tsc_at(at),
                            truth_->host_ns_at(at) + std::llround(error_s * 1e9), truth_->tsc_hz());
}

void Laboratory::shift_clock(std::size_t number, double by_s) {
    truth_->collect();
    const TruePoint& last = truth_->points(number).back();
    set_clock(number, last.offset_ns * 1e-9 + by_s);
}

void Laboratory::start_daemon(std::size_t number) {
    guest(number).run_well(fmt::format(
        "berkeleyd --config {} >>{} 2>&1 & echo $! >/run/berkeleyd.pid", kConfig, kLog));
}

void Laboratory::start_daemons() {
    for (std::size_t number = 1; number <= size(); ++number)
        start_daemon(number);
}

void Laboratory::start_chronyd(std::size_t number, std::string_view config,
                               std::string_view options) {
    guest(number).write_file("/etc/chrony.conf", config);
    guest(number).run_well(fmt::format(
        "mkdir -p /run/chrony /var/lib/chrony; chronyd {} -u root -f /etc/chrony.conf", options));
}

void Laboratory::end_daemon(std::size_t number, const char* signal) {
    guest(number).run_well(fmt::format("kill -{} $(cat /run/berkeleyd.pid)", signal));
}

bool Laboratory::daemon_runs(std::size_t number) {
    return guest(number).run("kill -0 $(cat /run/berkeleyd.pid)").code == 0;
}

std::string Laboratory::log(std::size_t number) {
    return guest(number).run(fmt::format("cat {}", kLog)).out;
}

bool Laboratory::log_says(std::size_t number, std::string_view words) {
    return log(number).find(words) != std::string::npos;
}

std::optional<boost::json::object> Laboratory::answer(std::size_t number) {
    const Outcome outcome = guest(number).run("berkeleyctl status --json");
    if (outcome.code != 0 && outcome.code != 1)
        return std::nullopt;
    return boost::json::parse(outcome.out).as_object();
}

boost::json::object Laboratory::status(std::size_t number) {
    auto known = answer(number);
    if (!known)
        throw std::runtime_error(fmt::format("n{}: no answer of its daemon", number));
    return std::move(*known);
}

std::string Laboratory::state(std::size_t number) {
    const auto known = answer(number);
    return known ? test::text(*known, "state") : "";
}

std::string Laboratory::master(std::size_t number) {
    const auto known = answer(number);
    return known ? test::text(*known, "master") : "";
}

bool Laboratory::synchronized(double limit) {
    const double from = truth_->now();
    for (std::size_t number = 1; number <= size(); ++number) {
        const double left = limit - (truth_->now() - from);
        const std::string command =
            fmt::format("berkeleyctl waitsync --timeout {:.1f}", std::max(left, 0.1));
        if (guest(number).run(command, Seconds{std::max(left, 0.1) + 10}).code != 0)
            return false;
    }
    truth_->collect();
    return true;
}

void Laboratory::pause(std::size_t number, double seconds) {
    stop_machine(number);
    test::wait_until(Seconds{seconds}, [] { return false; });
    resume_machine(number);
}

void Laboratory::stop_machine(std::size_t number) {
    truth_->collect();
    guest(number).qmp("stop");
}

// While it was stopped its TSC stood still, too: the constant is another one now.
void Laboratory::resume_machine(std::size_t number) {
    guest(number).qmp("cont");
    guest(number).calibrate();
    truth_->skip(number);
}

std::string in_words(double ns) {
    const double size = std::abs(ns);
    if (size < 1e3)
        return fmt::format("{:.0f} ns", ns);
    if (size < 1e6)
        return fmt::format("{:.1f} µs", ns / 1e3);
    if (size < 1e9)
        return fmt::format("{:.3f} ms", ns / 1e6);
    return fmt::format("{:.3f} s", ns / 1e9);
}

}  // namespace berkeley::lab
