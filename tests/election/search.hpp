// All plays of up to so many moves, each state looked at once.
#pragma once

#include <string>

#include "tests/election/play.hpp"

namespace berkeley::test {

struct SearchResult {
    std::size_t states = 0;
    int depth = 0;          // to which all was looked at
    bool complete = false;  // there is nothing beyond it
    std::string violation;  // and the shortest way there, a move a line; empty: none
};

// Breadth first, so that the first violation found has the shortest way to it. Ends at the depth
// beyond which there would be more than `most_states`, about.
SearchResult search(const Play& from, std::size_t most_states);

}  // namespace berkeley::test
