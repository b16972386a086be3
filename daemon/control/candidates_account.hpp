// Who the candidates are, for the control interface.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/trust/public_key.hpp"
#include "daemon/core/trust/roster.hpp"

namespace berkeley {

struct CandidatesStatus {
    struct One {
        std::string name;
        std::string address;  // as it is known here
        PublicKey key;
        std::optional<RosterSerial> holds;  // the roster that it holds, as last heard; none: never
    };
    struct Proposed {
        std::string what;  // "the promotion of n4"
        std::size_t signatures = 0;
        std::size_t needed = 0;
        std::vector<std::string> waits_for;  // sentences
    };

    RosterSerial serial = 0;
    bool in_force = true;              // this node goes by it already
    std::vector<One> candidates;       // by rank
    std::optional<Proposed> proposed;  // on the master
    std::vector<std::string> awaited;  // sentences: who is to be one by itself, and when
    std::string outcome;               // a sentence: why the last proposal came to nothing
    std::string note;                  // a sentence, where the configuration has others
};

}  // namespace berkeley
