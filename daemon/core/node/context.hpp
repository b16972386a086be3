// What the parts of a node share: who it is, what it has counted, and where its actions go.
#pragma once

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/node/action.hpp"
#include "daemon/core/node/moves.hpp"
#include "daemon/core/node/settings.hpp"
#include "daemon/core/node/status.hpp"
#include "daemon/core/wire/nonces.hpp"

namespace berkeley {

// How two nodes know each other's datagrams.
struct PairSeal {
    SealingKey to_peer;
    SealingKey from_peer;
};

struct Context {
    explicit Context(NodeSettings given)
        : settings(std::move(given)), self(id_of(settings.name)), roster(settings.roster) {}

    NodeSettings settings;
    NodeId self;
    RosterSerial roster;                              // the latest that is held, and on disk
    std::optional<RosterSerial> roster_out_of_reach;  // a later one, that cannot be learnt
    Nonces nonces;
    std::uint64_t term = 0;
    std::uint64_t epoch = 0;
    Calendar calendar;
    SystemTime floor;
    Moves moves;
    Tracking tracking;
    // Whose seal did not fit last: a node with another key, or a forger.
    struct NotAuthentic {
        Endpoint from;
        RawTime at;
    };
    std::optional<NotAuthentic> last_not_authentic;
    std::optional<SteadyTime> deposed_until;  // by the others, for what it told as the master
    bool trust_unreadable = false;            // the record of who was enrolled and revoked
    bool trust_unsaved = false;
    Actions actions;

    // Its system clock is not ours to steer.
    bool hands_off() const { return settings.clock == ClockMode::observe || is_reference(); }
    // And counts for nothing.
    bool observing() const { return settings.clock == ClockMode::observe; }
    bool is_reference() const { return settings.clock == ClockMode::reference; }

    void report(ReportKind kind, std::string subject, Duration amount = 0ns,
                std::string detail = {}) {
        actions.push_back(Report{kind, std::move(subject), amount, std::move(detail)});
    }

    void send(const Endpoint& to, NodeId receiver, const Message& message, const SealingKey& key,
              std::uint64_t token) {
        SendDatagram datagram{.to = to, .token = token};
        datagram.bytes = encode({self, receiver, term, epoch, roster}, message);
        seal(datagram.bytes, key);
        actions.push_back(datagram);
        ++tracking.datagrams_sent;
    }

    // To somebody with whom no key is shared.
    void send(const Endpoint& to, NodeId receiver, const Retry& retry) {
        actions.push_back(
            SendDatagram{to, 0, encode({self, receiver, term, epoch, roster}, retry)});
        ++tracking.datagrams_sent;
    }

    // Costs some 100 µs: once for a peer.
    tl::expected<PairSeal, PairKeyError> seal_with(NodeId peer, const PublicKey& key) const {
        return pair_key(*settings.key, key).map([this, peer](const PairKey& shared) {
            return PairSeal{sealing_key(shared, settings.cluster, self, peer),
                            sealing_key(shared, settings.cluster, peer, self)};
        });
    }

    // The only candidate: it leads without an election, and is the only one to follow.
    bool one_candidate() const { return settings.candidates.size() == 1; }
    bool is_candidate(std::string_view name) const {
        return std::ranges::find(settings.candidates, name, &Candidate::name) !=
               settings.candidates.end();
    }
    // Whose certificates hold.
    std::vector<PublicKey> issuer_keys() const {
        std::vector<PublicKey> keys = settings.former_keys;
        std::ranges::transform(settings.candidates, std::back_inserter(keys), &Candidate::key);
        return keys;
    }
};

}  // namespace berkeley
