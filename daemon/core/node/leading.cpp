#include "daemon/core/node/leading.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace berkeley {
namespace {

constexpr Duration kRound = 1s;
constexpr Duration kFormingRound = 50ms;
// Cluster time is not formed without those who are just arriving, unless a majority has waited. Nor
// is one continued before its members are measured well: they hold over meanwhile, better than the
// first few exchanges could tell.
constexpr Duration kSettling = 3s;
constexpr Duration kJump = 20us;  // what is less may be a busy machine's noise; links follow it
constexpr Duration kNobodyKnows = 30s;     // where all clocks are long past: one may yet come
constexpr Duration kKnockPatience = 10s;   // a Join that no Reply proved is forgotten after this
constexpr Duration kGoneAfter = 24h;       // the same for a member that is silent or left
constexpr Duration kHoldoverTrusted = 4h;  // beyond that nobody answers for a line that is held
constexpr int kPollsAtOnce = 64;           // then replies have their turn
// A link is polled so many times in its age: the more while every exchange still tells much.
constexpr std::int64_t kAgeInIntervals = 8;
constexpr std::int64_t kYoungAgeInIntervals = 16;
constexpr Duration kYoung = 8s;
// Who polls so rarely counts every datagram, also of the first minutes.
constexpr Duration kSparing = 30s;
constexpr Duration kCarriedPoll = 250ms;    // for the minute in which our own rate is learned
constexpr Duration kContestedPoll = 200ms;  // one may be lost

// A poll's token: whose, and which. Sequences begin at 1 and never come near the end of 2^40.
constexpr int kSequenceBits = 40;
constexpr std::uint64_t kSequenceMask = (std::uint64_t{1} << kSequenceBits) - 1;

std::uint64_t token_of(const Member& member, Sequence sequence) {
    return (static_cast<std::uint64_t>(member.slot) << kSequenceBits) | (sequence & kSequenceMask);
}

// The finalizer of SplitMix64: neighbouring numbers become unlike ones.
std::uint64_t mixed(std::uint64_t value) {
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
    value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
    return value ^ (value >> 31);
}

}  // namespace

Leading::Leading(Context& context, Steering& steering)
    : context_(context), steering_(steering), table_(context.settings.max_members) {
    own_.votes = !context.observing();
    own_.vote = vote_of(context.settings.name);
    poll_interval_ = context.settings.poll_min;
}

void Leading::start(const Moment& now, Heritage heritage) {
    roster_ = std::move(heritage.roster);
    heritage_ = std::move(heritage);
    if (context_.moves.accepted())
        context_.moves.outlive_master();
    else
        context_.moves.drop();
    pull_.go_on(heritage_.pull);
    reign_ = context_.nonces.next();
    begin_term(now);
}

// The cluster goes on by its members' lines: they join at once, and tell.
void Leading::raw_clock_broken(const Moment& now) {
    roster_ = roster();
    stop();
    table_.clear();
    ensemble_ = {};
    cluster_.reset();
    reign_ = context_.nonces.next();
    begin_term(now);
}

void Leading::begin_term(const Moment& now) {
    term_since_ = now.raw;
    round_due_ = now.raw;
    last_round_ = now.raw;
    suspicion_since_.reset();
    carried_since_.reset();
    if (context_.one_candidate())
        ++context_.term;
}

void Leading::stop() {
    for (const Member* member : table_.all()) {
        if (!member->active())
            continue;
        say_goodbye(*member);
    }
}

// If we lost our memory and formed cluster time before the members came, they know later numbers,
// and refuse ours. One alone may say anything; most of them tell where to go on, and at least two
// where several candidates would all have to have forgotten. (These are not asked: if anybody
// forgot, they did.)
void Leading::outgrow_what_most_know() {
    std::size_t active = 0;
    std::size_t later = 0;
    std::uint64_t term = context_.term;
    std::uint64_t epoch = context_.epoch;
    for (const Member* member : table_.all()) {
        if (!member->active() || !member->told || !member->grant.votes ||
            context_.is_candidate(member->name.view()))
            continue;
        ++active;
        const Header& header = member->told->header;
        if (header.term <= context_.term && header.epoch <= context_.epoch)
            continue;
        ++later;
        term = std::max(term, towards(header.term, context_.term));
        epoch = std::max(epoch, towards(header.epoch, context_.epoch));
    }
    const std::size_t fewest = context_.one_candidate() ? 1 : 2;
    if (later < std::max(fewest, majority_of(active)))
        return;
    if (term > context_.term && !context_.one_candidate()) {
        later_term_ = term;
        return;
    }
    if (term > context_.term)
        context_.term = term + 1;
    if (epoch > context_.epoch)
        context_.epoch = epoch + 1;
    context_.actions.push_back(SaveState{.at_once = true});
}

