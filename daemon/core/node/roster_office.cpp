// To hold a roster, to learn the next one, and to tell it.
#include "daemon/core/node/roster_office.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "daemon/core/contract.hpp"
#include "daemon/core/election/timing.hpp"

namespace berkeley {
namespace {

constexpr Duration kLongestWait = 1s;     // for a part of a change
constexpr Duration kAfterNonsense = 10s;  // before that node is asked again
constexpr Duration kBetweenSaves = 5s;    // of what could not be saved
constexpr Duration kLately = 3s;
constexpr std::size_t kMostPast = 8;  // each costs a pair of keys

std::string names_of(const Roster& roster) {
    std::vector<std::string_view> names;
    for (const TokenCandidate& each : roster.candidates)
        names.push_back(each.name.view());
    return fmt::format("{}", fmt::join(names, ", "));
}

Roster roster_of(const NodeSettings& settings) {
    Roster roster{.serial = settings.roster, .candidates = {}, .former = settings.former_keys};
    for (const Candidate& each : settings.candidates)
        roster.candidates.push_back({NodeName::from(each.name).value(), "", 0, each.key});
    return roster;
}

}  // namespace

// What cannot be checked was told at the start, and is not here.
void RosterOffice::start(SavedRoster saved, Duration promise, const Moment& now) {
    const NodeSettings& settings = context_.settings;
    chain_ = std::move(saved.chain);
    if (chain_.founding.candidates.empty())
        chain_.founding = roster_of(settings);
    auto rosters = rosters_of(chain_, settings.cluster);
    ensure(rosters.has_value(), "a roster that does not follow on that of the configuration");
    rosters_ = *std::move(rosters);
    if (saved.signed_change && saved.signed_change->serial == roster().serial + 1) {
        signed_ = std::move(saved.signed_change);
        signed_in_ = saved.signed_in;
    }
    taken_up(promise, now);
}

void RosterOffice::taken_up(Duration promise, const Moment& now) {
    ensure(roster().serial == context_.settings.roster, "another roster than the one that is held");
    look_at_candidates();
    const ElectionTiming timing = election_timing(context_.settings.poll_max);
    settled_at_ = now.steady() + std::max(promise, timing.promise) + timing.campaign;
    past_.clear();
    for (auto each = chain_.changes.rbegin();
         each != chain_.changes.rend() && past_.size() < kMostPast; ++each) {
        const TokenCandidate& node = each->change.node;
        const NodeId id = id_of(node.name.view());
        if (each->change.step == RosterStep::promote ||
            roster().find(node.name.view()) != nullptr || id == context_.self ||
            past(id) != nullptr)
            continue;
        if (const auto seal = context_.seal_with(id, node.key))
            past_.push_back({id, *seal});
    }
}

const RosterOffice::Past* RosterOffice::past(NodeId id) const {
    const auto found = std::ranges::find(past_, id, &Past::id);
    return found == past_.end() ? nullptr : &*found;
}

bool RosterOffice::was_candidate(const PublicKey& key) const {
    return std::ranges::any_of(rosters_, [&key](const Roster& each) {
        return each.rank_of(key) || std::ranges::count(each.former, key) > 0;
    });
}

std::optional<TokenCandidate> RosterOffice::candidate(std::string_view name) const {
    for (auto each = rosters_.rbegin(); each != rosters_.rend(); ++each) {
        if (const TokenCandidate* found = each->find(name))
            return *found;
    }
    return std::nullopt;
}

Electorate RosterOffice::electorate() const {
    std::vector<NodeId> ids;
    for (const TokenCandidate& each : roster().candidates)
        ids.push_back(id_of(each.name.view()));
    return Electorate(ids);
}

bool RosterOffice::was_alone() const {
    if (rosters_.size() < 2)
        return false;
    const auto& before = rosters_[rosters_.size() - 2].candidates;
    return before.size() == 1 && id_of(before.front().name.view()) == context_.self;
}

// ---- who holds what

void RosterOffice::look_at_candidates() {
    std::vector<Heard> heard;
    for (const TokenCandidate& each : roster().candidates) {
        const NodeId id = id_of(each.name.view());
        const auto known = std::ranges::find(heard_, id, &Heard::id);
        heard.push_back(known == heard_.end() ? Heard{id, std::nullopt, {}} : *known);
    }
    heard_ = std::move(heard);
}

bool RosterOffice::holds_it(NodeId id) const {
    const auto known = std::ranges::find(heard_, id, &Heard::id);
    return known != heard_.end() && known->serial && *known->serial >= context_.roster;
}

bool RosterOffice::others_hold_it(const Moment& now) const {
    return std::ranges::all_of(heard_, [&](const Heard& each) {
        return !each.serial || now.raw - each.at > kLately || *each.serial >= context_.roster;
    });
}

// ---- to learn

// Asked at every datagram.
bool RosterOffice::heard(NodeId from, RosterSerial serial, const Moment& now) {
    const auto known = std::ranges::find(heard_, from, &Heard::id);
    if (known != heard_.end())
        *known = {from, std::max(known->serial.value_or(0), serial), now.raw};
    const bool failed = failed_ && failed_->who == from && now.raw < failed_->until;
    return serial > roster().serial && !asking_ && !failed &&
           chain_.changes.size() < kMostRosterChanges;
}

void RosterOffice::learn_from(const Source& from, RosterSerial told, const Moment& now) {
    asking_ = Asking{.from = from,
                     .session = context_.nonces.next(),
                     .cookie = 0,
                     .serial = static_cast<RosterSerial>(roster().serial + 1),
                     .told = told,
                     .part = 0,
                     .bytes = {},
                     .at = now.raw};
    ask(now);
}

void RosterOffice::ask(const Moment& now) {
    asking_->at = now.raw;
    send_ask();
}

void RosterOffice::send_ask() {
    const RosterAsk ask{asking_->session, NodeName::from(context_.settings.name).value(),
                        asking_->cookie,  context_.settings.certificate,
                        asking_->serial,  asking_->part};
    context_.send(asking_->from.address, asking_->from.id, ask, asking_->from.key, 0);
}

// Anybody may have sent it: it costs one datagram, which goes to whom we asked.
bool RosterOffice::receive(NodeId from, const Retry& retry) {
    if (!asking_ || from != asking_->from.id || retry.session != asking_->session ||
        retry.cookie == asking_->cookie)
        return false;
    asking_->cookie = retry.cookie;
    send_ask();
    return true;
}

void RosterOffice::give_up(Duration pause, const Moment& now) {
    failed_ = {asking_->from.id, now.raw + pause};
    asking_.reset();
}

void RosterOffice::receive_change(NodeId from, const RosterPart& part, const Moment& now) {
    if (!asking_ || from != asking_->from.id || part.session != asking_->session ||
        part.serial != asking_->serial || (part.parts != 0 && part.part != asking_->part)) {
        ++context_.tracking.dropped.replayed;
        return;
    }
    if (part.parts == 0) {
        if (peers_.find(from) != nullptr &&
            std::exchange(context_.roster_out_of_reach, asking_->told) != asking_->told)
            context_.report(ReportKind::roster_out_of_reach, context_.settings.name, 0ns,
                            fmt::format("{}", asking_->told));
        return give_up(kAfterNonsense, now);
    }
    if (part.parts > kMostRosterParts || part.part >= part.parts || part.size > part.bytes.size())
        return give_up(kAfterNonsense, now);
    asking_->bytes.insert(asking_->bytes.end(), part.bytes.begin(), part.bytes.begin() + part.size);
    if (++asking_->part < part.parts)
        return ask(now);
    const auto change = decode_signed_change(asking_->bytes);
    if (!change || !changed(roster(), *change, context_.settings.cluster))
        return give_up(kAfterNonsense, now);
    const Asking done = *std::exchange(asking_, std::nullopt);
    learn(*change, now);
    if (done.told > roster().serial && chain_.changes.size() < kMostRosterChanges)
        learn_from(done.from, done.told, now);
}

void RosterOffice::learn(const SignedChange& change, const Moment& now) {
    auto next = changed(roster(), change, context_.settings.cluster);
    ensure(next.has_value(), "a change that is not good");
    stop_proposing("another change came to be");
    chain_.changes.push_back(change);
    rosters_.push_back(*std::move(next));
    look_at_candidates();
    signed_.reset();
    signed_in_ = 0;
    asked_for_.reset();
    context_.roster_out_of_reach.reset();
    want_saved(now);
}

// ---- the disk

void RosterOffice::want_saved(const Moment& now) {
    save_again_at_ = now.raw + kBetweenSaves;
    context_.actions.push_back(SaveRoster{++generation_});
}

void RosterOffice::saved(const RosterSaved& event) {
    if (event.generation != generation_ || saved_ == generation_)
        return;
    const auto pending = std::exchange(pending_, std::nullopt);
    const Peer* proposer = pending ? peers_.find(pending->to) : nullptr;
    if (!event.good) {
        if (proposer != nullptr)
            say(*proposer, pending->at, pending->session, RosterAnswer::not_saved);
        return;
    }
    saved_ = generation_;
    save_again_at_.reset();
    if (proposer != nullptr && signed_) {
        context_.report(ReportKind::roster_signed, proposer->name, 0ns,
                        in_words(signed_->step, signed_->node.name.view()));
        say(*proposer, pending->at, pending->session, RosterAnswer::signed_it);
    }
    if (roster().serial == context_.roster)
        return;
    context_.roster = roster().serial;
    context_.report(ReportKind::roster_held, context_.settings.name, 0ns,
                    fmt::format("{}: {}", roster().serial, names_of(roster())));
    context_.actions.push_back(AdoptRoster{});
}

// ---- to tell

RosterPart RosterOffice::answer(const RosterAsk& ask) const {
    RosterPart part{.session = ask.session,
                    .of = RosterPartOf::change,
                    .serial = ask.serial,
                    .part = ask.part,
                    .parts = 0,
                    .size = 0,
                    .bytes = {}};
    const SignedChange* change =
        ask.serial <= context_.roster ? chain_.making(ask.serial) : nullptr;
    if (change == nullptr)
        return part;
    const std::vector<std::uint8_t> bytes = encode(*change);
    const std::size_t begin = std::min(ask.part * kRosterPartSize, bytes.size());
    const std::size_t size = std::min(kRosterPartSize, bytes.size() - begin);
    part.parts = static_cast<std::uint8_t>((bytes.size() + kRosterPartSize - 1) / kRosterPartSize);
    part.size = static_cast<std::uint8_t>(size);
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(begin), size, part.bytes.begin());
    return part;
}

// ---- time

void RosterOffice::timer(const Moment& now) {
    if (asking_ && now.raw - asking_->at >= kLongestWait)
        give_up(kLongestWait, now);
    if (save_again_at_ && now.raw >= *save_again_at_)
        want_saved(now);
    if (proposal_ && now.raw >= proposal_->push_at)
        push(now);
}

RawTime RosterOffice::next_timer() const {
    RawTime next{kEnd<RawClock>};
    if (asking_)
        next = std::min(next, asking_->at + kLongestWait);
    if (save_again_at_)
        next = std::min(next, *save_again_at_);
    if (proposal_)
        next = std::min(next, proposal_->push_at);
    return next;
}

}  // namespace berkeley
