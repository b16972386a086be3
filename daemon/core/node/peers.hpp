// The candidates but this node itself: their keys, and where they are.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/node/context.hpp"

namespace berkeley {

struct Peer {
    std::string name;
    NodeId id;
    PublicKey key;
    PairSeal seal;
    std::optional<Endpoint> address;  // once its host name is resolved
};

class Peers {
  public:
    explicit Peers(const Context& context);

    // By other candidates; those that stay are where they were.
    void take_up(const Context& context);

    std::span<const Peer> all() const { return peers_; }
    const Peer* find(NodeId id) const;  // nullptr: it is no other candidate

    // True if that is news.
    bool found(std::string_view name, const Endpoint& at);

  private:
    std::vector<Peer> peers_;  // in order of rank; never moved
};

}  // namespace berkeley