// ---- polls and replies

void Leading::poll(Member& member, const Moment& now) {
    if (!member.active())
        return;
    decide_contest(member, now);
    member.poll_interval = interval_for(member, now.raw);
    const Sequence sequence = member.next_sequence++;
    Poll poll = poll_for(member, member.session, sequence, now);
    if (cluster_ && member.link.measured() && !suspicion_since_ && !carried_since_) {
        const BoundedLine told = member.link.told_to_peer(*cluster_, now.raw);
        if (plausible(told.line.anchor) && plausible(told.line.cluster_at_anchor))
            poll.correction = told;
    }
    member.link.probe.begin(sequence);
    member.note_asked(sequence, now.steady());
    send(member, poll, member.address);
    table_.poll_at(member, now.raw + (member.twin.contends() ? kContestedPoll : apart(member)));
}

// Members that joined together would be polled together for ever, and their replies meet in the
// wires and in our queue: one way would be slower than the other, and nothing in the stamps tells.
Duration Leading::apart(const Member& member) {
    constexpr std::int64_t kParts = 1024;
    const std::uint64_t luck = mixed(member.id.value ^ member.next_sequence);
    const auto part = static_cast<std::int64_t>(luck % kParts) - kParts / 2;
    const Duration interval = member.poll_interval;
    return interval + interval * part / (8 * kParts);
}

void Leading::poll_all(const Moment& now) {
    for (Member* member : table_.all())
        table_.poll_at(*member, now.raw);
}

void Leading::settings_changed(const Moment& now) {
    told_of_waiting_ = false;
    own_.vote = vote_of(context_.settings.name);
    for (Member* member : table_.all())
        member->vote = vote_of(member->name.view());
    poll_all(now);
}

Poll Leading::poll_for(const Member& member, Session session, Sequence sequence,
                       const Moment& now) const {
    Poll poll;
    poll.session = session;
    poll.reign = reign_;
    poll.sequence = sequence;
    poll.next_poll = member.poll_interval;
    const Probe::Completed& last = member.link.probe.last_completed();
    poll.last_sequence = last.sequence;
    poll.last_sent = last.sent;
    poll.last_received = last.received;
    poll.bulletin = bulletin_for(member, now);
    poll.move = announced_move();
    poll.calendar = context_.calendar;
    return poll;
}

void Leading::send(const Member& member, const Poll& poll, const Endpoint& to) {
    context_.send(to, member.id, poll, member.seal.to_peer, token_of(member, poll.sequence));
}

Duration Leading::interval_for(const Member& member, RawTime now) const {
    const Duration age = now - member.link_since;
    const bool sparing = context_.settings.poll_max >= kSparing;
    const std::int64_t intervals =
        (age < kYoung ? kYoungAgeInIntervals : kAgeInIntervals) / (sparing ? 4 : 1);
    const Duration longest = carried_since_
                                 ? std::min<Duration>(kCarriedPoll, context_.settings.poll_max)
                                 : context_.settings.poll_max;
    return std::clamp(age / intervals, context_.settings.poll_min, longest);
}

void Leading::poll_left(std::uint64_t token, const RawStamp& sent) {
    Member* member = table_.in_slot(token >> kSequenceBits);
    if (member != nullptr)
        member->link.probe.sent(token & kSequenceMask, sent);
}

std::optional<SteadyTime> Leading::receive(const Header& header, const Reply& reply,
                                           const RawStamp& received, const Endpoint& from,
                                           const Moment& now) {
    Member* member = table_.find(header.from);
    if (member == nullptr || reply.reign != reign_ || reply.sequence == 0) {
        ++context_.tracking.dropped.replayed;
        return std::nullopt;
    }
    if (const auto knock = member->knocks.settle(reply)) {
        if (is_contested(*member, *knock, now)) {
            contend(*member, *knock, now);
        } else {
            settle(*member, *knock, now);
            learn(*member, header, reply, now);
        }
        return std::nullopt;
    }
    if (reply.session != member->session ||
        !member->link.probe.answered(reply.sequence, reply.poll_received, received)) {
        ++context_.tracking.dropped.replayed;
        return std::nullopt;
    }
    member->address = from;
    learn(*member, header, reply, now);
    expose_twin(*member, reply.sequence, now);
    return member->asked_at(reply.sequence);
}

