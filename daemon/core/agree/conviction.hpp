// When a master's word is proved wrong, to a node to which it says one thing and to others another.
//
// By one contradiction it is not: of a node, its master and a witness, any one may lie, and to each
// of the honest two the third and the liar look alike. So this is counted, on the assumption on
// which all elections rest: that of n candidates at most n − m lie, m being a majority. If the
// master is honest, then so are its corrections to all, and each candidate that contradicts them
// lies.
//   - More than n − m that contradict cannot all be liars: then it is the master.
//   - If those that contradict are as many as may lie, no other candidate does; so the members that
//     others admitted are whom they say they are, and most of them are honest. Then they have a
//     vote, too: if contradicting candidates and members outnumber all who do not contradict, this
//     node and the master among these, the master is wrong. Members admitted by a contradicting
//     candidate have none: a liar admits as many as it likes. Candidates that are silent count for
//     the master, silent members not at all.
// So a minority of candidates convicts no honest master, nor does one together with fewer than half
// of the members. And a master that tells one node, or a minority, something else than all the
// others cannot be told from that minority lying: who is contradicted so is convinced, the others
// are not. Three candidates without members can prove nothing.
#pragma once

#include <cstddef>

#include "daemon/core/agree/average.hpp"

namespace berkeley {

struct MemberVoices {
    std::size_t contradict = 0;  // but for those admitted by a contradicting candidate
    std::size_t agree = 0;
};

// `contradicting`: of the `candidates`, by this node's own exchanges with each.
constexpr bool convicts(std::size_t candidates, std::size_t contradicting,
                        const MemberVoices& members) {
    const std::size_t most_liars = candidates - majority_of(candidates);
    if (contradicting > most_liars)
        return true;
    const bool others_are_honest = contradicting > 0 && contradicting == most_liars;
    return others_are_honest &&
           contradicting + members.contradict > candidates - contradicting + members.agree;
}

}  // namespace berkeley
