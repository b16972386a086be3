// What a node knows of the candidates, for the control interface.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/trust/roster.hpp"

namespace berkeley {

struct RosterAccount {
    Roster roster;                                  // the latest that this node holds
    std::vector<std::optional<RosterSerial>> held;  // by each candidate, as last heard from it

    // On the master: a change that is not signed by a majority yet.
    struct Proposed {
        RosterStep step{};
        std::string node;
        std::size_t signatures = 0;
        std::size_t needed = 0;
        std::vector<std::string> waits_for;  // sentences: who has not signed, and why
    };
    std::optional<Proposed> proposed;
    std::string outcome;  // a sentence: why the last one came to nothing; empty if it did not
};

// What a node that a later roster awaits may still do for the others.
struct RosterSucceeds {
    bool leads = false;            // and goes on until the other candidates hold it, too
    bool alone = false;            // as the only candidate by the roster before
    bool stays = false;            // a candidate by the later one
    bool leads_on = false;         // also by the later roster: nothing has to be made anew
    bool awaits_handover = false;  // by who is a candidate no more
    bool others_hold = false;      // as far as they were heard of late
    std::string successor;         // that leads by the later roster, and could now; empty: none
};

enum class SuccessionStep : std::uint8_t { wait, lead_on, hand_over, end_reign, begin_anew };

// `patient`: others may yet come to hold it, or to stand by this node.
SuccessionStep next_step(const RosterSucceeds& succeeds, bool patient);

// "the promotion of n4"
std::string in_words(RosterStep step, std::string_view node);

}  // namespace berkeley
