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

Following::Following(Context& context, Steering& steering, const Peers& peers, Candidacy* candidacy)
    : context_(context),
      steering_(steering),
      peers_(peers),
      candidacy_(candidacy),
      allegiance_(electorate_of(context.settings), 0),
      master_(peers.all().data()),
      doors_(peers.all().size()),
      belief_(context, steering) {
    ensure(!doors_.empty(), "a node that has nobody to follow");
}

void Following::start(const Moment& now) {
    allegiance_ = Allegiance(electorate_of(context_.settings), context_.term);
    oscillator_ = context_.nonces.next();
    belief_.start();
    seek_master(now);
}

void Following::seek_master(const Moment& now) {
    seeking_since_ = now.raw;
    ask_soon(now);
}

void Following::ask_soon(const Moment& now) {
    join_at_ = now.raw;
    join_wait_ = kFirstJoinWait;
}

void Following::candidate_found(const Moment& now) {
    if (seeking())
        join_at_ = now.raw;
}

void Following::raw_clock_broken(const Moment& now) {
    belief_.forget();
    begin_anew(now);
}

void Following::begin_anew(const Moment& now) {
    oscillator_ = context_.nonces.next();
    begin_again(now);
}

void Following::begin_again(const Moment& now) {
    session_ = 0;
    for (Door& door : doors_)
        door.joining = 0;
    forget_measurements();
    disbelief_.reset();
    in_touch_ = confirmed_ = false;
    seek_master(now);
}

// All that is known by the exchanges with one master is void with another.
void Following::forget_measurements() {
    asked_.reset();
    answers_.forget();
    master_clock_ = {};
    raw_clocks_moved_ = false;
}

void Following::stop() {
    if (session_ == 0 || !master_->address)
        return;
    context_.send(*master_->address, master_->id, Leave{session_, reign_}, master_->seal.to_peer,
                  0);
}

// ---- whom to follow

void Following::voted(const Moment& now) {
    ask_again(now);
}

// There is news; but nobody's word makes us ask without a pause.
void Following::ask_again(const Moment& now) {
    if (!seeking())
        return;
    ask_soon(now);
    if (joined_at_)
        join_at_ = std::max(now.raw, *joined_at_ + kFirstJoinWait);
}

void Following::rest(Term term) {
    stop();
    session_ = 0;
    in_touch_ = confirmed_ = false;
    allegiance_.elected(context_.self, term);
}

void Following::resume(const Moment& now) {
    belief_.go_on_from_held_line(now);
    begin_again(now);
}

bool Following::confirms(const Header& header, const Moment& now) {
    if (context_.one_candidate())
        return take_term(header, now);
    if (const auto own = candidacy_ ? candidacy_->testimony() : std::nullopt)
        allegiance_.heard(context_.self, *own, now.steady());
    if (allegiance_.judge(header.from, header.term, now.steady()) != Allegiance::Verdict::follow)
        return false;
    if (header.term != context_.term) {
        context_.term = header.term;
        context_.actions.push_back(SaveState{.at_once = true});
    }
    return true;
}

void Following::receive(const Header& header, const Direction& direction, const Moment& now) {
    const Peer& peer = *peers_.find(header.from);
    Door& door = door_of(peer);
    if (door.joining == 0 || direction.session != door.joining) {
        ++context_.tracking.dropped.replayed;
        return;
    }
    door.joining = 0;
    door.refusal.reset();
    door.answered_at = now.raw;
    allegiance_.heard(peer.id, direction.testimony, now.steady());
    const bool news = direction.testimony.term > door.testimony.term;
    door.testimony = direction.testimony;
    if (news)
        ask_again(now);
}

// ---- polls

