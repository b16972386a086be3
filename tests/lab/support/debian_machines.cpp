#include "tests/lab/support/debian_machines.hpp"

#include <iostream>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/lab/support/laboratory.hpp"

namespace berkeley::lab {
namespace {

// Several boot at once, by emulation.
constexpr Seconds kBootLimit{600};

}  // namespace

DebianMachines::DebianMachines(const std::vector<MachineSpec>& machines,
                               const std::filesystem::path& disk)
    : wires_(folder_.path(), machines.size()) {
    for (std::size_t number = 1; number <= machines.size(); ++number) {
        GuestPlace place;
        place.number = number;
        place.image = image_folder();
        place.folder = folder_.path();
        place.disk = folder_ / fmt::format("disk{}", number);
        place.to_wire = wires_.carrier_socket(number);
        place.nic = wires_.guest_socket(number);
        place.drift_ppm = machines[number - 1].drift_ppm;
        place.rtc = machines[number - 1].rtc;
        test::run_well({"cp", "--sparse=always", disk, place.disk});
        guests_.push_back(std::make_unique<Guest>(std::move(place)));
    }
    std::vector<const Guest*> watched;
    for (const auto& guest : guests_) {
        guest->await_boot(kBootLimit);
        watched.push_back(guest.get());
        terminals_.push_back(std::make_unique<Terminal>(guest->terminal()));
    }
    truth_ = std::make_unique<GroundTruth>(watched);
    await_shells();
}

DebianMachines::~DebianMachines() {
    if (!testing::Test::HasFailure() && std::uncaught_exceptions() == 0)
        return;
    for (const auto& guest : guests_) {
        std::cout << fmt::format(
            "---- terminal of {}\n{}\n---- journal of {}\n{}\n", guest->name(), guest->console(),
            guest->name(),
            guest
                ->run("journalctl --no-pager --output=short-monotonic --unit='berkeleyd*'; "
                      "berkeleyctl members")
                .out);
    }
}

void DebianMachines::await_shells() {
    for (const auto& terminal : terminals_)
        terminal->await_shell(kBootLimit);
    truth_->collect();
}

std::vector<std::string> DebianMachines::enter_everywhere(std::string_view line, Seconds limit) {
    for (const auto& terminal : terminals_)
        terminal->type(line);
    std::vector<std::string> came;
    for (const auto& terminal : terminals_)
        came.push_back(terminal->ended_well(limit));
    return came;
}

void DebianMachines::reboot() {
    truth_->collect();
    for (const auto& guest : guests_)
        guest->forget_agent();
    for (const auto& terminal : terminals_)
        terminal->type("sudo systemctl reboot");
    for (const auto& guest : guests_) {
        guest->await_reboot(kBootLimit);
        truth_->skip(guest->number());
    }
    await_shells();
}

Span DebianMachines::wait(double seconds) {
    const double from = truth_->now();
    test::wait_until(Seconds{seconds}, [] { return false; }, Seconds{0.2});
    truth_->collect();
    return {from, truth_->now()};
}

bool DebianMachines::wait_until(double limit, const std::function<bool()>& condition) {
    const bool done = test::wait_until(Seconds{limit}, condition, Seconds{0.5});
    truth_->collect();
    return done;
}

std::string DebianMachines::state(std::size_t number) {
    const Outcome outcome = guest(number).run("berkeleyctl status --json");
    if (outcome.code != 0 && outcome.code != 1)
        return {};
    return std::string(boost::json::parse(outcome.out).at("state").as_string());
}

bool DebianMachines::all_synchronized() {
    bool all = true;
    for (std::size_t number = 1; number <= size(); ++number)
        all = all && state(number) == "synchronized";
    return all;
}

}  // namespace berkeley::lab
