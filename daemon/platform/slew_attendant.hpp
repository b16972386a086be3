// Is awake when a second turns, while the kernel slews its clock: also when the daemon is killed.
//
// The kernel ends a slew by itself, but it turns to the next second's chunk only when something
// makes it look at the time. On an idle machine the tick is stopped (NO_HZ), nothing does so for a
// while, and the old chunk goes on: with ten wake-ups a second and ±0.3 s to slew, turns were seen
// up to 143 ms late, and ends up to 6.8 ms from the goal; attended, 2 to 8 ms late, and 0.1 ms from
// it.
#pragma once

#include <string>

#include <sys/types.h>
#include <tl/expected.hpp>

#include "daemon/core/time/instant.hpp"
#include "daemon/platform/file_descriptor.hpp"

namespace berkeley {

// Beyond this, what a late turn does to a slew is worth being awake for.
inline constexpr Duration kSlewToAttend = 1ms;

// A process of its own: it sleeps until it is told of a slew, or this process has ended; attends
// what the kernel has to slew then; and ends after this process. It holds no privilege, no file,
// and no memory but what it shares with this process.
class SlewAttendant {
  public:
    // Forks: while this process has one thread. The error says what is missing without it.
    static tl::expected<SlewAttendant, std::string> start();

    // There is something to attend. Never waits.
    void attend();

    pid_t pid() const { return pid_; }

  private:
    SlewAttendant(FileDescriptor calls, pid_t pid) : calls_(std::move(calls)), pid_(pid) {}

    FileDescriptor calls_;  // held open by us alone: its end is ours
    pid_t pid_;
};

// Wakes the kernel at each turn of a second until next to nothing is left of its slew; `limit` at
// most. Without a slew, it returns at once.
void attend_slew(Duration limit);

// Waits until the running second ends, and its chunk with it.
void attend_turn_of_second();

}  // namespace berkeley
