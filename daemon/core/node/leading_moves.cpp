// How a master moves cluster time by an operator's word, or forms it; and what it makes of a move
// that a master before it began: see moves.hpp.
#include <algorithm>

#include <fmt/format.h>

#include "daemon/core/node/belief.hpp"
#include "daemon/core/node/leading.hpp"
#include "daemon/core/node/moving.hpp"
#include "daemon/core/time/text.hpp"

namespace berkeley {

// ---- by an operator's word

tl::expected<Move, std::string> Leading::planned_move(const MoveWish& wish,
                                                      const Moment& now) const {
    const Moves& moves = context_.moves;
    if (!formed())
        return tl::unexpected<std::string>("there is no cluster time yet: 'berkeleyctl status'");
    if (carried_since_)
        return tl::unexpected<std::string>(
            "this machine's raw clock has jumped, and cluster time is being measured anew: try "
            "again in a minute");
    const ClusterTime cluster = cluster_->line.at(now.raw);
    if (moves.pending(context_.epoch)) {
        const Move& other = *moves.known();
        return tl::unexpected(fmt::format(
            "a move by {} is to come, in {:.1f} s: wait for it, or call it off: 'berkeleyctl "
            "settime --cancel'",
            to_text(other.by), as_seconds(other.at - cluster)));
    }
    Move move;
    move.id = {context_.term, context_.epoch + 1};
    move.at = cluster + move_lead(table_.size());
    move.by = wish.to ? *wish.to - cluster : wish.by;
    const bool may_step = context_.settings.step_policy == StepPolicy::first &&
                          std::chrono::abs(move.by) > context_.settings.step_threshold;
    move.way = wish.way.value_or(may_step ? MoveWay::step : MoveWay::slew);
    if (move.by == 0ns && move.way == MoveWay::slew)
        return tl::unexpected<std::string>("there is nothing to move: that is cluster time now");
    if (!plausible(move.at + move.by))
        return tl::unexpected<std::string>("cluster time lies between 1970 and 2116");
    if (steering_.forbids_move(move.by, now))
        return tl::unexpected<std::string>(
            "move_limit of this node does not let its clock be moved so far: raise it on all "
            "nodes, "
            "and 'berkeleyctl reload' there");
    return move;
}

void Leading::propose(const Move& move) {
    context_.moves.propose(move);
    context_.actions.push_back(SaveState{.at_once = true});
}

std::string Leading::why_no_recall(const Moment& now) const {
    const Moves& moves = context_.moves;
    if (!moves.pending(context_.epoch))
        return "no move of cluster time is to come";
    if (!moves.known()->decided && !moves.inherited())
        return {};
    const std::string when =
        cluster_ ? fmt::format(" in {:.1f} s",
                               as_seconds(moves.known()->at - cluster_->line.at(now.raw)))
                 : "";
    return fmt::format(
        "it is too late: the nodes know that it is decided, and carry it out{}; move cluster time "
        "back afterwards",
        when);
}

void Leading::give_up_move(std::string why, const Moment& now) {
    context_.report(ReportKind::move_given_up, context_.settings.name, context_.moves.known()->by,
                    std::move(why));
    context_.moves.drop();
    context_.actions.push_back(SaveState{.at_once = true});
    poll_all(now);
}

// It is on disk, or cannot be.
void Leading::move_stored(const MoveId& id, bool good, const Moment& now) {
    Moves& moves = context_.moves;
    if (!moves.pending(context_.epoch) || moves.saved())
        return;
    if (!moves.stored(id, good)) {
        return give_up_move(
            "it could not be saved, and nobody was told of it: 'journalctl -u "
            "berkeleyd' tells what stands in the way of saving the state",
            now);
    }
    if (!moves.saved())
        return;
    const Move& move = *moves.known();
    std::optional<Duration> in;
    if (cluster_)
        in = move.at - cluster_->line.at(now.raw);
    context_.report(ReportKind::move_announced, context_.settings.name, move.by, to_text(move, in));
    poll_all(now);
}

// ---- until it happens

std::optional<Move> Leading::announced_move() const {
    const Moves& moves = context_.moves;
    const bool announced =
        moves.pending(context_.epoch) && moves.saved() && moves.known()->id.term == context_.term;
    return announced ? moves.known() : std::nullopt;
}

std::optional<Move> Leading::last_move() const {
    const auto& known = context_.moves.known();
    return known && known->id.epoch >= context_.epoch ? known : std::nullopt;
}

bool Leading::holds(const Member& member, const Move& move) {
    return member.told && member.told->move && member.told->move->move.id == move.id;
}

bool Leading::majority_holds(const Move& move) const {
    const auto holders = std::ranges::count_if(table_.all(), [&](const Member* member) {
        return context_.is_candidate(member->name.view()) && holds(*member, move);
    });
    return static_cast<std::size_t>(holders) + 1 >=
           majority_of(context_.settings.candidates.size());
}

Leading::MoveTally Leading::move_tally() const {
    MoveTally tally;
    const auto& move = context_.moves.known();
    if (!move)
        return tally;
    for (const Member* member : table_.all()) {
        if (!member->active() || !holds(*member, *move))
            continue;
        ++tally.known_by;
        if (!member->told->move->accepted)
            ++tally.refused_by;
    }
    return tally;
}

// Once a round.
void Leading::drive_move(const Moment& now) {
    Moves& moves = context_.moves;
    if (!moves.pending(context_.epoch))
        return;
    if (moves.known()->id.term != context_.term) {
        moves.begin_term(context_.term);
        context_.actions.push_back(SaveState{.at_once = true});
    }
    if (!moves.saved())
        return;
    decide_move(now);
    if (!moves.known())
        return;
    for (Member* member : table_.all()) {
        const bool knows = holds(*member, *moves.known()) &&
                           member->told->move->move.decided == moves.known()->decided;
        if (member->active() && !knows)
            table_.poll_at(*member, now.raw);
    }
}

void Leading::decide_move(const Moment& now) {
    Moves& moves = context_.moves;
    const Move& move = *moves.known();
    // If cluster time is to be formed first, it has to be known before by what is gone on.
    const bool late = !cluster_ || cluster_->line.at(now.raw) >= move.at - kDecidedBefore;
    if (move.decided || !(late || moves.inherited()))
        return;
    if (majority_holds(move)) {
        moves.decide();
        context_.actions.push_back(SaveState{.at_once = true});
    } else if (!moves.inherited()) {
        give_up_move("a majority of the candidates did not say in time that it knows of it", now);
    }
}

// Cluster time is another, here.
void Leading::cluster_time_moved(Duration by, const Moment& now) {
    if (cluster_)
        cluster_->line.cluster_at_anchor = cluster_->line.cluster_at_anchor + by;
    move_references(by);
    poll_all(now);
}

void Leading::form_with_those_here(const Moment& now) {
    context_.report(ReportKind::formed_by_operator, context_.settings.name, 0ns, waiting_for());
    few_will_do_ = true;
    round(now);
}

// ---- of a master before us

// One alone may have heard of what a majority has decided. (Where there is one candidate, its own
// disk tells.) He may lie: so it is no more than what each would let a master do.
void Leading::inherit_move(const Member& member) {
    const auto& held = member.told->move;
    if (formed() || !held || !held->accepted ||
        std::chrono::abs(held->move.by) > Belief::kMostByEpochs ||
        !context_.is_candidate(member.name.view()) || held->move.id.epoch <= context_.epoch ||
        !credible(held->move.id.epoch, context_.epoch) || !plausible(held->move.at + held->move.by))
        return;
    context_.moves.inherit(held->move);
}

// Before most candidates were heard, and all know of the move that one of them tells of, cluster
// time would be told that others have left.
bool Leading::move_is_open(const Moment& now) {
    if (context_.one_candidate() && !context_.moves.pending(context_.epoch))
        return false;
    const auto heard = std::ranges::count_if(table_.all(), [this](const Member* member) {
        return member->told && context_.is_candidate(member->name.view());
    });
    if (static_cast<std::size_t>(heard) + 1 < majority_of(context_.settings.candidates.size()))
        return true;
    if (!context_.moves.pending(context_.epoch))
        return false;
    drive_move(now);
    return context_.moves.known() && !context_.moves.known()->decided;
}

}  // namespace berkeley
