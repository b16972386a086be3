// What a candidate says to those who ask to come in, and why not.
#pragma once

#include <cstdint>
#include <string_view>

namespace berkeley {

// To a Join. The numbers are those on the wire.
enum class RefusalReason : std::uint8_t {
    unknown_issuer,    // no candidate known here issued the certificate
    bad_signature,     // it was not issued for this cluster, name and key
    revoked,           // its key was
    not_as_certified,  // the Join claims more than the certificate grants
    name_in_use,       // a member of that name is here, with another key
    table_full,        // there are as many members as there may be
    trust_unreadable,  // who was revoked is not known here: nobody is let in on a guess
    on_two_machines,   // another machine has its key, and is the member of that name
};

inline constexpr auto kLastRefusalReason = RefusalReason::on_two_machines;

// "its key was revoked": the end of "node1 does not let this node in: ...".
std::string_view to_text(RefusalReason reason);
// What its operator is to do.
std::string_view advice(RefusalReason reason);

// To an Enrol. The numbers are those on the wire.
enum class EnrolOutcome : std::uint8_t {
    admitted,
    used,  // by another key or name
    expired,
    unknown,     // made by this candidate once, and void: it was restarted, or its machine was
    name_taken,  // a candidate or another node has it
    refused,     // the candidate can admit nobody now: its journal tells why
};

inline constexpr auto kLastEnrolOutcome = EnrolOutcome::refused;

// "the invitation has expired: ask for a new one"; what is wrong, and what to do.
std::string_view to_text(EnrolOutcome outcome);

}  // namespace berkeley
