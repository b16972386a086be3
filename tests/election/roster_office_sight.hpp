// Into what a RosterOffice keeps to itself: to tell its states apart, and to take a rule out.
#pragma once

#include "daemon/core/node/roster_office.hpp"
#include "tests/election/fingerprint.hpp"

namespace berkeley::test {

struct RosterOfficeSight {
    static void forget_signature(RosterOffice& office) { office.signed_.reset(); }
    static void settle(RosterOffice& office, SteadyTime at) { office.settled_at_ = at; }
    // As if a majority had told that it signed nothing.
    static void ask_nobody(RosterOffice& office, const Moment& now) {
        if (!office.proposal_ || office.proposal_->canvassed)
            return;
        office.proposal_->canvassed = true;
        office.push(now);
    }
    static void add(FingerprintMaker& maker, const RosterOffice& office, SteadyTime now);
};

}  // namespace berkeley::test
