// Which candidates told the master that they trust it no more.
#pragma once

#include <algorithm>
#include <vector>

#include "daemon/core/election/electorate.hpp"

namespace berkeley {

class Accusers {
  public:
    void clear() { accusers_.clear(); }

    // True if that is news.
    bool add(NodeId candidate, SteadyTime at) {
        const auto known = std::ranges::find(accusers_, candidate, &Accuser::who);
        if (known != accusers_.end()) {
            known->at = at;
            return false;
        }
        accusers_.push_back({candidate, at});
        return true;
    }

    // Without those that accused lately no majority is left.
    bool depose(std::size_t candidates, SteadyTime since) const {
        const auto lately = std::ranges::count_if(
            accusers_, [since](const Accuser& accuser) { return accuser.at >= since; });
        return candidates - static_cast<std::size_t>(lately) < majority_of(candidates);
    }

  private:
    struct Accuser {
        NodeId who;
        SteadyTime at;
    };
    std::vector<Accuser> accusers_;  // candidates, each once
};

}  // namespace berkeley
