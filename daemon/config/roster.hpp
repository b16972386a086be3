// The candidates of the configuration, and those that they have become: a roster that was changed
// while the cluster ran holds, whatever stands in the configuration, unless that is of a later one.
#pragma once

#include <string>

#include <tl/expected.hpp>

#include "daemon/config/config.hpp"

namespace berkeley {

Roster roster_of(const Config& config);

struct HeldRoster {
    SavedRoster saved;  // with the changes
    Roster roster;      // the latest of them
    std::string note;   // a sentence, where the configuration has others; else empty
};

struct RosterDoubt {
    std::string why;            // the end of "it cannot be believed: ..."
    bool other_origin = false;  // it is of another cluster, or of an earlier beginning of this one
};

// What holds, of the configuration's roster and what was kept of later ones.
tl::expected<HeldRoster, RosterDoubt> held_roster(const Config& config, SavedRoster kept);

// Whether no key of what was kept is a candidate's of the configuration: then the one did not come
// of the other.
bool has_other_origin(const Config& config, const SavedRoster& kept);

// Goes by that roster. Where the configuration has an address for a candidate, by that.
void take_roster(Config& config, const Roster& roster);

// "n1, n2, n3 (roster 4)"
std::string in_words(const Roster& roster);

}  // namespace berkeley
