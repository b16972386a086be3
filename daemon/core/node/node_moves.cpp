// Cluster time moved, or formed, by an operator's word.
#include <fmt/format.h>

#include "daemon/core/node/moving.hpp"
#include "daemon/core/node/node_impl.hpp"

namespace berkeley {

// Before anything else is done: what is said after the instant is said of the new epoch.
void Node::Impl::move_if_due(const Moment& now) {
    if (!context_.moves.due(steering_.line(), context_.epoch, now.raw))
        return;
    const Duration by = context_.moves.known()->by;
    carry_out_move(context_, steering_, now);
    if (leading_)
        leading_->cluster_time_moved(by, now);
    else
        following_->cluster_time_moved(by, now);
}

bool Node::Impl::leads(const Moment& now) const {
    return leading_ && (!candidacy_ || candidacy_->leads(now));
}

// "berkeleyctl VERB" has to be said on another machine.
std::string Node::Impl::say_it_to_master(std::string_view verb) const {
    if (leading_ || !following_->confirmed())
        return "this node is not the master, and there is none: 'berkeleyctl status' tells why";
    return fmt::format("this node is not the master: on {}, type 'berkeleyctl {}'",
                       following_->master(), verb);
}

tl::expected<Move, std::string> Node::Impl::planned_move(const MoveWish& wish,
                                                         const Moment& now) const {
    if (!leads(now))
        return tl::unexpected(say_it_to_master("settime"));
    return leading_->planned_move(wish, now);
}

std::string Node::Impl::why_no_recall(const Moment& now) const {
    return leads(now) ? leading_->why_no_recall(now) : say_it_to_master("settime --cancel");
}

std::string Node::Impl::why_no_forming(const Moment& now) const {
    if (!leads(now))
        return say_it_to_master("form");
    if (leading_->formed())
        return "there is cluster time already: 'berkeleyctl members' tells whose clocks count";
    if (!leading_->anybody_votes())
        return "no clock is here that may count: " + leading_->waiting_for();
    return {};
}

void Node::Impl::take(const MoveRequested& event) {
    if (const auto move = planned_move(event.wish, event.now))
        leading_->propose(*move);
}

void Node::Impl::take(const MoveRecalled& event) {
    if (why_no_recall(event.now).empty())
        leading_->give_up_move("the operator called it off", event.now);
}

void Node::Impl::take(const FormingRequested& event) {
    if (why_no_forming(event.now).empty())
        leading_->form_with_those_here(event.now);
}

std::string Node::Impl::why_no_step(const Moment& now) const {
    if (!leading_ && (following_->refuses_leap() || following_->refuses_move(now)))
        return {};
    return steering_.why_no_step(now);
}

void Node::Impl::take(const StepRequested& event) {
    if (!leading_)
        following_->obey_operator(event.now);
    steering_.step_on_request(event.now, event.kernel);
}

}  // namespace berkeley
