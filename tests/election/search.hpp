// All plays of up to so many moves, each state looked at once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace berkeley::test {

struct SearchResult {
    std::size_t states = 0;
    int depth = 0;          // to which all was looked at
    bool complete = false;  // there is nothing beyond it
    std::string violation;  // and the shortest way there, a move a line; empty: none
};

// Open addressing: 16 bytes a state.
template <class Fingerprint>
class Seen {
  public:
    Seen() : slots_(std::size_t{1} << 12) {}

    bool insert(const Fingerprint& print) {
        if (2 * (size_ + 1) > slots_.size())
            grow();
        return put(print);
    }

  private:
    bool put(const Fingerprint& print) {
        for (std::size_t at = print.low;; ++at) {
            Fingerprint& slot = slots_[at & (slots_.size() - 1)];
            if (slot == print)
                return false;
            if (slot == Fingerprint{}) {
                slot = print;
                ++size_;
                return true;
            }
        }
    }
    void grow() {
        std::vector<Fingerprint> old(slots_.size() * 2);
        old.swap(slots_);
        size_ = 0;
        for (const Fingerprint& print : old) {
            if (print != Fingerprint{})
                put(print);
        }
    }

    std::vector<Fingerprint> slots_;
    std::size_t size_ = 0;
};

// A state is kept as the way to it: whole it has a kilobyte.
template <class Move>
struct Visit {
    std::uint32_t parent = 0;
    Move move;
};

template <class Play>
class Search {
  public:
    using Move = typename Play::Move;

    explicit Search(const Play& from) : from_(from) {
        visits_.push_back({});
        seen_.insert(from.fingerprint());
    }

    SearchResult run(std::size_t most_states) {
        std::size_t level_begins = 0;
        while (result_.violation.empty()) {
            const std::size_t level_ends = visits_.size();
            result_.complete = level_begins == level_ends;
            if (result_.complete || level_ends + 3 * (level_ends - level_begins) > most_states)
                break;
            for (std::size_t i = level_begins; i < level_ends && result_.violation.empty(); ++i)
                expand(static_cast<std::uint32_t>(i));
            level_begins = level_ends;
            ++result_.depth;
        }
        result_.states = visits_.size();
        return result_;
    }

  private:
    std::vector<Move> way_to(std::uint32_t visit) const {
        std::vector<Move> way;
        for (; visit != 0; visit = visits_[visit].parent)
            way.push_back(visits_[visit].move);
        return {way.rbegin(), way.rend()};
    }

    void expand(std::uint32_t visit) {
        Play here = from_;
        for (const Move& move : way_to(visit))
            here.make(move);
        here.moves(moves_);
        for (const Move& move : moves_) {
            Play next = here;
            next.make(move);
            const bool broken = !next.violation().empty();
            if (!seen_.insert(next.fingerprint()) && !broken)
                continue;
            visits_.push_back({visit, move});
            if (broken) {
                tell(next.violation());
                return;
            }
        }
    }

    void tell(const std::string& violation) {
        Play play = from_;
        for (const Move& move : way_to(static_cast<std::uint32_t>(visits_.size() - 1))) {
            result_.violation += play.describe(move) + "\n";
            play.make(move);
        }
        result_.violation += violation;
    }

    Play from_;
    Seen<typename Play::Fingerprint> seen_;
    std::vector<Visit<Move>> visits_;
    std::vector<Move> moves_;
    SearchResult result_;
};

// Breadth first, so that the first violation found has the shortest way to it. Ends at the depth
// beyond which there would be more than `most_states`, about.
template <class Play>
SearchResult search(const Play& from, std::size_t most_states) {
    return Search<Play>(from).run(most_states);
}

}  // namespace berkeley::test
