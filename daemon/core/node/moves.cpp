#include "daemon/core/node/moves.hpp"

#include <utility>

namespace berkeley {
namespace {

bool same_but_for_term(const Move& a, const Move& b) {
    return a.id.epoch == b.id.epoch && a.at == b.at && a.by == b.by && a.way == b.way;
}

}  // namespace

void Moves::restore(const std::optional<Move>& saved) {
    known_ = saved;
    accepted_ = true;
    saved_ = saved.has_value();
    inherited_ = saved.has_value();
}

bool Moves::happens_here(const std::optional<BoundedLine>& line, std::uint64_t epoch) const {
    return known_ && known_->decided && accepted_ && line && pending(epoch) &&
           known_->id.epoch == epoch + 1;
}

bool Moves::due(const std::optional<BoundedLine>& line, std::uint64_t epoch, RawTime now) const {
    return happens_here(line, epoch) && line->line.at(now) >= known_->at;
}

std::optional<RawTime> Moves::due_at(const std::optional<BoundedLine>& line,
                                     std::uint64_t epoch) const {
    if (!happens_here(line, epoch))
        return std::nullopt;
    return line->line.raw_at(known_->at) + Duration{1us};  // so that it is due by then
}

void Moves::propose(const Move& move) {
    known_ = move;
    accepted_ = true;
    saved_ = false;
    inherited_ = false;
}

// Of two it is the later term's: who announced that knew of all that was decided before.
void Moves::inherit(const Move& move) {
    if (known_ && known_->id.epoch >= move.id.epoch && known_->id.term >= move.id.term)
        return;
    propose(move);
    inherited_ = true;
}

void Moves::begin_term(std::uint64_t term) {
    inherited_ = true;
    if (known_->id.term == term)
        return;
    known_->id.term = term;
    saved_ = false;
}

void Moves::decide() {
    known_->decided = true;
}

// What was decided stays so, also if a later master does not know yet.
bool Moves::hear(const Move& move, bool accepted) {
    const bool other_mind = std::exchange(accepted_, accepted) != accepted;
    Move heard = move;
    heard.decided = move.decided || (known_ && known_->decided && same_but_for_term(*known_, move));
    if (known_ == heard)
        return other_mind;
    saved_ = known_ && known_->id == move.id && saved_;
    known_ = heard;
    inherited_ = false;
    return true;
}

void Moves::drop() {
    known_.reset();
    accepted_ = true;
    saved_ = false;
    inherited_ = false;
}

// One that was inherited is on disk already, here or elsewhere.
bool Moves::stored(const MoveId& id, bool good) {
    if (!known_ || known_->id != id || saved_)
        return true;
    saved_ = good || inherited_;
    return saved_;
}

}  // namespace berkeley
