// Why a clock does not count in the average: what the master finds, and its member is told.
#pragma once

#include <cstdint>
#include <string>

#include "daemon/core/time/instant.hpp"

namespace berkeley {

// The numbers are those on the wire.
enum class Charge : std::uint8_t {
    none,                // it counts
    not_formed,          // there is no cluster time yet; amount: how many voting clocks are there
    being_measured,      // too few exchanges so far
    rate_unknown,        // its offset is known, and its rate not well enough
    observes,            // it measures and votes not
    no_vote,             // its certificate gives it none
    long_past,           // its system clock reads a time before the last cluster time known
    oscillator_jumped,   // its raw clock
    oscillator_changed,  // its rate; amount: by how many ppb
    not_steered,         // it is off and refuses to be steered; amount: ns
    being_corrected,     // it is off and on its way; amount: ns
    off_when_formed,     // amount: ns
    silent,              // amount: ns since it was heard
    left,                // it said goodbye
    on_two_machines,     // another machine came with its key
};

inline constexpr auto kLastCharge = Charge::on_two_machines;

struct Verdict {
    Charge charge = Charge::none;
    std::int64_t amount = 0;
    // The charge is of the past; the clock has to behave for so long yet before it counts again.
    Duration probation{0};

    bool operator==(const Verdict&) const = default;

    bool counts() const { return charge == Charge::none; }
    // Nothing speaks against the clock; it only has to be known better.
    bool is_early() const {
        return charge == Charge::not_formed || charge == Charge::being_measured ||
               charge == Charge::rate_unknown;
    }
};

// Why a reference is not believed: what the master finds, and the reference is told.
enum class ReferenceCharge : std::uint8_t {
    none,            // it is believed
    not_granted,     // the master's configuration does not name it
    being_measured,  // it has not been seen for long enough
    silent,
    unsynchronized,  // its own kernel says so: STA_UNSYNC
    uncertain,       // its kernel's maxerror is too large; amount: ns
    long_past,       // it reads a time before the last cluster time known
    jumped,          // its time moved by more than it may err; amount: ns
    disagrees,       // with the others; amount: ns
    no_outside,      // the master's configuration names it, and it says that it is none
};

struct ReferenceVerdict {
    ReferenceCharge charge = ReferenceCharge::being_measured;
    std::int64_t amount = 0;
    Duration probation{0};  // as a Verdict's

    bool operator==(const ReferenceVerdict&) const = default;

    bool believed() const { return charge == ReferenceCharge::none; }
};

std::string to_text(const ReferenceVerdict& verdict);

// "its clock is +320.012 ms off, being corrected"; empty if it counts.
std::string to_text(const Verdict& verdict);

}  // namespace berkeley