void Following::receive(const Header& header, const Poll& poll, const RawStamp& received,
                        const Endpoint& from, const Moment& now) {
    const Peer& peer = *peers_.find(header.from);
    Door& door = door_of(peer);
    const bool joined = door.joining != 0 && poll.session == door.joining;
    if (poll.session == 0 || poll.reign == 0 || !(joined || goes_on(peer, poll))) {
        ++context_.tracking.dropped.replayed;
        return;
    }
    door.answered_at = now.raw;
    door.refusal.reset();
    const bool confirmed = confirms(header, now);
    if (in_touch_ && &peer != master_ && !confirmed)
        return;  // we stay with whom we have until there is another
    if (joined) {
        door.joining = 0;
        take_on(peer);
        session_ = poll.session;
        reign_ = poll.reign;
    }
    last_sequence_ = poll.sequence;
    if (candidacy_)
        candidacy_->handle(PollHeard{now.steady(), header.from, header.term});
    heard_at_ = now.raw;
    interval_ = std::min<Duration>(poll.next_poll, 1h);
    bulletin_ = poll.bulletin;
    compare_raw_clocks(poll, now);
    asked_ = {header.term, poll.reign, poll.sequence, received, from, now.raw + kAnswersAfter};
    if (!in_touch_ || confirmed_ != confirmed) {
        in_touch_ = true;
        told_goodbye_ = false;
        ask_soon(now);
        if (confirmed)
            context_.report(ReportKind::master_found, master_->name);
    }
    confirmed_ = confirmed;
    if (confirmed)
        heed(header, poll, now);
}

bool Following::goes_on(const Peer& peer, const Poll& poll) const {
    return &peer == master_ && poll.session == session_ && poll.reign == reign_ &&
           poll.sequence > last_sequence_;
}

void Following::take_on(const Peer& peer) {
    if (&peer == master_)
        return;
    master_ = &peer;
    in_touch_ = confirmed_ = false;
    forget_measurements();
    round_trips_ = {};
    disbelief_.reset();
}

// ---- corrections

