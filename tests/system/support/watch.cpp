#include "tests/system/support/watch.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace berkeley::test {

Watch::Watch(std::vector<const NodeProcess*> nodes)
    : thread_(
          [this, nodes = std::move(nodes)](const std::stop_token& stop) { look(nodes, stop); }) {}

void Watch::look(std::vector<const NodeProcess*> nodes, const std::stop_token& stop) {
    double led_at = clock_.seconds();
    while (!stop.stop_requested()) {
        for (const NodeProcess* node : nodes) {
            const auto status = node->status();
            const Sight now{clock_.seconds(), text(status, "state"), text(status, "master"),
                            text(status, "role"), text(status, "reason")};
            if (now.role == "master")
                without_master_ = std::max(without_master_, now.at - std::exchange(led_at, now.at));
            std::vector<Sight>& all = seen_[node->name()];
            if (all.empty() || all.back().state != now.state || all.back().master != now.master ||
                all.back().role != now.role)
                all.push_back(now);
        }
    }
    without_master_ = std::max(without_master_, clock_.seconds() - led_at);
}

bool Watch::always_led_by(const std::string& master) const {
    return std::ranges::all_of(seen_, [&master](const auto& node) {
        const auto begin = std::ranges::find(node.second, "synchronized", &Sight::state);
        return begin != node.second.end() &&
               std::all_of(begin, node.second.end(), [&](const Sight& each) {
                   return each.state == "synchronized" && each.master == master &&
                          (each.role == "master") == (node.first == master);
               });
    });
}

std::string Watch::account() const {
    std::string text;
    for (const auto& [name, sights] : seen_) {
        for (const Sight& each : sights)
            text += fmt::format("  {} at {:.3f} s: {} {}, master '{}' {}\n", name, each.at,
                                each.role, each.state, each.master, each.reason);
    }
    return text;
}

}  // namespace berkeley::test