void Leading::learn(Member& member, const Header& header, const Reply& reply, const Moment& now) {
    member.heard_at = now.raw;
    if (header.term > context_.term)  // ours it has from our poll
        rise_above(header.term);
    std::erase(roster_, member.name.view());
    const bool votes = reply.votes && member.grant.votes;
    member.told =
        Member::Told{header,       reply.raw,   reply.system, reply.system_rate, votes,
                     reply.steers, reply.floor, reply.claim,  reply.move,        reply.outside};
    if (formed())
        count_leaps_as_here(*member.told);
    inherit_move(member);
    Probe& probe = member.link.probe;
    if (const auto exchange =
            probe.complete(reply.last_sequence, reply.last_sent, reply.stamp_error)) {
        member.learned_at = now.raw;
        judge(member, *exchange, member.link.learn(*exchange), now);
    }
    if (const auto exchange = probe.early(reply.sequence, reply.raw, reply.stamp_error))
        judge(member, *exchange, member.link.learn_early(*exchange), now);
}

void Leading::judge(Member& member, const Exchange& exchange, bool possible, const Moment& now) {
    member.measured_at = exchange.middle();
    if (!possible) {
        member.suspect = true;
        member.link_since = now.raw;  // measure it closely again
        suspect(member, now);
    } else if (std::chrono::abs(member.link.surprise()) >= kJump) {
        suspect(member, now);
    }
}

// ---- once a second

void Leading::timer(const Moment& now) {
    for (int polled = 0; polled < kPollsAtOnce; ++polled) {
        Member* member = table_.next_due(now.raw);
        if (member == nullptr)
            break;
        poll(*member, now);
    }
    if (now.raw >= round_due_)
        round(now);
}

RawTime Leading::next_timer() {
    const auto due = table_.earliest_due();
    return due ? std::min(*due, round_due_) : round_due_;
}

void Leading::round(const Moment& now) {
    hold_round(now);
    tally_ = tally();
}

void Leading::hold_round(const Moment& now) {
    const Duration since_last = now.raw - last_round_;
    last_round_ = now.raw;
    round_due_ = now.raw + (formed() ? kRound : kFormingRound);
    forget_the_gone(now.raw);
    if (!formed()) {
        try_to_form(now);
        return;
    }
    if (own_raw_clock_changed()) {
        disown_raw_clock(now);
        return;
    }
    outgrow_what_most_know();
    drive_move(now);
    if (suspicion_holds(now))
        return;
    if (carried_since_) {
        carry_by_members(now);
        return;
    }
    Jury(ensemble_).sit(
        table_.all(), own_, cluster_->line, now.raw, since_last,
        [this](Member& member, MemberState before) { tell_of_change(member, before); });
    keep_cluster_time(now);
}

OwnReading Leading::own_reading(const Moment& now) const {
    return {now,
            own_.vote,
            own_.votes,
            context_.floor,
            steering_.line(),
            context_.epoch,
            rate_of(steering_.kernel().rate),
            steering_.rate_to_save(),
            disowned_,
            last_move()};
}

void Leading::try_to_form(const Moment& now) {
    if (context_.epoch > 0)
        count_leaps_as_most();
    const OwnReading own = own_reading(now);
    voters_ = count_voters(own, {table_.all().data(), table_.size()}, expected_votes());
    if (move_is_open(now))
        return;
    if (few_will_do_)
        voters_.expected = voters_.present;
    const bool all_here = voters_.present >= voters_.expected && !voters_.still_joining;
    const bool waited = now.raw - term_since_ >= kSettling;
    if (!waited && !(all_here && voters_.present > 1 && !voters_.claims))
        return;
    if (voters_.still_joining && now.raw - term_since_ < 2 * kSettling)
        return;
    const auto outside = outside_time(now);
    if (!voters_.claims && !own.line && !few_will_do_ && waits_for_references(now, outside))
        return tell_of_waiting();
    auto formed = form(own, table_.all(), voters_.expected, outside);
    if (heritage_.knows_time && own.line && !context_.moves.pending(own.epoch) &&
        !(formed && formed->continued))
        formed = go_on_by_own(own, table_.all());
    // What we were told a moment ago is no memory of an earlier life.
    if (heritage_.knows_time && own.line && formed && formed->continued)
        formed->rate_sigma = own.line->rate_sigma;
    if (!formed && (few_will_do_ || now.raw - term_since_ >= kNobodyKnows))
        formed = begin_blindly(own);
    if (!formed)
        return tell_of_waiting();
    draw(*formed, now);
    if (formed->continued && !own.cluster_rate) {
        carried_since_ = now.raw;
    } else if (formed->continued) {
        go_on_by_claims(formed->rate_sigma, now.raw);
    }
    if (!formed->blindly)  // that was told already, in other words
        context_.report(ReportKind::cluster_formed, std::to_string(formed->counted), formed->width,
                        formed->continued ? "continued" : "new");
    context_.actions.push_back(SaveState{.at_once = true});
    poll_all(now);
}

