#include "daemon/core/node/following.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

namespace berkeley {
namespace {

constexpr Duration kFirstJoinWait = 100ms;
constexpr Duration kLongestJoinWait = 2s;
constexpr Duration kLeastPatience = 1s;
// What a refusal is for is not mended in a moment, but nobody needs to restart anything then.
constexpr Duration kRefusedJoinWait = 60s;
// Terms, of which a true one takes one. So far a false master takes us in a day, and so many times
// kMostAhead the next one has to go before it is above us.
const BucketSize kTerms{static_cast<double>(kMostAhead) / as_seconds(24h),
                        static_cast<double>(kMostAhead)};

}  // namespace

Following::Following(Context& context, Steering& steering)
    : context_(context), steering_(steering), belief_(context, steering) {
    const Candidate& candidate = context.settings.candidates.front();
    master_.name = candidate.name;
    master_.id = id_of(candidate.name);
    const auto seal = context.seal_with(master_.id, candidate.key);
    ensure(seal.has_value(), "a candidate's key that makes no pair with ours");
    master_.seal = *seal;
}

void Following::start(const Moment& now) {
    oscillator_ = context_.nonces.next();
    belief_.start();
    seek_master(now);
}

void Following::seek_master(const Moment& now) {
    seeking_since_ = now.raw;
    join_at_ = now.raw;
    join_wait_ = kFirstJoinWait;
}

void Following::candidate_found(std::string_view name, const Endpoint& at, const Moment& now) {
    if (name != master_.name || master_.address == at)
        return;
    master_.address = at;
    if (!in_touch_)
        join_at_ = now.raw;
}

void Following::raw_clock_broken(const Moment& now) {
    belief_.forget();
    begin_anew(now);
}

void Following::begin_anew(const Moment& now) {
    session_ = 0;
    joining_ = 0;
    oscillator_ = context_.nonces.next();
    asked_.reset();
    answers_.forget();
    master_clock_ = {};
    raw_clocks_moved_ = false;
    disbelief_.reset();
    in_touch_ = false;
    seek_master(now);
}

void Following::stop() {
    if (session_ == 0 || !master_.address)
        return;
    context_.send(*master_.address, master_.id, Leave{session_, reign_}, master_.seal.to_peer, 0);
}

// ---- polls

void Following::receive(const Header& header, const Poll& poll, const RawStamp& received,
                        const Endpoint& from, const Moment& now) {
    if (!fresh(poll)) {
        ++context_.tracking.dropped.replayed;
        return;
    }
    heard_at_ = now.raw;
    interval_ = std::min<Duration>(poll.next_poll, 1h);
    bulletin_ = poll.bulletin;
    take_term(header, now);
    refusal_.reset();
    compare_raw_clocks(poll, now);
    asked_ = {poll.reign, poll.sequence, received, from, now.raw + kAnswersAfter};
    if (!in_touch_) {
        in_touch_ = true;
        told_goodbye_ = false;
        join_wait_ = kFirstJoinWait;
        context_.report(ReportKind::master_found, master_.name);
    }
    if (poll.correction)
        consider(header, *poll.correction, now);
}

bool Following::fresh(const Poll& poll) {
    if (poll.session == 0 || poll.reign == 0)
        return false;
    if (poll.session == joining_) {
        session_ = joining_;
        joining_ = 0;
        reign_ = poll.reign;
        last_sequence_ = poll.sequence;
        return true;
    }
    if (poll.session != session_ || poll.reign != reign_)
        return false;
    if (poll.sequence <= last_sequence_)
        return false;
    last_sequence_ = poll.sequence;
    return true;
}

void Following::answer(const Moment& now) {
    Reply reply;
    reply.session = session_;
    reply.reign = asked_->reign;
    reply.sequence = asked_->sequence;
    reply.poll_received = asked_->received.at;
    reply.stamp_error = asked_->received.error;
    if (const Answers::Sent last = answers_.last_sent(); last.sequence != 0) {
        reply.last_sequence = last.sequence;
        reply.last_sent = last.at.at;
        reply.stamp_error += last.at.error;
    }
    reply.raw = now.raw;
    reply.system = now.system;
    reply.system_rate = rate_of(steering_.kernel().rate);
    reply.votes = votes();
    reply.steers = !context_.observing() && steering_.state() != NodeState::refusing;
    reply.past_floor = now.system >= context_.floor;
    if (const auto& line = steering_.line(); line && context_.epoch > 0) {
        reply.claim = Claim{line->line.at(now.raw), line->bound_at(now.raw),
                            line->sigma_at(now.raw), line->line.rate, line->rate_sigma};
    }
    answers_.begin(asked_->sequence, asked_->received);
    context_.send(asked_->from, master_.id, reply, master_.seal.to_peer, asked_->sequence);
    asked_.reset();
}

void Following::reply_left(std::uint64_t token, const RawStamp& sent) {
    answers_.left(token, sent);
}

// The same exchanges that the master measures us by tell us of its raw clock, and of ours.
void Following::compare_raw_clocks(const Poll& poll, const Moment& now) {
    const auto exchange = answers_.complete(poll.last_sequence, poll.last_sent, poll.last_received);
    if (!exchange)
        return;
    round_trips_.add(now.raw, exchange->round_trip());
    if (!master_clock_.add(*exchange, 0))
        raw_clocks_moved_ = true;
}

// ---- corrections

// A term that was heard of is not to be forgotten by a crash.
void Following::take_term(const Header& header, const Moment& now) {
    if (header.term <= context_.term || !credible(header.term, context_.term))
        return;
    const auto further = static_cast<double>(header.term - context_.term);
    if (!terms_.holds(kTerms, now.steady(), further))
        return;
    terms_.take(further);
    context_.term = header.term;
    context_.actions.push_back(SaveState{.at_once = true});
}

void Following::consider(const Header& header, const BoundedLine& correction, const Moment& now) {
    if (const auto why = belief_.objection(header, correction, now))
        return refuse(*why, correction, now);
    if (believes_again(now))
        follow(header, correction, now);
}

void Following::follow(const Header& header, const BoundedLine& correction, const Moment& now) {
    raw_clocks_moved_ = false;
    const bool other_epoch = header.epoch != context_.epoch;
    const auto leapt = belief_.believe(header, correction, now);
    context_.epoch = header.epoch;
    const Duration half = round_trips_.empty() ? 0ns : round_trips_.least() / 2;
    steering_.follow(belief_.followable(correction, now, half), now);
    if (leapt)
        context_.report(ReportKind::cluster_time_leapt, master_.name, *leapt,
                        fmt::format("epoch {}", header.epoch));
    if (other_epoch)
        context_.actions.push_back(SaveState{.at_once = true});
}

// Either the master is wrong, or one of the two raw clocks is not what it was: a virtual machine
// was restored, and nothing told. That shows in our own stamps; then all is measured anew.
void Following::refuse(Disbelief why, const BoundedLine& correction, const Moment& now) {
    ++(why == Disbelief::outdated ? context_.tracking.dropped.stale_term
                                  : context_.tracking.corrections_refused);
    disbelieve(why, belief_.apart(correction, now), now);
    const bool may_be_ours = why == Disbelief::contradicts || why == Disbelief::drags;
    if (may_be_ours && raw_clocks_moved_ && refused_.lasts(now.raw) &&
        belief_.may_have_jumped(correction, now))
        find_raw_clock_broken(now);
}

void Following::disbelieve(Disbelief why, Duration apart, const Moment& now) {
    // A master that lost its state learns from its members, within some rounds.
    constexpr Duration kPatienceWithTheOutdated = 10s;
    if (!disbelief_) {
        disbelief_since_ = now.raw;
        disbelief_told_ = false;
        refused_ = {};
    }
    disbelief_ = why;
    refused_.add(now.raw);
    believable_ = {};
    steering_.hold_over();
    if (disbelief_told_ ||
        (why == Disbelief::outdated && disbelieving_for(now) < kPatienceWithTheOutdated))
        return;
    disbelief_told_ = true;
    context_.report(ReportKind::correction_refused, master_.name, apart, std::string(to_text(why)));
}

// Who was refused is followed again when it has been believable for a while: a master that tells
// now this and now that is not followed to and fro.
bool Following::believes_again(const Moment& now) {
    if (!disbelief_)
        return true;
    refused_ = {};
    believable_.add(now.raw);
    if (*disbelief_ != Disbelief::outdated && !believable_.lasts(now.raw))
        return false;
    disbelief_.reset();
    if (disbelief_told_)
        context_.report(ReportKind::master_believed, master_.name, disbelieving_for(now));
    return true;
}

void Following::find_raw_clock_broken(const Moment& now) {
    ++context_.tracking.raw_breaks;
    context_.report(ReportKind::raw_clock_broken, context_.settings.name, 0ns,
                    "it jumped against the raw clock of " + master_.name);
    belief_.raw_clock_jumped();
    steering_.drop_line(now);
    begin_anew(now);
}

// ---- silence, and joining anew

void Following::receive(const Leave& leave, const Moment& now) {
    if (!in_touch_ || leave.session != session_ || leave.reign != reign_) {
        ++context_.tracking.dropped.replayed;
        return;
    }
    lose_touch(now);
    told_goodbye_ = true;
}

void Following::timer(const Moment& now) {
    if (asked_ && now.raw >= asked_->answer_at)
        answer(now);
    if (in_touch_) {
        if (now.raw - *heard_at_ >= patience())
            lose_touch(now);
        return;
    }
    if (now.raw >= join_at_)
        join(now);
}

RawTime Following::next_timer() const {
    const RawTime wanted = in_touch_ ? *heard_at_ + patience() : join_at_;
    return asked_ ? std::min(wanted, asked_->answer_at) : wanted;
}

Duration Following::patience() const {
    return std::max<Duration>(interval_ * 7 / 2, kLeastPatience);
}

void Following::lose_touch(const Moment& now) {
    in_touch_ = false;
    steering_.hold_over();
    context_.report(ReportKind::holdover, master_.name, now.raw - *heard_at_);
    seek_master(now);
}

void Following::join(const Moment& now) {
    join_at_ = now.raw + (refusal_ ? kRefusedJoinWait : join_wait_);
    join_wait_ = std::min<Duration>(join_wait_ * 2, kLongestJoinWait);
    if (!master_.address)
        return;
    joining_ = context_.nonces.next();
    send_join(0);
}

void Following::send_join(Cookie cookie) {
    cookie_ = cookie;
    Join join;
    join.session = joining_;
    join.oscillator = oscillator_;
    join.votes = votes();
    join.name = *NodeName::from(context_.settings.name);
    join.cookie = cookie;
    join.certificate = context_.settings.certificate;
    context_.send(*master_.address, master_.id, join, master_.seal.to_peer, 0);
}

// Its own certificate limits it in the master's eyes, too: to ask for more is to be refused.
bool Following::votes() const {
    const auto& certificate = context_.settings.certificate;
    return !context_.observing() && certificate && certificate->votes;
}

// Whoever heard the Join may have made this one up. None is held back for that: whoever can hear
// and answer faster than the master would then keep the true one out. A false cookie costs one
// datagram, which goes to the master alone and has it send the true one again.
void Following::receive(const Retry& retry) {
    if (joining_ == 0 || retry.session != joining_ || retry.cookie == cookie_ || !master_.address) {
        ++context_.tracking.dropped.replayed;
        return;
    }
    send_join(retry.cookie);
}

void Following::receive(const Refusal& refusal, const Moment& now) {
    if (joining_ == 0 || refusal.session != joining_) {
        ++context_.tracking.dropped.replayed;
        return;
    }
    joining_ = 0;
    join_at_ = now.raw + kRefusedJoinWait;
    if (std::exchange(refusal_, refusal.reason) != refusal.reason) {
        context_.report(ReportKind::refused_by_master, master_.name, 0ns,
                        fmt::format("{}; {}", to_text(refusal.reason), advice(refusal.reason)));
    }
}

// A Join is answered by a poll at once, also of a member that is in touch.
void Following::ask_for_poll(const Moment& now) {
    join_wait_ = kFirstJoinWait;
    join(now);
}

std::optional<Duration> Following::unheard_for(const Moment& now) const {
    if (!heard_at_)
        return std::nullopt;
    return now.raw - *heard_at_;
}

std::optional<Duration> Following::round_trip() const {
    if (round_trips_.empty())
        return std::nullopt;
    return round_trips_.least();
}

std::optional<Duration> Following::poll_interval() const {
    if (!in_touch_)
        return std::nullopt;
    return interval_;
}

}  // namespace berkeley
