// What a node tells of itself.
#include <algorithm>

#include <fmt/format.h>

#include "daemon/core/node/node_impl.hpp"

namespace berkeley {

Account Node::Impl::account() const {
    return {context_, steering_, leading_ ? &*leading_ : nullptr, leading_ ? nullptr : &*following_,
            candidacy_ ? &*candidacy_ : nullptr};
}

// Who is to be a candidate is told where it is decided.
NodeStatus Node::Impl::status(const Moment& now) const {
    NodeStatus status = account().status(now);
    if (!leads(now))
        return status;
    for (Awaited& each : awaited(now)) {
        if (status.advice.empty())
            status.advice = std::move(each.advice);
        status.notes.push_back(std::move(each.what));
    }
    return status;
}

ClockStanding Node::Impl::clock_standing(const Moment& now) const {
    ClockStanding standing;
    standing.state = steering_.state();
    standing.term = context_.term;
    standing.epoch = context_.epoch;
    standing.offset = steering_.offset(now);
    standing.bound = steering_.bound(now);
    if (leading_)
        standing.master = context_.self;
    else if (following_->confirmed())
        standing.master = id_of(following_->master());
    standing.leads = leading_ && (!candidacy_ || candidacy_->leads(now));
    return standing;
}

SavedState Node::Impl::saved_state(const Moment& now) const {
    SavedState state;
    state.term = context_.term;
    state.epoch = context_.epoch;
    state.floor = context_.floor;
    state.rate = steering_.rate_to_save();
    state.line = steering_.line();
    state.suspended = now.suspended;
    if (state.line) {
        state.floor = std::max(state.floor, SystemTime{state.line->line.at(now.raw).ns});
    }
    if (context_.moves.accepted())
        state.move = context_.moves.known();
    state.calendar = context_.calendar;
    state.roster = leading_ ? leading_->roster() : voters_known_;
    if (!leading_)
        state.oscillator = following_->oscillator();
    if (candidacy_)
        state.election = candidacy_->memory();
    // A master that was just elected has none of its own yet.
    if (candidacy_ && leading_ && state.line) {
        if (const auto held = leading_->line_to_hold(now.raw))
            state.line = held;
    }
    return state;
}

std::string Node::Impl::why_no_invitation(const Moment& now) const {
    return gate_ ? gate_->enrolment().why_no_invitation(now) : ask_a_candidate();
}

std::string Node::Impl::why_no_revocation(const PublicKey& key) const {
    return gate_ ? gate_->enrolment().why_no_revocation(key) : ask_a_candidate();
}

std::string Node::Impl::ask_a_candidate() const {
    return "only a candidate lets nodes in and puts them out: ask on " +
           context_.settings.candidates.front().name;
}

std::string Node::Impl::why_no_handover(std::string_view to, const Moment& now) const {
    if (!leads(now))
        return following_->confirmed()
                   ? "this node is not the master: ask on " + following_->master()
                   : "this node is not the master, and there is none";
    if (!to.empty() && !context_.is_candidate(to))
        return fmt::format("{} is no candidate: only one of `candidates` can lead", to);
    if (context_.one_candidate())
        return "there is no other candidate: who may lead stands in `candidates`";
    if (to == context_.settings.name)
        return "this node leads already";
    if (!successor(to, now).empty())
        return {};
    return to.empty() ? "no other candidate is synchronized and answers: 'berkeleyctl members' "
                        "shows them"
                      : fmt::format(
                            "{} is not synchronized, or does not answer: 'berkeleyctl "
                            "members' tells",
                            to);
}

std::string Node::Impl::successor(std::string_view to, const Moment& now) const {
    if (!candidacy_)
        return {};
    const Peer* peer = peers_.find(candidacy_->successor(to.empty() ? NodeId{} : id_of(to), now));
    return peer == nullptr ? std::string() : peer->name;
}

std::optional<PublicKey> Node::Impl::key_of(std::string_view name) const {
    if (!gate_)
        return std::nullopt;
    if (const Certificate* enrolled = registry()->certificate_of(name))
        return enrolled->key;
    if (!leading_)
        return std::nullopt;
    for (const Member* member : leading_->members()) {
        if (member->name.view() == name)
            return member->key;
    }
    return std::nullopt;
}

std::optional<NodeName> Node::Impl::name_of(const PublicKey& key) const {
    if (!gate_)
        return std::nullopt;
    if (const std::string* enrolled = registry()->name_of(key))
        return NodeName::from(*enrolled);
    if (!leading_)
        return std::nullopt;
    for (const Member* member : leading_->members()) {
        if (member->key == key)
            return member->name;
    }
    return std::nullopt;
}

// ---- the public face

Node::Node(NodeSettings settings) : impl_(std::make_unique<Impl>(std::move(settings))) {}
Node::~Node() = default;
Node::Node(Node&&) noexcept = default;
Node& Node::operator=(Node&&) noexcept = default;

const Actions& Node::handle(const Event& event) {
    return impl_->handle(event);
}
std::string Node::why_no_step(const Moment& now) const {
    return impl_->why_no_step(now);
}
tl::expected<Move, std::string> Node::planned_move(const MoveWish& wish, const Moment& now) const {
    return impl_->planned_move(wish, now);
}
std::string Node::why_no_recall(const Moment& now) const {
    return impl_->why_no_recall(now);
}
std::string Node::why_no_forming(const Moment& now) const {
    return impl_->why_no_forming(now);
}
std::string Node::who_is_here() const {
    return impl_->who_is_here();
}
ClockStanding Node::clock_standing(const Moment& now) const {
    return impl_->clock_standing(now);
}
NodeStatus Node::status(const Moment& now) const {
    return impl_->status(now);
}
std::vector<MemberStatus> Node::members(const Moment& now) const {
    return impl_->account().members(now);
}
Tracking Node::tracking(const Moment& now) const {
    return impl_->account().tracking(now);
}
SavedState Node::saved_state(const Moment& now) const {
    return impl_->saved_state(now);
}
std::string Node::why_no_invitation(const Moment& now) const {
    return impl_->why_no_invitation(now);
}
std::string Node::why_no_candidate_invitation(const Moment& now) const {
    return impl_->why_no_candidate_invitation(now);
}
std::string Node::why_no_revocation(const PublicKey& key) const {
    return impl_->why_no_revocation(key);
}
std::string Node::why_no_handover(std::string_view to, const Moment& now) const {
    return impl_->why_no_handover(to, now);
}
std::string Node::successor(std::string_view to, const Moment& now) const {
    return impl_->successor(to, now);
}
const Registry* Node::registry() const {
    return impl_->registry();
}
std::optional<PublicKey> Node::key_of(std::string_view name) const {
    return impl_->key_of(name);
}
std::optional<NodeName> Node::name_of(const PublicKey& key) const {
    return impl_->name_of(key);
}

}  // namespace berkeley
