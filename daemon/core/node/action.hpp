// All that a node can do to the world. The application carries these out in order.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "daemon/core/node/report.hpp"
#include "daemon/core/steer/kernel_clock.hpp"
#include "daemon/core/wire/codec.hpp"
#include "daemon/core/wire/endpoint.hpp"

namespace berkeley {

struct SendDatagram {
    Endpoint to;
    std::uint64_t token = 0;  // comes back in DatagramSent; 0: nobody waits for that
    Datagram bytes{};
};

struct WakeAt {
    RawTime at;  // replaces any earlier one
};

struct AdjustKernel {
    KernelAdjustment adjustment;
    // What the system clock read when it was decided: in another second the kernel has moved on to
    // another chunk, and it must not be carried out any more.
    SystemTime decided_at;
};

struct StepClock {
    Duration by{0};
};

// The kernel is told no more that its clock is synchronized; rate and slew stay as they are.
struct DisclaimClock {};

// TAI − UTC, for the kernel's CLOCK_TAI.
struct SetTaiOffset {
    int seconds = 0;
};

// Node::saved_state() has changed enough to be written to disk.
struct SaveState {
    // A new term, vote or epoch, which is not to be forgotten; StateSaved tells when it is there.
    bool at_once = false;
};

// Node::saved_trust() has to be on disk; TrustSaved tells when it is.
struct SaveTrust {
    std::uint64_t generation = 0;
};

// Answers an InvitationWanted. Its secret is invitation_secret().
struct InvitationMade {
    InvitationId id;
};

// Node::saved_roster() has to be on disk; RosterSaved tells when it is.
struct SaveRoster {
    std::uint64_t generation = 0;
};

// A later roster than that of the settings is on disk: the node is to be made anew by it.
struct AdoptRoster {};

using Action =
    std::variant<SendDatagram, WakeAt, AdjustKernel, StepClock, DisclaimClock, SetTaiOffset,
                 SaveState, SaveTrust, InvitationMade, SaveRoster, AdoptRoster, Report>;
using Actions = std::vector<Action>;

}  // namespace berkeley
