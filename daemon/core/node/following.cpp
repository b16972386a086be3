#include "daemon/core/node/following.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "daemon/core/node/moving.hpp"

namespace berkeley {
namespace {

// Terms, of which a true one takes one. So far a false master takes us in a day, and so many times
// kMostAhead the next one has to go before it is above us.
const BucketSize kTerms{static_cast<double>(kMostAhead) / as_seconds(24h),
                        static_cast<double>(kMostAhead)};
constexpr Duration kFarTermLasts = 1h;

// Not of counts, nor of what no clock reads.
bool is_of_clocks(Disbelief why) {
    return why == Disbelief::contradicts || why == Disbelief::drags;
}

}  // namespace

Following::Following(Context& context, Steering& steering, const Peers& peers, Candidacy* candidacy,
                     Witnesses* witnesses)
    : context_(context),
      steering_(steering),
      peers_(peers),
      candidacy_(candidacy),
      witnesses_(witnesses),
      allegiance_(electorate_of(context.settings), 0),
      master_(peers.all().data()),
      doors_(peers.all().size()),
      belief_(context, steering) {
    ensure(!doors_.empty(), "a node that has nobody to follow");
}

void Following::start(const Moment& now, std::uint64_t oscillator) {
    allegiance_ = Allegiance(electorate_of(context_.settings), context_.term);
    oscillator_ = oscillator != 0 && steering_.line() ? oscillator : context_.nonces.next();
    belief_.start();
    seek_master(now);
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
    if (witnesses_)
        witnesses_->forget();
}

void Following::stop() {
    if (session_ == 0 || !master_->address)
        return;
    context_.send(*master_->address, master_->id, Leave{session_, reign_}, master_->seal.to_peer,
                  0);
}

// ---- whom to follow

void Following::rest(Term term) {
    stop();
    session_ = 0;
    in_touch_ = confirmed_ = false;
    forget_measurements();
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
        candidacy_->handle(PollHeard{now.steady(), header.from, header.term, confirmed});
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
    if (confirmed && hear_move(header, poll, now))
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
// forgotten by a crash. One that is too far, told for an hour, is the cluster's all the same: it is
// gone towards, that this node is not left behind by it for ever.
bool Following::take_term(const Header& header, const Moment& now) {
    if (credible(header.term, context_.term))
        far_term_since_.reset();
    else if (!far_term_since_)
        far_term_since_ = now.steady();
    if (header.term <= context_.term ||
        (far_term_since_ && now.steady() - *far_term_since_ < kFarTermLasts))
        return true;
    const std::uint64_t further = std::min(header.term - context_.term, kMostAhead);
    if (!terms_.holds(kTerms, now.steady(), static_cast<double>(further)))
        return true;
    terms_.take(static_cast<double>(further));
    context_.term += further;
    context_.actions.push_back(SaveState{.at_once = true});
    return true;
}

void Following::consider(const Header& header, const BoundedLine& correction, const Moment& now) {
    const auto why = belief_.objection(header, correction, now);
    if (witnesses_ && (!why || is_of_clocks(*why)))
        hear_witnesses(header, correction, !why && !disbelief_, now);
    if (why) {
        last_refused_ = Refused{header, correction};
        return refuse(*why, correction, now);
    }
    if (witnesses_ && witnesses_->conviction())
        return refuse(Disbelief::convicted, correction, now);
    if (believes_again(now))
        follow(header, correction, now);
}

// One that is told what is not so has believed it: its bound takes in what the others are told.
void Following::hear_witnesses(const Header& header, const BoundedLine& correction, bool believed,
                               const Moment& now) {
    witnesses_->told(header, correction, interval_, believed, now);
    const auto& held = steering_.line();
    if (!witnesses_->conviction() || !held)
        return;
    const BoundedLine widened = witnesses_->with_their_word(*held, now);
    if (widened.bound > held->bound_at(now.raw))
        steering_.hold(widened);
}

std::vector<std::string> Following::contradicting(const Moment& now) const {
    return witnesses_ ? witnesses_->contradicting(now) : std::vector<std::string>{};
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
    if (leapt && *leapt < 0ns)
        lower_floor(context_, correction.line.at(now.raw));
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
    const bool may_be_ours =
        raw_clocks_moved_ || (witnesses_ && witnesses_->majority_goes_by_it(now.raw));
    if (is_of_clocks(why) && may_be_ours && refused_.lasts(now.raw) &&
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
                    raw_clocks_moved_ ? "it jumped against the raw clock of " + master_->name
                                      : "most candidates go by what this node is told, too");
    belief_.raw_clock_jumped();
    steering_.drop_line(now);
    begin_anew(now);
}

std::optional<Duration> Following::round_trip() const {
    if (round_trips_.empty())
        return std::nullopt;
    return round_trips_.least();
}

}  // namespace berkeley
