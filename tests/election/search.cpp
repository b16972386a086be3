#include "tests/election/search.hpp"

#include <fmt/format.h>

namespace berkeley::test {
namespace {

// Open addressing: 16 bytes a state.
class Seen {
  public:
    Seen() : slots_(std::size_t{1} << 12) {}

    bool insert(const Play::Fingerprint& print) {
        if (2 * (size_ + 1) > slots_.size())
            grow();
        return put(print);
    }

  private:
    bool put(const Play::Fingerprint& print) {
        for (std::size_t at = print.low;; ++at) {
            Play::Fingerprint& slot = slots_[at & (slots_.size() - 1)];
            if (slot == print)
                return false;
            if (slot == Play::Fingerprint{}) {
                slot = print;
                ++size_;
                return true;
            }
        }
    }
    void grow() {
        std::vector<Play::Fingerprint> old(slots_.size() * 2);
        old.swap(slots_);
        size_ = 0;
        for (const Play::Fingerprint& print : old) {
            if (print != Play::Fingerprint{})
                put(print);
        }
    }

    std::vector<Play::Fingerprint> slots_;
    std::size_t size_ = 0;
};

// A state is kept as the way to it: whole it has a kilobyte.
struct Visit {
    std::uint32_t parent = 0;
    Move move;
};

class Search {
  public:
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
    Seen seen_;
    std::vector<Visit> visits_;
    std::vector<Move> moves_;
    SearchResult result_;
};

}  // namespace

SearchResult search(const Play& from, std::size_t most_states) {
    return Search(from).run(most_states);
}

}  // namespace berkeley::test
