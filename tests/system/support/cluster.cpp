#include "tests/system/support/cluster.hpp"

#include <algorithm>
#include <iostream>
#include <random>
#include <stdexcept>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "tests/system/support/identity.hpp"

namespace berkeley::test {
namespace {

template <class Address>
bool can_bind(int family, const Address& address) {
    const FileDescriptor socket(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    return socket &&
           bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

bool is_free(std::uint16_t port) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    v6.sin6_addr = in6addr_loopback;
    return can_bind(AF_INET, v4) && can_bind(AF_INET6, v6);
}

// `at`: where each of the candidates is.
std::string config_text(const ClusterShape& shape, const NodeShape& node, std::uint16_t port,
                        const std::vector<std::string>& at, const TemporaryFolder& folder) {
    std::string candidates;
    std::string keys;
    for (std::size_t i = 0; i < at.size(); ++i) {
        const std::string& name = shape.nodes[i].name;
        candidates += fmt::format("{}\"{}={}\"", i == 0 ? "" : ", ", name, at[i]);
        keys += pinned(name);
    }
    const auto file = [&folder, &node](std::string_view suffix) {
        return (folder / (node.name + std::string(suffix))).string();
    };
    const std::string listen =
        shape.listen.empty() ? fmt::format("{}:{}", shape.host, port) : shape.listen;
    std::string text = fmt::format(
        "name = \"{}\"\ncluster = \"{}\"\nlisten = \"{}\"\ncandidates = [{}]\n"
        "expect = {}\nclock = \"{}\"\nstep_threshold = {}\nsocket = \"{}\"\nstate_dir = \"{}\"\n"
        "key_file = \"{}\"\ncertificate_file = \"{}\"\n{}{}\n",
        node.name, kClusterName, listen, candidates,
        std::ranges::count(shape.nodes, "simulated", &NodeShape::clock), node.clock,
        shape.step_threshold, file(".sock"), file(""), file(".key"), file(".cert"), keys,
        node.more);
    if (node.clock == "simulated") {
        text += fmt::format("[simulated]\noffset_ms = {}\ndrift_ppm = {}\n", node.offset_ms,
                            node.drift_ppm);
    }
    return text;
}

}  // namespace

// Below the ports that the kernel gives out by itself.
std::uint16_t free_port() {
    static std::mt19937 random{std::random_device{}()};
    std::uniform_int_distribution<int> any(20'000, 32'000);
    for (int attempt = 0; attempt < 1000; ++attempt) {
        const auto port = static_cast<std::uint16_t>(any(random));
        if (is_free(port))
            return port;
    }
    throw std::runtime_error("no free UDP port between 20000 and 32000");
}

Cluster::Cluster(const ClusterShape& shape) {
    for (const NodeShape& node : shape.nodes) {
        std::uint16_t port = node.port;
        while (port == 0 || std::ranges::find(ports_, port) != ports_.end())
            port = free_port();
        ports_.push_back(port);
        nodes_.push_back(std::make_unique<NodeProcess>(folder_, node.name));
    }
    for (std::size_t i = 0; i < shape.nodes.size(); ++i) {
        const NodeShape& node = shape.nodes[i];
        write_key(key_file(node.name), node.name);
        write_certificate(folder_ / (node.name + ".cert"), kClusterName, node.name,
                          shape.nodes.front().name);
        std::vector<std::string> at;
        for (std::size_t c = 0; c < shape.candidates; ++c)
            at.push_back(fmt::format("{}:{}", shape.host, ports_[c]));
        if (!node.candidate.empty())
            at.front() = node.candidate;
        folder_.write(node.name + ".toml", config_text(shape, node, ports_[i], at, folder_));
    }
}

Cluster::~Cluster() {
    if (!testing::Test::HasFailure() && std::uncaught_exceptions() == 0)
        return;
    for (const auto& node : nodes_) {
        std::cout << fmt::format("---- log of {}\n{}", node->name(), node->log());
        if (node->running())
            std::cout << node->ctl({"status"}).out << node->ctl({"members"}).out;
    }
}

void Cluster::start() {
    for (const auto& node : nodes_)
        node->start();
}

bool Cluster::synchronized(Seconds within) const {
    const Stopwatch watch;
    return std::ranges::all_of(nodes_, [&watch, within](const auto& node) {
        return node->synchronized(std::max(within - Seconds{watch.seconds()}, Seconds{0}));
    });
}

std::filesystem::path Cluster::key_file(std::string_view name) const {
    return folder_ / (std::string(name) + ".key");
}

NodeProcess& Cluster::operator[](std::string_view name) const {
    return *nodes_[place_of(name)];
}

std::uint16_t Cluster::port(std::string_view name) const {
    return ports_[place_of(name)];
}

std::size_t Cluster::place_of(std::string_view name) const {
    const auto found =
        std::ranges::find_if(nodes_, [name](const auto& node) { return node->name() == name; });
    if (found == nodes_.end())
        throw std::runtime_error(fmt::format("no node {} in this cluster", name));
    return static_cast<std::size_t>(found - nodes_.begin());
}

// All clocks that agree run at one rate over the raw clock, which the first one's own two readings
// tell: so time that passes between readings does not look like disagreement.
std::int64_t spread_ns(const std::vector<const NodeProcess*>& nodes) {
    std::vector<ClockReading> readings;
    readings.reserve(nodes.size());
    for (const NodeProcess* node : nodes)
        readings.push_back(reading_of(*node));
    const ClockReading first = readings.front();
    const ClockReading again = reading_of(*nodes.front());
    const double rate = static_cast<double>(again.over_raw() - first.over_raw()) /
                        static_cast<double>(again.host_raw_ns - first.host_raw_ns);
    std::vector<std::int64_t> there;
    for (const ClockReading& reading : readings) {
        const auto passed = static_cast<double>(reading.host_raw_ns - first.host_raw_ns);
        there.push_back(reading.over_raw() - static_cast<std::int64_t>(rate * passed));
    }
    const auto [low, high] = std::ranges::minmax(there);
    return high - low;
}

std::int64_t spread_ns(const Cluster& cluster) {
    std::vector<const NodeProcess*> nodes;
    for (const auto& node : cluster.nodes())
        nodes.push_back(node.get());
    return spread_ns(nodes);
}

}  // namespace berkeley::test
