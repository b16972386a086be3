// How nodes tell each other who the candidates are. Every datagram's header has the serial of the
// roster that its sender holds.
//
//   who holds an older roster            who holds a later one
//     | -- RosterAsk {serial, part} -----> |   answered by Retry, too, if a stranger's
//     | <- RosterPart {serial, part} ----- |   until the change that makes that serial is whole
//
//   the master                           another candidate
//     | -- RosterPart {canvass} ---------> |   what has it signed before? Changes nothing there
//     | <- RosterSay {other or not} ------ |
//     |    a majority told
//     | -- RosterPart {proposal} --------> |   part by part, until answered
//     | <- RosterSay {signature or not} -- |
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "daemon/core/trust/certificate.hpp"
#include "daemon/core/trust/roster.hpp"
#include "daemon/core/wire/identity.hpp"

namespace berkeley {

struct RosterAsk {
    std::uint64_t session = 0;  // of this question alone
    NodeName name;
    std::uint64_t cookie = 0;                // from the Retry to an earlier one of this session
    std::optional<Certificate> certificate;  // none from a candidate, or from one of once
    RosterSerial serial = 0;                 // that the change makes
    std::uint8_t part = 0;
};

inline constexpr std::size_t kRosterPartSize = 240;
inline constexpr std::size_t kMostRosterParts = 5;

enum class RosterPartOf : std::uint8_t {
    change,    // signed by a majority: an answer
    proposal,  // to be signed, with the certificate of who is to be promoted
    canvass,   // likewise, and not to be signed yet
};

struct RosterPart {
    std::uint64_t session = 0;  // of the question, or of the proposal
    RosterPartOf of{};
    RosterSerial serial = 0;
    std::uint8_t part = 0;
    std::uint8_t parts = 0;  // 0: that change is not known here
    std::uint8_t size = 0;   // of this part
    std::array<std::uint8_t, kRosterPartSize> bytes{};
};

enum class RosterAnswer : std::uint8_t {
    signed_it,
    holds_another,   // it holds an older roster, or a later one
    not_yet,         // it has not held its roster for long enough
    signed_another,  // for that serial
    own_removal,
    own_certificate,  // who proposes it certified it, too; or nobody did whom it knows
    revoked,
    not_followed,  // it follows another master, or none
    not_saved,     // its disk does not take it
    not_good,      // it changes nothing, or what cannot be
    would_sign,    // to a canvass: it has signed no other change for that serial
};
inline constexpr auto kLastRosterAnswer = RosterAnswer::would_sign;

struct OtherStep {
    RosterStep step{};
    NodeName node;
    std::uint64_t term = 0;  // of who proposed it

    bool operator==(const OtherStep&) const = default;
};

struct RosterSay {
    std::uint64_t session = 0;  // of the proposal
    RosterAnswer answer{};
    std::optional<OtherStep> other;  // that it signed; to a canvass that very change, too
    std::optional<Signature> signature;
};

}  // namespace berkeley
