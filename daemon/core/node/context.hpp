// What the parts of a node share: who it is, what it has counted, and where its actions go.
#pragma once

#include <optional>
#include <string>

#include "daemon/core/node/action.hpp"
#include "daemon/core/node/settings.hpp"
#include "daemon/core/node/status.hpp"
#include "daemon/core/wire/nonces.hpp"

namespace berkeley {

struct Context {
    explicit Context(NodeSettings given) : settings(std::move(given)), self(id_of(settings.name)) {}

    NodeSettings settings;
    NodeId self;
    Nonces nonces;
    std::uint64_t term = 0;
    std::uint64_t epoch = 0;
    SystemTime floor;
    Tracking tracking;
    // Whose seal did not fit last: a node with another key, or a forger.
    struct NotAuthentic {
        Endpoint from;
        RawTime at;
    };
    std::optional<NotAuthentic> last_not_authentic;
    Actions actions;

    bool observing() const { return settings.clock == ClockMode::observe; }

    void report(ReportKind kind, std::string subject, Duration amount = 0ns,
                std::string detail = {}) {
        actions.push_back(Report{kind, std::move(subject), amount, std::move(detail)});
    }

    void send(const Endpoint& to, NodeId receiver, const Message& message, const SealingKey& key,
              std::uint64_t token) {
        SendDatagram datagram{.to = to, .token = token};
        datagram.bytes = encode({self, receiver, term, epoch}, message);
        seal(datagram.bytes, key);
        actions.push_back(datagram);
        ++tracking.datagrams_sent;
    }

    SealingKey key_to(NodeId to) const {
        return sealing_key(settings.key, settings.cluster, self, to);
    }
    SealingKey key_from(NodeId from) const {
        return sealing_key(settings.key, settings.cluster, from, self);
    }
};

}  // namespace berkeley
