#include "daemon/core/node/node.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "daemon/core/node/account.hpp"
#include "daemon/core/node/following.hpp"
#include "daemon/core/node/gate.hpp"
#include "daemon/core/node/leading.hpp"
#include "daemon/core/node/steering.hpp"

namespace berkeley {
namespace {

template <class... Handlers>
struct Overloaded : Handlers... {
    using Handlers::operator()...;
};

}  // namespace

class Node::Impl {
  public:
    explicit Impl(NodeSettings settings) : context_(std::move(settings)), steering_(context_) {
        const auto& candidates = context_.settings.candidates;
        ensure(candidates.size() == 1, "a node needs exactly one candidate in this version");
        ensure(context_.settings.key != nullptr, "a node needs a key of its own");
        if (candidates.front().name == context_.settings.name) {
            ensure(candidates.front().key == context_.settings.key->public_key(),
                   "a candidate whose key is not the one that is pinned");
            leading_.emplace(context_, steering_);
            gate_.emplace(context_, *leading_);
        } else {
            following_.emplace(context_, steering_);
        }
    }

    const Actions& handle(const Event& event) {
        context_.actions.clear();
        std::visit([this](const auto& each) { take(each); }, event);
        return context_.actions;
    }

    std::string why_no_step(const Moment& now) const { return steering_.why_no_step(now); }
    ClockStanding clock_standing(const Moment& now) const {
        return {steering_.state(), context_.term, context_.epoch, steering_.offset(now),
                steering_.bound(now)};
    }
    Account account() const;
    SavedState saved_state(const Moment& now) const;
    std::string why_no_invitation(const Moment& now) const;
    std::string why_no_revocation(const PublicKey& key) const;
    const Registry* registry() const { return gate_ ? &gate_->enrolment().registry() : nullptr; }
    std::optional<PublicKey> key_of(std::string_view name) const;
    std::optional<NodeName> name_of(const PublicKey& key) const;

  private:
    std::string ask_a_candidate() const;
    void take(const Started& event);
    void take(const TimerFired& event);
    void take(const DatagramReceived& event);
    void take(const DatagramSent& event);
    void take(const CandidateResolved& event);
    void take(const ClockWasSet& event);
    void take(const AdjustingFailed& event);
    void take(const AdjustingOutdated& event);
    void take(const RawClockBroken& event);
    void take(const SettingsChanged& event);
    void take(const PollRequested& event);
    void take(const StepRequested& event);
    void take(const InvitationWanted& event);
    void take(const RevocationWanted& event);
    void take(const TrustSaved& event);
    void take(const StopRequested& event);

    void hear_member(const Header& header, const DatagramReceived& event);
    void hear_master(const Header& header, const DatagramReceived& event);
    void deliver(const Envelope& envelope, const DatagramReceived& event);
    bool is_for_gate(const Member& member, const Message& message) const;
    void save_now_and_then(const Moment& now);
    RawTime next_wake();
    void wake(const Moment& now);

