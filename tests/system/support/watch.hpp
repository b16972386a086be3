// Asks daemons again and again how they stand, while a test does something else.
#pragma once

#include <map>
#include <string>
#include <thread>
#include <vector>

#include "tests/system/support/node_process.hpp"
#include "tests/system/support/waiting.hpp"

namespace berkeley::test {

class Watch {
  public:
    struct Sight {
        double at = 0;  // seconds since the watch began
        std::string state;
        std::string master;
        std::string role;
        std::string reason;
    };

    explicit Watch(std::vector<const NodeProcess*> nodes);

    void end() {
        thread_.request_stop();
        thread_.join();
    }
    // After its end: the first sight of each node, and then each that was another than before.
    const std::map<std::string, std::vector<Sight>>& seen() const { return seen_; }
    // From when each was first seen synchronized on, it was that, and followed that node.
    bool always_led_by(const std::string& master) const;
    // For how long at most, in one piece, no node said of itself that it leads.
    double longest_without_master() const { return without_master_; }
    std::string account() const;

  private:
    void look(std::vector<const NodeProcess*> nodes, const std::stop_token& stop);

    std::map<std::string, std::vector<Sight>> seen_;
    double without_master_ = 0;
    Stopwatch clock_;
    std::jthread thread_;
};

}  // namespace berkeley::test
