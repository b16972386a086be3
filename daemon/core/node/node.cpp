#include <algorithm>

#include "daemon/core/node/node_impl.hpp"

namespace berkeley {
namespace {

// Who knows cluster time no better than this had better not go on from it.
constexpr Duration kFitBound = 1s;

// A master that contradicted itself gets no vote, and does not stand, for so long: that somebody
// may look at its machine.
constexpr Duration kDeposedFor = 1h;

}  // namespace

Node::Impl::Impl(NodeSettings settings)
    : context_(std::move(settings)),
      steering_(context_),
      peers_(context_),
      roster_office_(context_, peers_) {
    const auto& candidates = context_.settings.candidates;
    ensure(!candidates.empty() && candidates.size() <= kMostCandidates,
           "a node needs one to seven candidates");
    ensure(context_.settings.key != nullptr, "a node needs a key of its own");
    const auto own = std::ranges::find(candidates, context_.settings.name, &Candidate::name);
    if (own != candidates.end()) {
        ensure(own->key == context_.settings.key->public_key(),
               "a candidate whose key is not the one that is pinned");
        if (!context_.one_candidate())
            candidacy_.emplace(context_, peers_);
    }
    if (candidates.size() >= 3)
        witnesses_.emplace(context_, peers_, candidacy_ ? &candidacy_->opinions() : nullptr);
    Candidacy* candidacy = candidacy_ ? &*candidacy_ : nullptr;
    Witnesses* witnesses = witnesses_ ? &*witnesses_ : nullptr;
    if (own != candidates.end())
        gate_.emplace(context_, candidacy, witnesses, roster_office_);
    if (candidacy_)
        revocation_exchange_.emplace(context_, peers_, gate_->enrolment());
    if (!peers_.all().empty())
        following_.emplace(context_, steering_, peers_, candidacy, witnesses);
}

// The timer comes first, whatever happened meanwhile: nothing is said as master, and nothing heard
// as one, by who does not lead any more.
const Actions& Node::Impl::handle(const Event& event) {
    context_.actions.clear();
    std::visit(
        [this](const auto& each) {
            using Taken = std::decay_t<decltype(each)>;
            constexpr bool is_first = std::is_same_v<Taken, Started>;
            if constexpr (requires { each.now; } && !is_first) {
                look_at_lease(each.now);
                move_if_due(each.now);
                look_at_leap(each.now);
            }
            take(each);
            if constexpr (requires { each.now; }) {
                withdraw_trust(each.now);
                tell_fitness(each.now);
                // A flood of what changes nothing sets no timer: the one that runs is right.
                constexpr bool is_datagram = std::is_same_v<Taken, DatagramReceived>;
                constexpr bool is_last = std::is_same_v<Taken, StopRequested>;
                if (!is_last &&
                    (!is_datagram || !context_.actions.empty() || next_wake(each.now) != wakes_at_))
                    wake(each.now);
            }
        },
        event);
    return context_.actions;
}

// ---- the election

void Node::Impl::hold_election(const ElectionEvent& event, const Moment& now) {
    const auto voted = candidacy_->testimony();
    candidacy_->handle(event);
    for (const RoleChange& change : candidacy_->take_changes()) {
        if (const auto* began = std::get_if<BeginLeading>(&change))
            begin_leading(began->term, now);
        else
            stop_leading(std::get<StopLeading>(change).why, now);
    }
    if (!leading_ && candidacy_->testimony() != voted)
        following_->voted(now);
}

void Node::Impl::look_at_lease(const Moment& now) {
    if (candidacy_ && (leading_ || now.steady() >= candidacy_->next_timer()))
        hold_election(ElectionTimer{now.steady()}, now);
}

// (One whose own raw clock is not what it was had better be measured by somebody else.)
Fitness Node::Impl::fitness(const Moment& now) const {
    const bool deposed = context_.deposed_until && now.steady() < *context_.deposed_until;
    if (context_.observing() || steering_.state() == NodeState::refusing || deposed ||
        (leading_ && leading_->disowned()) || context_.settings.roster_in_doubt)
        return Fitness::barred;
    if (!leading_ && roster_office_.superseded())
        return Fitness::barred;  // it would be elected by a roster that is no more
    if (!leading_ && following_->refuses_leap())
        return Fitness::barred;  // its cluster time is another than that of the others
    const auto& line = steering_.line();
    const bool knows = line && context_.epoch > 0 && line->bound_at(now.raw) < kFitBound;
    return knows ? Fitness::fit : Fitness::without_time;
}

void Node::Impl::tell_fitness(const Moment& now) {
    if (candidacy_)
        hold_election(FitnessChanged{now.steady(), fitness(now)}, now);
}

void Node::Impl::withdraw_trust(const Moment& now) {
    if (!candidacy_ || !witnesses_ || leading_ || !witnesses_->conviction())
        return;
    const Witnesses::Conviction convicted = *witnesses_->conviction();
    if (candidacy_->distrusts(convicted.master))
        return;
    hold_election(TrustWithdrawn{now.steady(), convicted.master, kDeposedFor}, now);
    context_.report(ReportKind::vote_withdrawn, peers_.find(convicted.master)->name, 0ns,
                    std::to_string(convicted.term));
}

void Node::Impl::begin_leading(const Moment& now, Leading::Heritage heritage) {
    leading_.emplace(context_, steering_, outgrowths_);
    aspiration_ = {};
    accusers_.clear();
    gate_->lead_in(&*leading_);
    leading_->start(now, std::move(heritage));
}

void Node::Impl::begin_leading(Term term, const Moment& now) {
    const auto& bulletin = following_->bulletin();
    const std::size_t all = bulletin ? bulletin->members : 0;
    const double pull = bulletin ? bulletin->guidance.pull : 0;
    following_->rest(term);
    context_.term = term;
    // The one before us, who may be gone for good, answers for his line himself.
    begin_leading(now, {.roster = voters_known_,
                        .knows_time = fitness(now) == Fitness::fit,
                        .pull = pull,
                        .others = std::max<std::size_t>(all, 2) - 2});
    context_.actions.push_back(SaveState{.at_once = true});
    context_.report(ReportKind::elected, context_.settings.name, 0ns, std::to_string(term));
}

void Node::Impl::stop_leading(LeadingEnded why, const Moment& now) {
    voters_known_ = leading_->roster();
    if (const auto held = leading_->line_to_hold(now.raw); held && steering_.line())
        steering_.hold(*held);
    steering_.hold_over();
    leading_->stop();
    roster_office_.stop_proposing("this node leads no more");
    gate_->lead_in(nullptr);
    leading_.reset();
    following_->resume(now);
    context_.report(ReportKind::leads_no_more, context_.settings.name, 0ns,
                    std::string(to_text(why)));
    const Duration lately = election_timing(context_.settings.poll_max).promise;
    if (why == LeadingEnded::lost_majority &&
        accusers_.depose(context_.settings.candidates.size(), now.steady() - lately)) {
        context_.deposed_until = now.steady() + kDeposedFor;
        context_.report(ReportKind::deposed, context_.settings.name, kDeposedFor);
    }
}

// At the reading that all nodes know, in whatever order they come to it.
void Node::Impl::look_at_leap(const Moment& now) {
    const auto coming = context_.calendar.coming;
    const auto& line = steering_.line();
    if (!coming || !line || line->line.at(now.raw) < coming->at())
        return;
    steering_.leap(coming->by());
    context_.calendar.leap(coming->by());
    if (leading_)
        leading_->leap(coming->by());
    if (following_)
        following_->leap(coming->by(), now);
    context_.report(ReportKind::leap_second, context_.settings.name, coming->by());
    context_.actions.push_back(SaveState{.at_once = true});
}

// ---- events

void Node::Impl::take(const Started& event) {
    context_.nonces = Nonces(event.entropy);
    context_.term = event.saved.term;
    context_.epoch = event.saved.epoch;
    context_.floor = event.saved.floor;
    context_.moves.restore(event.saved.move);
    roster_office_.start(event.roster, event.saved.election.promise, event.now);
    context_.calendar = event.saved.calendar;
    steering_.start(event.now, event.kernel, event.saved);
    look_at_leap(event.now);
    voters_known_ = event.saved.roster;
    if (following_)
        following_->start(event.now, event.saved.oscillator);
    else
        begin_leading(event.now, {.roster = voters_known_});
    move_if_due(event.now);
    if (gate_)
        gate_->start(event.trust);
    if (revocation_exchange_)
        revocation_exchange_->start(event.now);
    if (candidacy_)
        hold_election(ElectionBegins{event.now.steady(), event.saved.election, fitness(event.now),
                                     context_.term},
                      event.now);
}

void Node::Impl::take(const TimerFired& event) {
    if (leading_)
        leading_->timer(event.now);
    else
        following_->timer(event.now);
    if (gate_)
        gate_->enrolment().timer(event.now);
    if (revocation_exchange_)
        revocation_exchange_->timer(event.now);
    roster_office_.timer(event.now);
    look_after_aspirants(event.now);
    if (candidacy_ && leading_ && leading_->later_term() > 0)
        hold_election(LaterTermKnown{event.now.steady(), leading_->later_term()}, event.now);
    if (event.now.raw >= steering_.next_tick())
        steering_.tick(event.now, event.kernel);
    save_now_and_then(event.now);
}

// So that a restart, also after a crash, goes on from a line of the last minute.
void Node::Impl::save_now_and_then(const Moment& now) {
    if (!steering_.line() || now.raw < save_due_)
        return;
    save_due_ = now.raw + kBetweenStateSaves;
    context_.actions.push_back(SaveState{});
}

void Node::Impl::take(const DatagramSent& event) {
    if (event.sent.source == StampSource::kernel) {
        ++context_.tracking.kernel_stamps;
    }
    if (leading_)
        leading_->poll_left(event.token, event.sent);
    else
        following_->reply_left(event.token, event.sent);
}

void Node::Impl::take(const CandidateResolved& event) {
    if (peers_.found(event.name, event.endpoint) && !leading_)
        following_->candidate_found(event.now);
}

void Node::Impl::take(const ClockWasSet& event) {
    steering_.clock_was_set(event.now, event.kernel);
}

void Node::Impl::take(const AdjustingFailed& event) {
    steering_.adjusting_failed(event.error);
}

void Node::Impl::take(const AdjustingOutdated& event) {
    steering_.adjusting_outdated(event.now);
}

void Node::Impl::take(const RawClockBroken& event) {
    ++context_.tracking.raw_breaks;
    context_.report(ReportKind::raw_clock_broken, context_.settings.name, 0ns, event.reason);
    steering_.drop_line(event.now);
    if (event.other_source)
        steering_.forget_rate();
    save_due_ = event.now.raw;
    if (candidacy_)
        hold_election(SteadyClockBroken{event.now.steady()}, event.now);
    if (leading_)
        leading_->raw_clock_broken(event.now);
    else
        following_->raw_clock_broken(event.now);
}

void Node::Impl::take(const SettingsChanged& event) {
    context_.settings.take_over(event.settings);
    steering_.settings_changed(event.now);
    if (leading_)
        leading_->settings_changed(event.now);
    if (candidacy_)
        hold_election(TimingChanged{election_timing(context_.settings.poll_max)}, event.now);
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
    else
        following_->ask_for_poll(event.now);
}

void Node::Impl::take(const InvitationWanted& event) {
    if (gate_ && !(event.candidate && !why_no_candidate_invitation(event.now).empty()))
        gate_->enrolment().invite(event);
}

void Node::Impl::take(const RevocationWanted& event) {
    if (gate_)
        gate_->enrolment().revoke(event);
    if (revocation_exchange_)
        revocation_exchange_->tell_all(event.now);
}

void Node::Impl::take(const TrustSaved& event) {
    if (gate_)
        gate_->enrolment().saved(event);
}

void Node::Impl::take(const StateSaved& event) {
    if (candidacy_ && event.term > 0)
        hold_election(MemoryWritten{event.now.steady(), event.term, event.good}, event.now);
    if (leading_)
        leading_->move_stored(event.move, event.good, event.now);
    else
        context_.moves.stored(event.move, event.good);
}

void Node::Impl::take(const HandoverRequested& event) {
    if (why_no_handover(event.to, event.now).empty())
        hold_election(
            HandoverWanted{event.now.steady(), event.to.empty() ? NodeId{} : id_of(event.to)},
            event.now);
}

// Whoever can take over does so at once; if nobody can, the others are free to choose.
void Node::Impl::take(const StopRequested& event) {
    steering_.stop(event.now);
    if (candidacy_ && leading_) {
        hold_election(HandoverWanted{event.now.steady(), {}}, event.now);
        hold_election(ResignationWanted{event.now.steady()}, event.now);
    }
    if (leading_)
        leading_->stop();
    else
        following_->stop();
    context_.actions.push_back(SaveState{});
}

RawTime Node::Impl::next_wake(const Moment& now) {
    RawTime next = std::min(steering_.next_tick(), roster_office_.next_timer());
    if (const auto due = context_.moves.due_at(steering_.line(), context_.epoch))
        next = std::min(next, *due);
    next = std::min(next, leading_ ? leading_->next_timer() : following_->next_timer());
    if (const auto& coming = context_.calendar.coming; coming && steering_.line())
        next = std::min(next, steering_.line()->line.raw_at(coming->at()) + 1ns);
    if (candidacy_ && plausible(candidacy_->next_timer()))
        next = std::min(next, now.raw + (candidacy_->next_timer() - now.steady()));
    if (revocation_exchange_)
        next = std::min(next, now.raw + (revocation_exchange_->next_timer() - now.steady()));
    return next;
}

void Node::Impl::wake(const Moment& now) {
    wakes_at_ = next_wake(now);
    context_.actions.push_back(WakeAt{wakes_at_});
}

}  // namespace berkeley
