// Who the candidates are, and how that changes while the cluster runs. A roster has a serial
// number; a change makes the next one of it, by one candidate more or one less, and is good if a
// majority of the candidates of the roster that it changes have signed it. So whoever holds a
// roster can check all that came after it, whoever tells it.
//
// Two majorities of rosters that differ by one candidate always have one in common; those of
// rosters two changes apart need not. What follows from that: node/roster_office.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "daemon/core/trust/invitation.hpp"
#include "daemon/core/trust/secret_key.hpp"
#include "daemon/core/trust/signature.hpp"

namespace berkeley {

using RosterDigest = std::array<std::uint8_t, 32>;

// Beyond so many, a configuration begins anew with the roster of the day.
inline constexpr std::size_t kMostRosterChanges = 1000;

// Who is to be promoted next, by the word of the only candidate that there was: given before there
// was another one, so that it is nobody's alone since.
struct Foreseen {
    NodeName name;
    PublicKey key;

    bool operator==(const Foreseen&) const = default;
};

struct Roster {
    RosterSerial serial = 0;
    std::vector<TokenCandidate> candidates;  // in order of rank
    // Of candidates that were retired and not distrusted: what they certified still holds.
    std::vector<PublicKey> former;
    std::optional<Foreseen> foreseen{};  // void with the next change, whatever that is

    bool operator==(const Roster&) const = default;

    const TokenCandidate* find(std::string_view name) const;
    std::optional<std::size_t> rank_of(const PublicKey& key) const;
    bool foresees(const TokenCandidate& node) const {
        return foreseen == Foreseen{node.name, node.key};
    }
};

// Of cluster, serial, names and keys of the candidates. Not of addresses, which are written
// differently here and there, nor of who is foreseen, which no configuration tells.
RosterDigest digest_of(const Roster& roster, std::string_view cluster);

enum class RosterStep : std::uint8_t {
    promote,   // one candidate more, ranked last
    retire,    // one less
    distrust,  // one less, or one retired before; what it certified holds no more
};

struct RosterChange {
    RosterSerial serial = 0;  // of the roster that it makes
    RosterDigest before{};    // of the one that it changes
    RosterStep step{};
    TokenCandidate node;  // promoted: where it is found, too
    // Of a promotion by the only candidate.
    std::optional<Foreseen> foreseen{};

    bool operator==(const RosterChange&) const = default;
};

struct RosterSignature {
    std::uint8_t rank = 0;  // of the signer, in the roster that is changed
    Signature signature{};

    bool operator==(const RosterSignature&) const = default;
};

struct SignedChange {
    RosterChange change;
    std::vector<RosterSignature> signatures;  // by rank, each once

    bool operator==(const SignedChange&) const = default;
};

enum class RosterFault : std::uint8_t {
    not_next,       // its serial is not the one after
    other_roster,   // it changes another roster of that serial
    malformed,      // a name, key or address that cannot be
    foresees,       // what only one candidate alone can foresee, or who cannot be one
    present,        // its name or key is a candidate's, or its key was one's
    absent,         // no candidate has that name and key
    full,           // there are as many candidates as there may be
    many_former,    // or retired ones that are not distrusted
    leaves_few,     // one candidate, which nobody can vote for, or none
    bad_signature,  // of somebody else, of something else, or twice of one
    too_few,        // signatures for a majority
};

// "no candidate has that name and key"
std::string_view to_text(RosterFault fault);

// What the change makes of the roster; whoever signed it.
tl::expected<Roster, RosterFault> changed(const Roster& roster, const RosterChange& change,
                                          std::string_view cluster);

// The next change of this roster, to be signed.
RosterChange next_change(const Roster& roster, std::string_view cluster, RosterStep step,
                         TokenCandidate node, const std::optional<Foreseen>& foreseen = {});

Signature sign(const RosterChange& change, const SecretKey& key, std::string_view cluster);
bool signed_by(const RosterChange& change, const Signature& signature, const PublicKey& key,
               std::string_view cluster);

// Likewise, by the signatures of a majority.
tl::expected<Roster, RosterFault> changed(const Roster& roster, const SignedChange& change,
                                          std::string_view cluster);

// Total on any bytes.
std::vector<std::uint8_t> encode(const SignedChange& change);
std::optional<SignedChange> decode_signed_change(std::span<const std::uint8_t> bytes);

// A roster that was believed without proof, and all changes since.
struct RosterChain {
    Roster founding;
    std::vector<SignedChange> changes;

    bool operator==(const RosterChain&) const = default;

    // Which made the roster of that serial; nullptr if none here did.
    const SignedChange* making(RosterSerial serial) const;
};

// All rosters of the chain: the founding one first, the newest last; or what is wrong first.
tl::expected<std::vector<Roster>, RosterFault> rosters_of(const RosterChain& chain,
                                                          std::string_view cluster);

}  // namespace berkeley
