// What a node knows of a move of cluster time (wire/move.hpp): the one that is to come, or else the
// last one.
//
//   proposed     on the master, and saved there before anybody hears of it
//   announced    in every poll, until it happens; candidates save it before they say they have it
//   decided      a majority of the candidates has it; announced again as such
//   carried out  at its instant, by everybody who knows that it is decided
//
// A master that dies leaves either a move that was not decided, or one that its successor, whom a
// majority elected and to whom a majority replies before it tells any cluster time, hears of. So no
// node is ever moved to and back.
#pragma once

#include <cstddef>
#include <optional>

#include "daemon/core/time/line.hpp"
#include "daemon/core/wire/move.hpp"

namespace berkeley {

// From the operator's word to the instant. Meanwhile every member that has not said that it knows
// is polled once a second, however seldom it is polled otherwise.
constexpr Duration move_lead(std::size_t members) {
    return Duration{10s} + Duration{1s} * static_cast<std::int64_t>(members / 1000);
}

// Until then it may be called off; after it, everybody has so long to hear that it is decided.
inline constexpr Duration kDecidedBefore = 5s;

class Moves {
  public:
    // From the disk.
    void restore(const std::optional<Move>& saved);

    const std::optional<Move>& known() const { return known_; }
    // There is one to come, for who is in that epoch.
    bool pending(std::uint64_t epoch) const { return known_ && known_->id.epoch > epoch; }
    bool accepted() const { return accepted_; }
    bool saved() const { return saved_; }
    // Begun by an earlier master: it may have been decided, and is not given up.
    bool inherited() const { return inherited_; }

    // Whether it is time for it, where cluster time of `epoch` is `line`.
    bool due(const std::optional<BoundedLine>& line, std::uint64_t epoch, RawTime now) const;
    // When that will be; nothing if it will not, or not be known before more is.
    std::optional<RawTime> due_at(const std::optional<BoundedLine>& line,
                                  std::uint64_t epoch) const;

    // On the master: a new one; one that a reply tells of; and the one that is known, in a term
    // that begins.
    void propose(const Move& move);
    void inherit(const Move& move);
    void outlive_master() { inherited_ = true; }
    void begin_term(std::uint64_t term);
    void decide();

    // On a member. True if it is news that is to be saved.
    bool hear(const Move& move, bool accepted);
    // Its own operator wants it.
    void accept() { accepted_ = true; }

    void drop();

    // It is on disk, or not. False if the move is given up for that.
    bool stored(const MoveId& id, bool good);

  private:
    bool happens_here(const std::optional<BoundedLine>& line, std::uint64_t epoch) const;

    std::optional<Move> known_;
    bool accepted_ = true;
    bool saved_ = false;
    bool inherited_ = false;
};

}  // namespace berkeley
