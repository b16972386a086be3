#include "daemon/core/node/peers.hpp"

#include <algorithm>

namespace berkeley {

Peers::Peers(const Context& context) {
    for (const Candidate& candidate : context.settings.candidates) {
        if (candidate.name == context.settings.name)
            continue;
        const NodeId id = id_of(candidate.name);
        const auto seal = context.seal_with(id, candidate.key);
        ensure(seal.has_value(), "a candidate's key that makes no pair with ours");
        peers_.push_back({candidate.name, id, candidate.key, *seal, std::nullopt});
    }
}

void Peers::take_up(const Context& context) {
    Peers next(context);
    for (Peer& peer : next.peers_) {
        if (const Peer* known = find(peer.id))
            peer.address = known->address;
    }
    peers_ = std::move(next.peers_);
}

const Peer* Peers::find(NodeId id) const {
    const auto at = std::ranges::find(peers_, id, &Peer::id);
    return at == peers_.end() ? nullptr : &*at;
}

bool Peers::found(std::string_view name, const Endpoint& at) {
    const auto peer = std::ranges::find(peers_, name, &Peer::name);
    if (peer == peers_.end() || peer->address == at)
        return false;
    peer->address = at;
    return true;
}

}  // namespace berkeley