    Context context_;
    Steering steering_;
    std::optional<Leading> leading_;
    std::optional<Gate> gate_;
    std::optional<Following> following_;
    RawTime save_due_;
    RawTime wakes_at_;
    std::optional<RawTime> polled_on_request_at_;
};

// ---- events

void Node::Impl::take(const Started& event) {
    context_.nonces = Nonces(event.entropy);
    context_.term = event.saved.term;
    context_.epoch = event.saved.epoch;
    context_.floor = event.saved.floor;
    steering_.start(event.now, event.kernel, event.saved);
    if (leading_) {
        leading_->start(event.now, event.saved);
        gate_->start(event.trust);
    }
    if (following_)
        following_->start(event.now);
    wake(event.now);
}

void Node::Impl::take(const TimerFired& event) {
    if (leading_) {
        leading_->timer(event.now);
        gate_->enrolment().timer(event.now);
    }
    if (following_)
        following_->timer(event.now);
    if (event.now.raw >= steering_.next_tick())
        steering_.tick(event.now, event.kernel);
    save_now_and_then(event.now);
    wake(event.now);
}

// So that a restart, also after a crash, goes on from a line of the last minute.
void Node::Impl::save_now_and_then(const Moment& now) {
    constexpr Duration kBetweenSaves = 60s;
    if (!steering_.line() || now.raw < save_due_)
        return;
    save_due_ = now.raw + kBetweenSaves;
    context_.actions.push_back(SaveState{});
}

void Node::Impl::take(const DatagramReceived& event) {
    DropCounters& dropped = context_.tracking.dropped;
    ++context_.tracking.datagrams_received;
    ++(event.received.source == StampSource::kernel ? context_.tracking.kernel_stamps
                                                    : context_.tracking.program_stamps);
    const auto header = decode_header(event.bytes);
    if (!header) {
        ++(header.error() == DecodeError::wrong_size ? dropped.wrong_size : dropped.not_ours);
        return;
    }
    if (header->to != context_.self) {
        ++dropped.unknown_sender;
        return;
    }
    if (leading_)
        hear_member(*header, event);
    else
        hear_master(*header, event);
    // A flood of what changes nothing sets no timer: the one that runs is right.
    if (!context_.actions.empty() || next_wake() != wakes_at_)
        wake(event.now);
}

void Node::Impl::hear_member(const Header& header, const DatagramReceived& event) {
    const Member* member = leading_->find(header.from);
    if (member == nullptr || !sealed_by(event.bytes, member->seal.from_peer)) {
        gate_->receive(header, event);
        return;
    }
    const auto envelope = decode(event.bytes);
    if (!envelope || !plausible(event.received.at)) {
        ++context_.tracking.dropped.malformed;
        return;
    }
    if (is_for_gate(*member, envelope->message))
        gate_->receive(header, std::get<Join>(envelope->message), event);
    else
        deliver(*envelope, event);
}

// A member with another certificate than it came in by may be something else by it.
bool Node::Impl::is_for_gate(const Member& member, const Message& message) const {
    const auto* join = std::get_if<Join>(&message);
    return join != nullptr && join->certificate && join->certificate->serial != member.grant.serial;
}

void Node::Impl::hear_master(const Header& header, const DatagramReceived& event) {
    DropCounters& dropped = context_.tracking.dropped;
    if (!following_->knows(header.from)) {
        ++dropped.unknown_sender;
        return;
    }
    if (has_seal(event.bytes) && !sealed_by(event.bytes, following_->key_from(header.from))) {
        ++dropped.not_authentic;
        context_.last_not_authentic = {event.from, event.now.raw};
        return;
    }
    const auto envelope = decode(event.bytes);
    if (!envelope || !plausible(event.received.at)) {
        ++dropped.malformed;
        return;
    }
    deliver(*envelope, event);
}

void Node::Impl::deliver(const Envelope& envelope, const DatagramReceived& event) {
    const Header& header = envelope.header;
    const auto nonsense = [this](const auto&) { ++context_.tracking.dropped.malformed; };
    if (leading_) {
        std::visit(Overloaded{[&](const Join& join) {
                                  if (join.session == 0 || header.from != id_of(join.name.view()))
                                      return nonsense(join);
                                  gate_->receive_member(header, join, event);
                              },
                              [&](const Reply& reply) {
                                  leading_->receive(header, reply, event.received, event.from,
                                                    event.now);
                              },
                              [&](const Leave& leave) { leading_->receive(header, leave); },
                              [&](const auto& other) { nonsense(other); }},
                   envelope.message);
        return;
    }
    std::visit(Overloaded{[&](const Poll& poll) {
                              following_->receive(header, poll, event.received, event.from,
                                                  event.now);
                          },
                          [&](const Leave& leave) { following_->receive(leave, event.now); },
                          [&](const Retry& retry) { following_->receive(retry); },
                          [&](const Refusal& refusal) { following_->receive(refusal, event.now); },
                          [&](const auto& other) { nonsense(other); }},
               envelope.message);
}

void Node::Impl::take(const DatagramSent& event) {
    if (event.sent.source == StampSource::kernel) {
        ++context_.tracking.kernel_stamps;
    }
    if (leading_)
        leading_->poll_left(event.token, event.sent);
    if (following_)
        following_->reply_left(event.token, event.sent);
}

void Node::Impl::take(const CandidateResolved& event) {
    if (following_)
        following_->candidate_found(event.name, event.endpoint, event.now);
    wake(event.now);
}

void Node::Impl::take(const ClockWasSet& event) {
    steering_.clock_was_set(event.now, event.kernel);
    wake(event.now);
}

void Node::Impl::take(const AdjustingFailed& event) {
    steering_.adjusting_failed(event.error);
    wake(event.now);
}

void Node::Impl::take(const AdjustingOutdated& event) {
    steering_.adjusting_outdated(event.now);
    wake(event.now);
}

void Node::Impl::take(const RawClockBroken& event) {
    ++context_.tracking.raw_breaks;
    context_.report(ReportKind::raw_clock_broken, context_.settings.name, 0ns, event.reason);
    steering_.drop_line(event.now);
    if (event.other_source)
        steering_.forget_rate();
    save_due_ = event.now.raw;
    if (leading_)
        leading_->raw_clock_broken(event.now);
    if (following_)
        following_->raw_clock_broken(event.now);
    wake(event.now);
}

void Node::Impl::take(const SettingsChanged& event) {
    context_.settings.take_over(event.settings);
    steering_.settings_changed(event.now);
    if (leading_)
        leading_->settings_changed(event.now);
    wake(event.now);
}

// An operator's script may ask in a loop: more often than the members are polled at most is of no
// use.
void Node::Impl::take(const PollRequested& event) {
    if (polled_on_request_at_ &&
        event.now.raw - *polled_on_request_at_ < context_.settings.poll_min) {
        return;
    }
    polled_on_request_at_ = event.now.raw;
    if (leading_)
        leading_->poll_all(event.now);
    if (following_)
        following_->ask_for_poll(event.now);
    wake(event.now);
}

void Node::Impl::take(const StepRequested& event) {
    steering_.step_on_request(event.now, event.kernel);
    wake(event.now);
}

void Node::Impl::take(const InvitationWanted& event) {
    if (gate_)
        gate_->enrolment().invite(event);
    wake(event.now);
}

void Node::Impl::take(const RevocationWanted& event) {
    if (gate_)
        gate_->enrolment().revoke(event);
    wake(event.now);
}

void Node::Impl::take(const TrustSaved& event) {
    if (gate_)
        gate_->enrolment().saved(event);
    wake(event.now);
}

void Node::Impl::take(const StopRequested& event) {
    steering_.stop(event.now);
    if (leading_)
        leading_->stop();
    if (following_)
        following_->stop();
    context_.actions.push_back(SaveState{});
}

RawTime Node::Impl::next_wake() {
    RawTime next = steering_.next_tick();
    if (leading_)
        next = std::min(next, leading_->next_timer());
    if (following_)
        next = std::min(next, following_->next_timer());
    return next;
}

void Node::Impl::wake(const Moment&) {
    wakes_at_ = next_wake();
    context_.actions.push_back(WakeAt{wakes_at_});
}

// ---- accounts

Account Node::Impl::account() const {
    return {context_, steering_, leading_ ? &*leading_ : nullptr,
            following_ ? &*following_ : nullptr};
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
    if (leading_)
        state.roster = leading_->roster();
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

std::optional<PublicKey> Node::Impl::key_of(std::string_view name) const {
    if (!gate_)
        return std::nullopt;
    if (const Certificate* enrolled = registry()->certificate_of(name))
        return enrolled->key;
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
ClockStanding Node::clock_standing(const Moment& now) const {
    return impl_->clock_standing(now);
}
NodeStatus Node::status(const Moment& now) const {
    return impl_->account().status(now);
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
std::string Node::why_no_revocation(const PublicKey& key) const {
    return impl_->why_no_revocation(key);
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
