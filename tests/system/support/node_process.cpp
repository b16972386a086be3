#include "tests/system/support/node_process.hpp"

#include <csignal>
#include <ctime>
#include <stdexcept>

#include <fmt/format.h>

#include "daemon/platform/clock_bracket.hpp"

namespace berkeley::test {
namespace {

constexpr Seconds kStartLimit{20};
constexpr Seconds kStopLimit{20};

}  // namespace

NodeProcess::NodeProcess(const TemporaryFolder& folder, std::string name)
    : name_(std::move(name)), files_(folder / name_) {}

void NodeProcess::start(const Environment& environment, const Arguments& wrapper) {
    Arguments command = wrapper;
    command.insert(command.end(), {built("berkeleyd"), "--config", config()});
    process_ = std::make_unique<Process>(command, environment);
    const bool answers = wait_until(
        kStartLimit, [this] { return !process_->running() || ctl({"status"}).code != 3; },
        Seconds{0.01});
    if (!process_->running() || !answers) {
        throw std::runtime_error(
            fmt::format("berkeleyd {} did not start: {}", name_, process_->err()));
    }
}

int NodeProcess::stop() {
    process_->signal(SIGTERM);
    const auto code = process_->wait(kStopLimit);
    if (!code)
        throw std::runtime_error(fmt::format("berkeleyd {} does not stop: {}", name_, log()));
    return *code;
}

void NodeProcess::kill() {
    process_->signal(SIGKILL);
    process_->wait(kStopLimit);
}

Outcome NodeProcess::ctl(const Arguments& words) const {
    Arguments command{built("berkeleyctl"), "--socket", socket()};
    command.insert(command.end(), words.begin(), words.end());
    return run(command);
}

boost::json::value NodeProcess::ask(const std::string& verb) const {
    const Outcome outcome = ctl({verb, "--json"});
    if (outcome.code != 0 && outcome.code != 1) {
        throw std::runtime_error(fmt::format("berkeleyctl {} of {} ended with {}: {}\n{}", verb,
                                             name_, outcome.code, outcome.err, log()));
    }
    return boost::json::parse(outcome.out);
}

boost::json::object NodeProcess::status() const {
    return ask("status").as_object();
}

boost::json::array NodeProcess::members() const {
    return ask("members").as_array();
}

boost::json::object NodeProcess::tracking() const {
    return ask("tracking").as_object();
}

boost::json::object NodeProcess::member(std::string_view name) const {
    for (const boost::json::value& row : members()) {
        if (row.at("name").as_string() == name)
            return row.as_object();
    }
    return {};
}

std::string NodeProcess::state() const {
    return text(status(), "state");
}

bool NodeProcess::synchronized(Seconds within) const {
    return ctl({"waitsync", "--timeout", fmt::format("{}", within.count())}).code == 0;
}

std::string text(const boost::json::object& object, std::string_view key) {
    const boost::json::value& value = object.at(key);
    return value.is_null() ? std::string{} : std::string(value.as_string());
}

std::int64_t number(const boost::json::object& object, std::string_view key) {
    return object.at(key).to_number<std::int64_t>();
}

ClockReading reading_of(const NodeProcess& node) {
    const boost::json::object tracking = node.tracking();
    return {number(tracking, "system_ns"), number(tracking, "host_raw_ns")};
}

ClockReading reading_of_machine() {
    const ClockBracket now = read_clock_bracket();
    return {now.system.ns, now.raw.ns};
}

}  // namespace berkeley::test
