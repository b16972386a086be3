// Nodes whose clocks share an oscillator, such as the virtual machines of one host, share one vote.
// The operator tells a master so. A member is not asked: whoever stole some of one host would say
// that each is on a host of its own, and have a vote for each.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/agree/votes.hpp"

namespace berkeley {

class FailureDomains {
  public:
    // Of any number of nodes; one that is in a domain already stays there.
    void add(const std::vector<std::string>& nodes);

    Vote vote_of(std::string_view node) const;
    // By how many there are fewer votes than clocks, if all are there.
    std::size_t shared() const { return shared_; }

    bool operator==(const FailureDomains&) const = default;

  private:
    std::map<std::string, Vote, std::less<>> votes_;
    std::size_t shared_ = 0;
};

}  // namespace berkeley
