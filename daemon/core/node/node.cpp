#include "daemon/core/node/node.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "daemon/core/node/account.hpp"
#include "daemon/core/node/following.hpp"
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
        if (candidates.front() == context_.settings.name) {
            leading_.emplace(context_, steering_);
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

  private:
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
    void take(const StopRequested& event);

    void deliver(const Envelope& envelope, const DatagramReceived& event);
    const SealingKey* key_for(const Header& header, std::span<const std::uint8_t> bytes);
    void save_now_and_then(const Moment& now);
    void wake(const Moment& now);

    Context context_;
    Steering steering_;
    std::optional<Leading> leading_;
    std::optional<Following> following_;
    SealingKey stranger_key_;
    RawTime save_due_;
    std::optional<RawTime> polled_on_request_at_;
};

// ---- events

void Node::Impl::take(const Started& event) {
    context_.nonces = Nonces(event.entropy);
    context_.term = event.saved.term;
    context_.epoch = event.saved.epoch;
    context_.floor = event.saved.floor;
    steering_.start(event.now, event.kernel, event.saved);
    if (leading_)
        leading_->start(event.now, event.saved);
    if (following_)
        following_->start(event.now);
    wake(event.now);
}

void Node::Impl::take(const TimerFired& event) {
    if (leading_)
        leading_->timer(event.now);
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
    const SealingKey* key = key_for(*header, event.bytes);
    if (key == nullptr) {
        ++dropped.unknown_sender;
        return;
    }
    if (!sealed_by(event.bytes, *key)) {
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
    wake(event.now);
}

const SealingKey* Node::Impl::key_for(const Header& header, std::span<const std::uint8_t>) {
    if (header.to != context_.self)
        return nullptr;
    if (following_)
        return following_->knows(header.from) ? &following_->key_from(header.from) : nullptr;
    if (const SealingKey* known = leading_->key_from(header.from))
        return known;
    stranger_key_ = context_.key_from(header.from);
    return &stranger_key_;
}

void Node::Impl::deliver(const Envelope& envelope, const DatagramReceived& event) {
    const Header& header = envelope.header;
    const auto nonsense = [this](const auto&) { ++context_.tracking.dropped.malformed; };
    if (leading_) {
        std::visit(
            Overloaded{
                [&](const Join& join) { leading_->receive(header, join, event.from, event.now); },
                [&](const Reply& reply) {
                    leading_->receive(header, reply, event.received, event.from, event.now);
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

void Node::Impl::take(const StopRequested& event) {
    steering_.stop(event.now);
    if (leading_)
        leading_->stop();
    if (following_)
        following_->stop();
    context_.actions.push_back(SaveState{});
}

void Node::Impl::wake(const Moment&) {
    RawTime next = steering_.next_tick();
    if (leading_)
        next = std::min(next, leading_->next_timer());
    if (following_)
        next = std::min(next, following_->next_timer());
    context_.actions.push_back(WakeAt{next});
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

}  // namespace berkeley
