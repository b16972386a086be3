// Several daemons of one cluster on this machine, each with its own port, of which the first leads,
// or one of the first few.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/system/support/node_process.hpp"

namespace berkeley::test {

// A UDP port that nobody has, on 127.0.0.1 and ::1.
std::uint16_t free_port();

struct ClusterShape {
    std::vector<NodeShape> nodes;
    std::string host = "127.0.0.1";
    // NOLINTBEGIN(readability-redundant-member-init): GCC warns without
    std::string listen = {};  // the same for all, where each has a network of its own
    // NOLINTEND(readability-redundant-member-init)
    // Beyond it a clock is stepped at the first synchronization: a small one makes for a quick
    // start where slewing is not what is tested.
    double step_threshold = 0.5;
    std::size_t candidates = 1;  // the first of the nodes
};

inline constexpr double kStepAtOnce = 0.001;

class Cluster {
  public:
    explicit Cluster(const ClusterShape& shape);
    ~Cluster();  // tells the logs if the test failed
    Cluster(const Cluster&) = delete;
    Cluster& operator=(const Cluster&) = delete;

    void start();
    bool synchronized(Seconds within) const;  // all of them

    NodeProcess& operator[](std::string_view name) const;
    const std::vector<std::unique_ptr<NodeProcess>>& nodes() const { return nodes_; }
    std::uint16_t port(std::string_view name) const;
    const TemporaryFolder& folder() const { return folder_; }
    std::filesystem::path key_file(std::string_view name) const;

  private:
    std::size_t place_of(std::string_view name) const;

    TemporaryFolder folder_;
    std::vector<std::unique_ptr<NodeProcess>> nodes_;
    std::vector<std::uint16_t> ports_;
};

inline constexpr std::string_view kClusterName = "system-test";

// The clocks of these nodes, read one after the other and taken to one instant: the furthest apart
// two of them are.
std::int64_t spread_ns(const std::vector<const NodeProcess*>& nodes);
std::int64_t spread_ns(const Cluster& cluster);

}  // namespace berkeley::test
