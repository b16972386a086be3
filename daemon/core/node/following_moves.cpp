// What a member makes of the moves of cluster time that its master announces.
#include "daemon/core/node/following.hpp"
#include "daemon/core/node/moving.hpp"

namespace berkeley {
namespace {

// A poll of before the instant may come after it.
constexpr Duration kLatePolls = 5s;

bool makes_sense(const Move& move) {
    return plausible(move.at) && plausible(move.at + move.by);
}

}  // namespace

// False if the correction that came with it is of the epoch that has just ended.
bool Following::hear_move(const Header& header, const Poll& poll, const Moment& now) {
    Moves& moves = context_.moves;
    if (poll.move && poll.move->id == MoveId{header.term, context_.epoch + 1} &&
        makes_sense(*poll.move)) {
        consider_move(*poll.move, now);
    } else if (!poll.move && poll.correction && header.epoch == context_.epoch &&
               moves.pending(context_.epoch)) {
        context_.report(ReportKind::move_given_up, master_->name, moves.known()->by,
                        master_->name + " called it off");
        moves.drop();
        context_.actions.push_back(SaveState{.at_once = true});
    }
    const auto& known = moves.known();
    if (!known || known->id.term != header.term)
        return true;
    // The master is there already.
    if (poll.correction && header.epoch == known->id.epoch && header.epoch == context_.epoch + 1 &&
        moves.accepted() && !disbelief_ && steering_.line()) {
        carry_out_move(context_, steering_, now);
        cluster_time_moved(known->by, now);
    }
    const bool late = header.epoch + 1 == context_.epoch && known->id.epoch == context_.epoch &&
                      moved_at_ && now.raw - *moved_at_ < kLatePolls;
    return !late;
}

void Following::consider_move(const Move& move, const Moment& now) {
    Moves& moves = context_.moves;
    const auto& line = steering_.line();
    const bool near_now =
        !line || std::chrono::abs(move.at - line->line.at(now.raw)) <= Belief::kLongestAge;
    const bool accepted = !disbelief_ && near_now && belief_.affords(move.by, now);
    const bool is_new = !moves.pending(context_.epoch);
    if (!moves.hear(move, accepted))
        return;
    context_.actions.push_back(SaveState{.at_once = true});
    if (!is_new)
        return;
    std::optional<Duration> in;
    if (line)
        in = move.at - line->line.at(now.raw);
    context_.report(accepted ? ReportKind::move_announced : ReportKind::move_refused, master_->name,
                    move.by, to_text(move, in));
}

void Following::cluster_time_moved(Duration by, const Moment& now) {
    belief_.moved(by, now);
    moved_at_ = now.raw;
}

std::optional<HeldMove> Following::held_move() const {
    const Moves& moves = context_.moves;
    const bool needs_disk = candidacy_ != nullptr && moves.accepted();
    if (!moves.known() || (needs_disk && !moves.saved()))
        return std::nullopt;
    return HeldMove{*moves.known(), moves.accepted()};
}

// ---- the operator's word against our own disbelief

bool Following::refuses_move(const Moment& now) const {
    const Moves& moves = context_.moves;
    const auto& line = steering_.line();
    return line && moves.pending(context_.epoch) && moves.known()->decided && !moves.accepted() &&
           line->line.at(now.raw) >= moves.known()->at;
}

bool Following::refuses_leap() const {
    return disbelief_ == Disbelief::leaps && last_refused_ && in_touch_ && confirmed_;
}

void Following::obey_operator(const Moment& now) {
    if (refuses_leap()) {
        disbelief_.reset();
        belief_.permit_leap();
        follow(last_refused_->header, last_refused_->correction, now);
        last_refused_.reset();
    } else if (refuses_move(now)) {
        context_.moves.accept();
        belief_.permit_leap();
        cluster_time_moved(context_.moves.known()->by, now);
        carry_out_move(context_, steering_, now);
    }
}

}  // namespace berkeley
