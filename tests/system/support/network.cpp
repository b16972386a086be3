#include "tests/system/support/network.hpp"

#include <stdexcept>

#include <fmt/format.h>

#include "tests/system/support/requirement.hpp"

namespace berkeley::test {
namespace {

std::string network_of(const std::string& process) {
    std::error_code gone;
    return std::filesystem::read_symlink("/proc/" + process + "/ns/net", gone).string();
}

}  // namespace

Namespace::Namespace() : holder_({"unshare", "--net", "sleep", "600"}) {
    const std::string ours = network_of("self");
    const bool made = wait_until(
        Seconds{10},
        [this, &ours] {
            const std::string its = network_of(std::to_string(holder_.pid()));
            return !holder_.running() || (!its.empty() && its != ours);
        },
        Seconds{0.005});
    if (!made || !holder_.running())
        throw std::runtime_error("no network namespace: " + holder_.err());
    ip({"link", "set", "lo", "up"});
}

Arguments Namespace::wrapper() const {
    return {"nsenter", "--target", std::to_string(pid()), "--net"};
}

void Namespace::ip(const Arguments& words) const {
    Arguments command = wrapper();
    command.emplace_back("ip");
    command.insert(command.end(), words.begin(), words.end());
    run_well(command);
}

std::string why_no_network() {
    if (!is_root())
        return "making network namespaces needs root";
    try {
        const Network tried(1);
    } catch (const std::runtime_error& error) {
        return fmt::format("no network namespaces with a bridge here: {}", error.what());
    }
    return {};
}

Network::Network(int machines) {
    bridge_.ip({"link", "add", "br0", "type", "bridge", "stp_state", "0"});
    bridge_.ip({"link", "set", "br0", "up"});
    for (int i = 1; i <= machines; ++i) {
        machines_.push_back(std::make_unique<Namespace>());
        const Namespace& machine = *machines_.back();
        const std::string port = fmt::format("port{}", i);
        bridge_.ip({"link", "add", port, "type", "veth", "peer", "name", "eth0", "netns",
                    std::to_string(machine.pid())});
        bridge_.ip({"link", "set", port, "master", "br0", "up"});
        machine.ip({"address", "add", address(i) + "/24", "dev", "eth0"});
        machine.ip({"link", "set", "eth0", "up"});
    }
}

std::string Network::address(int machine) {
    return fmt::format("10.99.0.{}", machine);
}

const Namespace& Network::machine(int machine) const {
    return *machines_.at(static_cast<std::size_t>(machine - 1));
}

void Network::plug(int machine, bool in) const {
    bridge_.ip({"link", "set", fmt::format("port{}", machine), in ? "up" : "down"});
}

}  // namespace berkeley::test
