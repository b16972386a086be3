// Keeps the sentence of `systemctl status` up to date.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "daemon/core/node/status.hpp"

namespace berkeley {

// Figures change all the time and are told every few seconds; another state or master is told at
// once.
class StatusTeller {
  public:
    explicit StatusTeller(std::function<void(const std::string& sentence)> tell)
        : tell_(std::move(tell)) {}

    void look(const NodeStatus& status, SteadyTime now);

    // Told whatever was told before: for who tells it with something else.
    std::string sentence_for(const NodeStatus& status, SteadyTime now);

    static constexpr Duration kLeastApart = 5s;

  private:
    std::function<void(const std::string& sentence)> tell_;
    NodeState state_ = NodeState::starting;
    std::optional<std::string> master_;
    std::string sentence_;
    std::optional<SteadyTime> told_at_;
};

}  // namespace berkeley