// Of the one candidate, who needs nobody to confirm him. A term that was heard of is not to be
// forgotten by a crash.
bool Following::take_term(const Header& header, const Moment& now) {
    if (header.term <= context_.term || !credible(header.term, context_.term))
        return true;
    const auto further = static_cast<double>(header.term - context_.term);
    if (!terms_.holds(kTerms, now.steady(), further))
        return true;
    terms_.take(further);
    context_.term = header.term;
    context_.actions.push_back(SaveState{.at_once = true});
    return true;
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
    if (other_epoch || !steering_.line()) {
        context_.calendar.leaps = told_calendar_.leaps;
        context_.calendar.coming.reset();
    }
    context_.epoch = header.epoch;
    const Duration half = round_trips_.empty() ? 0ns : round_trips_.least() / 2;
    steering_.follow(belief_.followable(correction, now, half, interval_), now);
    if (leapt)
        context_.report(ReportKind::cluster_time_leapt, master_->name, *leapt,
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
    context_.report(ReportKind::correction_refused, master_->name, apart,
                    std::string(to_text(why)));
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
        context_.report(ReportKind::master_believed, master_->name, disbelieving_for(now));
    return true;
}

void Following::find_raw_clock_broken(const Moment& now) {
    ++context_.tracking.raw_breaks;
    context_.report(ReportKind::raw_clock_broken, context_.settings.name, 0ns,
                    "it jumped against the raw clock of " + master_->name);
    belief_.raw_clock_jumped();
    steering_.drop_line(now);
    begin_anew(now);
}

// ---- silence, and joining anew

void Following::receive(const Header& header, const Leave& leave, const Moment& now) {
    if (!in_touch_ || header.from != master_->id || leave.session != session_ ||
        leave.reign != reign_) {
        ++context_.tracking.dropped.replayed;
        return;
    }
    lose_touch(now);
    told_goodbye_ = true;
}

void Following::timer(const Moment& now) {
    if (asked_ && now.raw >= asked_->answer_at)
        answer(now);
    if (in_touch_ && now.raw - *heard_at_ >= patience())
        lose_touch(now);
    if (seeking() && now.raw >= join_at_)
        join(now);
}

RawTime Following::next_timer() const {
    RawTime next = in_touch_ ? *heard_at_ + patience() : join_at_;
    if (seeking())
        next = std::min(next, join_at_);
    return asked_ ? std::min(next, asked_->answer_at) : next;
}

Duration Following::patience() const {
    return std::max<Duration>(interval_ * 7 / 2, kLeastPatience);
}

void Following::lose_touch(const Moment& now) {
    if (confirmed_)
        context_.report(ReportKind::holdover, master_->name, now.raw - *heard_at_);
    in_touch_ = confirmed_ = false;
    steering_.hold_over();
    seek_master(now);
}

// Whom it is in touch with it need not ask, but the others, of him.
void Following::join(const Moment& now) {
    joined_at_ = now.raw;
    wait_for_more(now);
    for (const Peer& peer : peers_.all()) {
        if (in_touch_ && &peer == master_)
            continue;
        join(peer);
    }
}

void Following::wait_for_more(const Moment& now) {
    join_at_ = now.raw + (all_refuse() ? kRefusedJoinWait : join_wait_);
    join_wait_ = std::min<Duration>(join_wait_ * 2, kLongestJoinWait);
}

bool Following::all_refuse() const {
    return std::ranges::all_of(doors_, [](const Door& door) { return door.refusal.has_value(); });
}

void Following::join(const Peer& peer) {
    if (!peer.address)
        return;
    door_of(peer).joining = context_.nonces.next();
    send_join(peer, 0);
}

void Following::send_join(const Peer& peer, Cookie cookie) {
    Door& door = door_of(peer);
    door.cookie = cookie;
    Join join;
    join.session = door.joining;
    join.oscillator = oscillator_;
    join.votes = votes();
    join.name = *NodeName::from(context_.settings.name);
    join.cookie = cookie;
    join.certificate = context_.settings.certificate;
    context_.send(*peer.address, peer.id, join, peer.seal.to_peer, 0);
}

// Whoever heard the Join may have made this one up. None is held back for that: whoever can hear
// and answer faster than the master would then keep the true one out. A false cookie costs one
// datagram, which goes to the master alone and has it send the true one again.
void Following::receive(const Header& header, const Retry& retry) {
    const Peer& peer = *peers_.find(header.from);
    const Door& door = door_of(peer);
    if (door.joining == 0 || retry.session != door.joining || retry.cookie == door.cookie ||
        !peer.address) {
        ++context_.tracking.dropped.replayed;
        return;
    }
    send_join(peer, retry.cookie);
}

void Following::receive(const Header& header, const Refusal& refusal, const Moment& now) {
    const Peer& peer = *peers_.find(header.from);
    Door& door = door_of(peer);
    if (door.joining == 0 || refusal.session != door.joining) {
        ++context_.tracking.dropped.replayed;
        return;
    }
    door.joining = 0;
    door.answered_at = now.raw;
    if (std::exchange(door.refusal, refusal.reason) != refusal.reason) {
        context_.report(ReportKind::refused_by_master, peer.name, 0ns,
                        fmt::format("{}; {}", to_text(refusal.reason), advice(refusal.reason)));
    }
    if (all_refuse())
        join_at_ = now.raw + kRefusedJoinWait;
}

// A Join is answered by a poll at once, also of a member that is in touch.
void Following::ask_for_poll(const Moment& now) {
    join_wait_ = kFirstJoinWait;
    if (!in_touch_)
        return join(now);
    wait_for_more(now);
    join(*master_);
}

std::vector<std::string> Following::candidates_that_answer(bool answer, const Moment& now) const {
    constexpr Duration kLately = 3 * kLongestJoinWait;
    std::vector<std::string> names;
    for (const Peer& peer : peers_.all()) {
        const auto& at = door_of(peer).answered_at;
        if ((at && now.raw - *at < kLately) == answer)
            names.push_back(peer.name);
    }
    return names;
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

}  // namespace berkeley
