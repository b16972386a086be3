#include "daemon/core/node/witnesses.hpp"

#include <algorithm>
#include <cstdlib>

#include "daemon/core/measure/offset_guarantee.hpp"
#include "daemon/core/node/belief.hpp"

namespace berkeley {
namespace {

constexpr std::int64_t kPollsToAQuestion = 32;
constexpr Duration kLeastInterval = 250ms;
constexpr std::uint8_t kInARow = 3;
constexpr Duration kLongestWait = 2s;  // for an answer
constexpr Duration kLeastPatience = 1s;
// Each candidate is asked so often, every other poll, once one contradicts: it takes three to be
// sure, and one more to tell it so.
constexpr std::size_t kCloseRounds = 5;
// Such rounds, at once and in an hour: a witness that says now this and now that is not to have
// everybody ask without end.
constexpr BucketSize kCloseLooks{3.0 / 3600, 3};
// Candidates count a leap second within this of each other, and hear of it from the master.
constexpr Duration kLeapDispute = 10s;
// A master that contradicts himself no more is not believed at once.
constexpr Duration kConvictedFor = 10min;

}  // namespace

Witnesses::Witnesses(Context& context, const Peers& peers, const Opinions* opinions)
    : context_(context), peers_(peers), opinions_(opinions), witnesses_(peers.all().size()) {
    ensure(peers.all().size() >= 2, "witnesses where there is nobody but the master");
}

void Witnesses::told(const Header& header, const BoundedLine& correction, Duration interval,
                     bool believed, const Moment& now) {
    const bool same_reign = told_ && told_->master == header.from && told_->term == header.term;
    const bool same_epoch = same_reign && told_->epoch == header.epoch;
    if (!same_reign)
        conviction_.reset();
    if (!same_epoch)
        witnesses_.assign(witnesses_.size(), {});
    const RawTime since = same_epoch ? told_->epoch_since : now.raw;
    const bool begins_to_doubt = !believed && !(same_reign && !told_->believed);
    told_ = {header.from, header.term, header.epoch, since,
             correction,  now.raw,     interval,     believed};
    if (!ask_at_) {
        turn_ = context_.nonces.next() % witnesses_.size();
        ask_at_ = now.raw + pause();
    }
    if (begins_to_doubt) {
        for (Witness& witness : witnesses_)
            witness.goes_by_it = false;
        look_closely(now);
    }
    weigh(now);
}

void Witnesses::forget() {
    witnesses_.assign(witnesses_.size(), {});
    told_.reset();
    ask_at_.reset();
    closely_ = 0;
    conviction_.reset();
}

void Witnesses::leap(Duration by, RawTime now) {
    leapt_at_ = now;
    if (told_)
        told_->line.line.cluster_at_anchor = told_->line.line.cluster_at_anchor + by;
    for (Witness& witness : witnesses_) {
        witness.low = witness.low + by;
        witness.high = witness.high + by;
    }
}

// What is told then says nothing against the master: who counted the leap second is not told.
bool Witnesses::near_leap(RawTime now) const {
    const auto& coming = context_.calendar.coming;
    return (leapt_at_ && now - *leapt_at_ < kLeapDispute) ||
           (coming && coming->at() - told_->line.line.at(now) < kLeapDispute);
}

bool Witnesses::is_fresh(RawTime now) const {
    return told_ && now - told_->at < std::max<Duration>(told_->interval * 7 / 2, kLeastPatience);
}

std::optional<Told> Witnesses::testimony(const Moment& now) const {
    if (!is_fresh(now.raw))
        return std::nullopt;
    const Told told{told_->term, told_->epoch, told_->line.line.at(now.raw),
                    told_->line.bound_at(now.raw), told_->believed};
    return plausible(told.cluster) ? std::optional(told) : std::nullopt;
}

// ---- asking

// While it is young, a member is polled far more often.
Duration Witnesses::interval() const {
    return std::max<Duration>(told_->interval, kLeastInterval);
}

Duration Witnesses::longest_interval() const {
    return std::max<Duration>(interval(), std::max<Duration>(context_.settings.poll_max, 1s));
}

Duration Witnesses::round() const {
    return interval() * kPollsToAQuestion * static_cast<std::int64_t>(others());
}

// Those that were told together would ask together for ever.
Duration Witnesses::pause() {
    constexpr std::int64_t kParts = 1024;
    if (closely_ > 0)
        return std::max<Duration>(interval() * 2 / static_cast<std::int64_t>(others()), 50ms);
    const auto part = static_cast<std::int64_t>(context_.nonces.next() % kParts);
    const Duration usual = interval() * kPollsToAQuestion;
    return std::max<Duration>(usual * 3 / 4 + usual * part / (2 * kParts), 100ms);
}

void Witnesses::timer(const Moment& now) {
    if (!ask_at_ || now.raw < *ask_at_)
        return;
    ask_at_.reset();  // until he tells us something again
    if (!is_fresh(now.raw))
        return;
    weigh(now);
    ask_next(now);
    closely_ -= std::min<std::size_t>(closely_, 1);
    ask_at_ = now.raw + pause();
}

RawTime Witnesses::next_timer() const {
    return ask_at_.value_or(RawTime{kEnd<RawClock> - 1});
}

void Witnesses::ask_next(const Moment& now) {
    turn_ = (turn_ + 1) % witnesses_.size();
    if (peers_.all()[turn_].id == told_->master)
        turn_ = (turn_ + 1) % witnesses_.size();
    ask(turn_, now);
}

void Witnesses::ask(std::size_t which, const Moment& now) {
    if (!peers_.all()[which].address)
        return;
    Witness& witness = witnesses_[which];
    witness.asked = context_.nonces.next();
    witness.asked_at = now.raw;
    witness.cookie = 0;
    send(which);
}

void Witnesses::send(std::size_t which) {
    const Peer& peer = peers_.all()[which];
    const Witness& witness = witnesses_[which];
    Inquiry inquiry;
    inquiry.session = witness.asked;
    inquiry.name = *NodeName::from(context_.settings.name);
    inquiry.cookie = witness.cookie;
    inquiry.certificate = context_.settings.certificate;
    inquiry.opinion = {told_->term, judgement_on(witness, witness.asked_at)};
    context_.send(*peer.address, peer.id, inquiry, peer.seal.to_peer, 0);
}

// A Retry may be forged, and an answer held back meanwhile: the question counts from when it was
// asked first.
bool Witnesses::receive(const Peer& peer, const Retry& retry) {
    const auto which = static_cast<std::size_t>(&peer - peers_.all().data());
    Witness& witness = witnesses_[which];
    if (!told_ || witness.asked == 0 || retry.session != witness.asked ||
        retry.cookie == witness.cookie || !peer.address)
        return false;
    witness.cookie = retry.cookie;
    send(which);
    return true;
}

void Witnesses::receive(const Peer& peer, const Sighting& sighting, RawTime received,
                        const Moment& now) {
    const auto which = static_cast<std::size_t>(&peer - peers_.all().data());
    Witness& witness = witnesses_[which];
    if (witness.asked == 0 || sighting.session != witness.asked) {
        ++context_.tracking.dropped.replayed;
        return;
    }
    witness.asked = 0;
    if (sighting.told && is_fresh(now.raw) && received >= witness.asked_at &&
        received - witness.asked_at < kLongestWait)
        judge(which, *sighting.told, received, now);
}

// ---- judging

void Witnesses::judge(std::size_t which, const Told& told, RawTime heard, const Moment& now) {
    Witness& witness = witnesses_[which];
    const BoundedLine& line = told_->line;
    if (told.term != told_->term || witness.judged_by == line.line.anchor || near_leap(now.raw))
        return;
    // An honest master's new epoch is not told to all at once.
    if (told.epoch < told_->epoch && now.raw - told_->epoch_since < 4 * longest_interval())
        return;
    const ClusterTime low = line.line.at(witness.asked_at) - line.bound_at(witness.asked_at);
    const ClusterTime high = line.line.at(heard) + line.bound_at(heard);
    const ClusterTime told_low = told.cluster - told.bound;
    const ClusterTime told_high = told.cluster + told.bound;
    const Duration apart = told_low > high   ? told_low - high
                           : told_high < low ? told_high - low
                                             : Duration{0};
    const bool contradicts = apart != 0ns || told.epoch != told_->epoch;
    witness.judged_at = heard;
    witness.judged_by = line.line.anchor;
    witness.low = told_low;
    witness.high = told_high + (heard - witness.asked_at);
    witness.goes_by_it = !contradicts && told.believed && !told_->believed;
    if (!contradicts) {
        witness.contradictions = 0;
    } else {
        witness.contradictions = std::min<std::uint8_t>(witness.contradictions + 1, kInARow + 1);
        if (witness.contradictions == 1)
            look_closely(now);
        if (witness.contradictions == kInARow)
            context_.report(ReportKind::master_contradicted, peers_.all()[which].name, apart,
                            peers_.find(told_->master)->name);
    }
    weigh(now);
}

void Witnesses::look_closely(const Moment& now) {
    if (closely_ > 0 || !close_looks_.holds(kCloseLooks, now.steady()))
        return;
    close_looks_.take();
    closely_ = kCloseRounds * others();
    ask_at_ = now.raw + pause();
}

bool Witnesses::is_recent(const Witness& witness, RawTime now) const {
    return told_ && witness.judged_at && now - *witness.judged_at < 3 * round();
}

bool Witnesses::contradicts(const Witness& witness, RawTime now) const {
    return is_recent(witness, now) && witness.contradictions >= kInARow;
}

Judgement Witnesses::judgement_on(const Witness& witness, RawTime now) const {
    if (contradicts(witness, now))
        return Judgement::contradicts;
    return is_recent(witness, now) && witness.contradictions == 0 ? Judgement::agrees
                                                                  : Judgement::none;
}

void Witnesses::weigh(const Moment& now) {
    std::vector<KeyId> liars;
    for (std::size_t i = 0; i < witnesses_.size(); ++i) {
        if (contradicts(witnesses_[i], now.raw))
            liars.push_back(key_id(peers_.all()[i].key));
    }
    MemberVoices voices;
    if (opinions_ != nullptr && !liars.empty())
        voices = opinions_->voices(told_->term, now.steady() - 3 * round(), liars);
    if (convicts(context_.settings.candidates.size(), liars.size(), voices))
        conviction_ = Conviction{told_->master, told_->term, now.raw};
    else if (conviction_ && now.raw - conviction_->last >= kConvictedFor)
        conviction_.reset();
}

bool Witnesses::majority_goes_by_it(RawTime now) const {
    const auto others = std::ranges::count_if(witnesses_, [this, now](const Witness& witness) {
        return witness.goes_by_it && is_recent(witness, now);
    });
    return told_ && !told_->believed &&
           static_cast<std::size_t>(others) + 1 >= majority_of(context_.settings.candidates.size());
}

std::vector<std::string> Witnesses::contradicting(const Moment& now) const {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < witnesses_.size(); ++i) {
        if (contradicts(witnesses_[i], now.raw))
            names.push_back(peers_.all()[i].name);
    }
    return names;
}

// Whoever of them is wrong: where cluster time may be is in there.
BoundedLine Witnesses::with_their_word(const BoundedLine& held, const Moment& now) const {
    BoundedLine line = held;
    line.line = held.line.anchored_at(now.raw);
    line.bound = held.bound_at(now.raw);
    line.sigma = held.sigma_at(now.raw);
    line.bound_growth = std::max(held.bound_growth, 2 * kRho);
    line.turn = BoundedLine{}.turn;
    const ClusterTime ours = line.line.cluster_at_anchor;
    for (const Witness& witness : witnesses_) {
        if (!contradicts(witness, now.raw))
            continue;
        const Duration age = now.raw - *witness.judged_at;
        const Duration grown = age + gained(age, line.line.rate);
        const Duration spread = gained(age, Belief::kMostRun) + 1ns;
        line.bound = std::max({line.bound, witness.high + grown + spread - ours,
                               ours - (witness.low + grown - spread)});
    }
    return line;
}

}  // namespace berkeley
