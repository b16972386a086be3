// How a new node comes in: a candidate gives its operator a token, one line of text, and whoever
// shows it first from a new node is admitted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/trust/public_key.hpp"
#include "daemon/core/trust/secret_key.hpp"
#include "daemon/core/trust/wiped_bytes.hpp"
#include "daemon/core/wire/identity.hpp"
#include "daemon/core/wire/seal.hpp"

namespace berkeley {

inline constexpr std::size_t kMaxHostLength = 253;  // RFC 1035

inline constexpr std::size_t kMostFormer = 12;  // that fit into a token

using RosterSerial = std::uint16_t;

struct InvitationId {
    std::uint64_t value = 0;

    constexpr auto operator<=>(const InvitationId&) const = default;
};

// 16 bytes leave the token short, and nobody can try them all while an invitation lasts or after.
struct InvitationSecret : WipedBytes<16> {};

struct TokenCandidate {
    NodeName name;
    std::string host;  // a name or an address; IPv6 without its brackets
    std::uint16_t port = 0;
    PublicKey key;

    bool operator==(const TokenCandidate&) const = default;
};

// Of a name, of a host as host names and addresses are, of a port, and with a usable key.
bool valid(const TokenCandidate& candidate);

// All that a new node needs: whom to ask, with what, and whom to believe ever after.
struct Token {
    NodeName cluster;
    std::vector<TokenCandidate> candidates;
    std::uint8_t inviting_index = 0;
    InvitationId invitation;
    InvitationSecret secret;
    bool votes = false;
    bool candidate = false;   // who comes by it is to be one, and votes
    RosterSerial roster = 0;  // of `candidates`: roster.hpp
    // Candidates once, whose certificates hold. Only with a roster that is not the first.
    std::vector<PublicKey> former;

    const TokenCandidate& inviting() const { return candidates.at(inviting_index); }
};

// 1 to 7 candidates of different names and usable keys, one of which invites; hosts of what host
// names and addresses consist of. Whether a host exists is not known here.
bool valid(const Token& token);

// Follows from the inviting candidate's own key: it is stored nowhere.
InvitationSecret invitation_secret(const SecretKey& inviting, std::string_view cluster,
                                   InvitationId id);

// Seals an enrolment and its answer. The joining node's id goes by the name that it wants.
SealingKey enrolment_key(const InvitationSecret& secret, std::string_view cluster, NodeId from,
                         NodeId to);

}  // namespace berkeley
