// Whom a node follows, and in which term.
//
// A term grows only by an election, and elected is who has the votes of a majority of the
// candidates. So nobody is followed in a new term on his own word: a majority of the candidates
// that this node has pinned must say that they voted for him, he himself among them. Who stole one
// candidate's key does not own the cluster by it, nor can he use up the terms.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "daemon/core/election/electorate.hpp"
#include "daemon/core/election/messages.hpp"

namespace berkeley {

// Long enough to ask every candidate several times over. Of an older one it is not known whether
// that candidate has not voted in a later term since.
inline constexpr Duration kTestimonyLasts = 10s;

class Allegiance {
  public:
    // `known`: the latest term that the node knew of before its restart.
    Allegiance(const Electorate& electorate, Term known) : electorate_(electorate), term_(known) {}

    enum class Verdict : std::uint8_t {
        follow,
        unconfirmed,  // candidates are to be asked for their testimony
        refuse,       // of a past term, of no candidate, or another leads in that term
    };

    // A node says, freshly, that it is the master in that term.
    Verdict judge(NodeId master, Term term, SteadyTime now);

    // What a candidate answered, freshly; also what this node, if it is one, has voted itself.
    void heard(NodeId candidate, const Testimony& testimony, SteadyTime now);

    // Who leads in that term: this node itself; or whom it followed by other candidates, for in one
    // term at most one leads, whatever rosters there are.
    void knows(const Testimony& led) {
        term_ = led.term;
        master_ = led.master;
    }

    Term term() const { return term_; }
    NodeId master() const { return master_; }  // nobody: none followed in this term yet

  private:
    struct Heard {
        Testimony testimony;
        SteadyTime at;
    };

    std::size_t confirmations(const Testimony& wanted, SteadyTime now) const;

    Electorate electorate_;
    Term term_ = 0;
    NodeId master_;
    std::array<std::optional<Heard>, kMostCandidates> heard_{};  // by rank
};

}  // namespace berkeley