void Leading::draw(const Formed& formed, const Moment& now) {
    few_will_do_ = false;
    const bool other_epoch = std::exchange(context_.epoch, formed.epoch) != formed.epoch;
    cluster_ = BoundedLine{};
    cluster_->line = {now.raw, formed.at_now, formed.rate};
    cluster_->bound = formed.doubt;
    begin_with_references(formed, other_epoch, now);
    const double own_rate = formed.continued ? formed.rate : rate_of(steering_.kernel().rate);
    own_.clock = {1 / (1 + own_rate) - 1, formed.own_counted, 0ns};
    own_.counts_from = formed.own_counted ? now.raw : now.raw + kProbation;
    own_.verdict = formed.own_counted ? Verdict{} : off_when_formed(formed.own_off);
    if (disowned_ && !formed.own_counted)
        own_.verdict = {.charge = Charge::oscillator_jumped};
    own_.charge = own_.verdict;
    steering_.follow(*cluster_, now);
}

void Leading::keep_cluster_time(const Moment& now) {
    const Duration since = now.raw - cluster_->line.anchor;
    std::vector<EnsembleInput> inputs;
    inputs.reserve(table_.size() + 1);
    inputs.push_back({&own_.clock, 0, 0, own_.vote});
    poll_interval_ = context_.settings.poll_min;
    for (Member* member : table_.all()) {
        if (member->active())
            poll_interval_ = std::max(poll_interval_, member->poll_interval);
        if (!member->clock.counted || !member->link.measured())
            continue;
        inputs.push_back(
            {&member->clock, member->link.rate(), member->link.rate_sigma(), member->vote});
    }
    cluster_->line = cluster_->line.anchored_at(now.raw);
    const double rate_before = ensemble_.rate();
    ensemble_.steer(inputs, since, poll_interval_);
    follow_references(inputs, now, since, rate_before);
    cluster_->line.rate = (1 + ensemble_.rate()) * (1 + pull_.rate()) - 1;
    cluster_->bound_growth = growth_by_references();
    cluster_->turn = Ensemble::turn_limit(poll_interval_) + Ensemble::kMostTurn;
    drop_doubt_if_all_follow();
    steering_.follow(*cluster_, now);
}

// Cluster time continued from an earlier reign is known to lie within the doubt of what it was.
// Once nobody follows the old line any more, ours is the definition.
void Leading::drop_doubt_if_all_follow() {
    const bool trusted = last_round_ - term_since_ < kHoldoverTrusted;
    if (cluster_->bound > 0ns && !(trusted && somebody_may_go_by_the_old_line()))
        cluster_->bound = 0ns;
}

bool Leading::somebody_may_go_by_the_old_line() const {
    const bool elected = !context_.one_candidate();
    if (!elected && !roster_.empty())
        return true;
    std::size_t followers = 0;
    for (const Member* member : table_.all()) {
        if (!member->active())
            continue;
        ++followers;
        const bool follows = member->told && member->told->header.term == context_.term &&
                             member->told->header.epoch == context_.epoch && member->told->claim;
        if (!follows || member->state == MemberState::silent)
            return true;
    }
    return elected && followers < heritage_.others;
}

std::optional<BoundedLine> Leading::line_to_hold(RawTime now) const {
    if (!cluster_)
        return std::nullopt;
    Duration widest{0};
    for (const Member* member : table_.all()) {
        if (member->active() && member->link.measured())
            widest = std::max(widest, member->link.told_to_peer(*cluster_, now).bound_at(now));
    }
    BoundedLine held = *cluster_;
    const Duration unattended = now - held.line.anchor;
    held.line = held.line.anchored_at(now);
    held.bound += widest + gained(unattended, 2 * kRho);
    held.bound_growth = std::max(held.bound_growth, 2 * kRho + growth_by_references());
    held.turn = BoundedLine{}.turn;  // somebody else's from now on
    return held;
}

void Leading::tell_of_change(Member& member, MemberState before) {
    const std::string name(member.name.view());
    if (member.state == before)
        return;
    if (before == MemberState::silent)
        context_.report(ReportKind::member_returned, name);
    switch (member.state) {
        case MemberState::trusted:
            context_.report(ReportKind::member_trusted, name);
            break;
        case MemberState::excluded:
            if (member.verdict.charge == Charge::on_two_machines)
                break;  // that was told in other words
            context_.report(ReportKind::member_excluded, name, 0ns, to_text(member.verdict));
            break;
        case MemberState::silent:
            context_.report(ReportKind::member_silent, name,
                            last_round_ - member.heard_at.value_or(member.known_since));
            break;
        case MemberState::joining:
        case MemberState::left:
            break;
    }
}

void Leading::forget_the_gone(RawTime now) {
    table_.remove_if([now](const Member& member) {
        const Duration unheard = now - member.heard_at.value_or(member.known_since);
        return unheard > (member.session == 0 ? kKnockPatience : Duration{kGoneAfter});
    });
}

}  // namespace berkeley
