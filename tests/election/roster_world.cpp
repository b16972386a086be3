#include "tests/election/roster_world.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

namespace berkeley::test {
namespace {

constexpr Duration kTick = 5ms;
constexpr Duration kDisk = 5ms;
constexpr Duration kChores = 900ms;
constexpr Duration kLongestWait = 10s;
constexpr Duration kBetweenEnrols = 500ms;

std::string name_of(std::size_t host) {
    return {static_cast<char>('a' + host)};
}

Roster founding(std::size_t candidates) {
    Roster roster;
    for (std::size_t host = 0; host < candidates; ++host)
        roster.candidates.push_back({NodeName::from(name_of(host)).value(), "192.0.2.1",
                                     static_cast<std::uint16_t>(host + 1),
                                     public_key(name_of(host))});
    return roster;
}

}  // namespace

RosterWorld::RosterWorld(std::uint64_t seed, std::size_t candidates)
    : random_(seed), hosts_(kHosts) {
    rosters_[0] = founding(candidates);
    for (std::size_t host = 0; host < kHosts; ++host) {
        hosts_[host].name = name_of(host);
        hosts_[host].roster = {{founding(candidates), {}}, std::nullopt};
        if (candidates > 1 || host < candidates)
            start(host);
    }
}

std::size_t RosterWorld::pick(std::size_t below) {
    return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_);
}

// Whoever was none has the certificate that it was granted, or one of one of the first three.
NodeSettings RosterWorld::settings_by(const Host& host, const Roster& roster) const {
    NodeSettings settings = bench_settings(host.name, "a");
    settings.candidates.clear();
    for (const TokenCandidate& each : roster.candidates)
        settings.candidates.push_back({std::string(each.name.view()), each.key});
    settings.roster = roster.serial;
    settings.former_keys = roster.former;
    settings.expect = 2;
    settings.certificate.reset();
    const PublicKey own = public_key(host.name);
    if (std::ranges::count(roster.former, own) > 0)
        settings.certificate = certificate_for(host.name, host.name);
    else if (!roster.rank_of(own) && host.granted)
        settings.certificate = host.granted;
    else if (!roster.rank_of(own))
        settings.certificate =
            certificate_for(host.name, name_of(static_cast<std::size_t>(host.name[0]) % 3));
    return settings;
}

void RosterWorld::start(std::size_t host) {
    Host& it = hosts_[host];
    it.settings = settings_by(it, rosters_of(it.roster.chain, kBenchCluster)->back());
    it.bench = std::make_unique<NodeBench>(
        it.settings, kBenchStart + now_ + Duration{static_cast<std::int64_t>(pick(400'000))});
    it.bench->suspend(now_);  // its steady clock goes on
    it.trust_saves = it.roster_saves = it.successions = 0;
    it.succeeding_since.reset();
    it.bench->on_send = [this, host](const NodeBench::Sent& sent) { send(host, sent); };
    SavedState saved = it.state;
    saved.line.reset();  // another boot
    it.bench->on_disk = saved;
    it.bench->start(saved, it.trust, it.roster);
    resolve(host);
}

InvitationId RosterWorld::invite(bool candidate) {
    bench(0).feed(InvitationWanted{bench(0).now(), true, 1h, candidate});
    return bench(0).invitations.back();
}

void RosterWorld::join(std::size_t host, InvitationId by) {
    hosts_[host].joins_by = by;
    hosts_[host].asks_at = now_;
}

// What berkeleyctl does on a machine that has no daemon yet.
void RosterWorld::ask_to_come_in(std::size_t host) {
    Host& it = hosts_[host];
    if (!it.joins_by || now_ < it.asks_at)
        return;
    it.asks_at = now_ + kBetweenEnrols;
    const InvitationSecret secret = invitation_secret(*node_key("a"), kBenchCluster, *it.joins_by);
    const Enrol enrol{*it.joins_by, host + 1, NodeName::from(it.name).value(), public_key(it.name)};
    Datagram datagram = encode({id_of(it.name), id_of("a"), 0, 0}, enrol);
    seal(datagram, enrolment_key(secret, kBenchCluster, id_of(it.name), id_of("a")));
    enrols.push_back(datagram);
    inject(datagram, host, 0);
}

void RosterWorld::hear_admission(const Flying& datagram) {
    intercepted.push_back(datagram.bytes);
    Host& it = hosts_[datagram.to];
    const auto envelope = decode(datagram.bytes);
    const auto* admission = envelope ? std::get_if<Admission>(&envelope->message) : nullptr;
    if (!it.joins_by || admission == nullptr || !admission->certificate)
        return;
    it.joins_by.reset();
    it.granted = admission->certificate;
    Roster of_today =
        hosts_[datagram.from].settings.roster == 0 ? rosters_.begin()->second : roster();
    of_today.foreseen.reset();  // of which no token tells
    it.roster = {{of_today, {}}, std::nullopt};
    start(datagram.to);
}

void RosterWorld::inject(const Datagram& datagram, std::size_t from, std::size_t to) {
    if (pick(1000) >= loss)
        flying_.emplace(now_ + 200us + Duration{static_cast<std::int64_t>(pick(3'000'000))},
                        Flying{from, to, datagram});
}

void RosterWorld::resolve(std::size_t host) {
    Host& it = hosts_[host];
    for (const Candidate& each : it.settings.candidates) {
        if (each.name != it.name)
            it.bench->feed(
                CandidateResolved{it.bench->now(), each.name,
                                  endpoint(static_cast<std::uint16_t>(each.name[0] - 'a' + 1))});
    }
}

void RosterWorld::send(std::size_t from, const NodeBench::Sent& sent) {
    const std::size_t to = sent.to.port - std::size_t{1};
    hosts_[from].bench->sent.clear();
    if (to >= kHosts || (passes && !passes(from, to)))
        return;
    inject(sent.bytes, from, to);
}

void RosterWorld::deliver() {
    while (!flying_.empty() && flying_.begin()->first <= now_) {
        const Flying datagram = flying_.begin()->second;
        flying_.erase(flying_.begin());
        if (up(datagram.to))
            bench(datagram.to)
                .receive(datagram.bytes, endpoint(static_cast<std::uint16_t>(datagram.from + 1)));
        else
            hear_admission(datagram);
    }
}

void RosterWorld::run(Duration time) {
    const Duration end = now_ + time;
    while (now_ < end) {
        now_ += kTick;
        while (!plans_.empty() && plans_.begin()->first <= now_) {
            const auto what = std::move(plans_.begin()->second);
            plans_.erase(plans_.begin());
            what();
        }
        deliver();
        for (std::size_t host = 0; host < kHosts; ++host) {
            ask_to_come_in(host);
            if (!up(host))
                continue;
            bench(host).pass(kTick);
            look_after(host);
        }
        check();
    }
}

// Its disk, and what the daemon does with a later roster.
void RosterWorld::look_after(std::size_t host) {
    Host& it = hosts_[host];
    it.state = it.bench->on_disk;
    write_trust(host);
    if (it.bench->roster_saves.size() > it.roster_saves) {
        it.roster_saves = it.bench->roster_saves.size();
        const std::uint64_t generation = it.bench->roster_saves.back();
        it.bench->plan(kDisk, [this, host, generation, saved = it.bench->node().saved_roster()] {
            hosts_[host].roster = saved;
            bench(host).feed(RosterSaved{bench(host).now(), generation, true});
        });
    }
    if (it.bench->successions > it.successions) {
        it.successions = it.bench->successions;
        if (!it.succeeding_since)
            it.succeeding_since = now_;
        it.looks_at = now_;
    }
    if (it.succeeding_since && now_ >= *it.looks_at)
        look_after_succession(host);
}

void RosterWorld::write_trust(std::size_t host) {
    Host& it = hosts_[host];
    if (it.bench->trust_saves.size() == it.trust_saves)
        return;
    it.trust_saves = it.bench->trust_saves.size();
    const std::uint64_t generation = it.bench->trust_saves.back();
    it.bench->plan(kDisk, [this, host, generation, saved = it.bench->node().registry()->content()] {
        hosts_[host].trust = saved;
        bench(host).feed(TrustSaved{bench(host).now(), generation, true});
    });
}

void RosterWorld::look_after_succession(std::size_t host) {
    Host& it = hosts_[host];
    it.looks_at = now_ + kChores;
    if (it.roster.chain != it.bench->node().saved_roster().chain)
        return;  // a later one is being written
    const Moment now = it.bench->now();
    const RosterSucceeds succeeds = it.bench->node().roster_succeeds(now);
    const Roster next = it.bench->node().roster().roster;
    switch (next_step(succeeds, now_ - *it.succeeding_since < kLongestWait)) {
        case SuccessionStep::wait:
            return;
        case SuccessionStep::lead_on:
            it.succeeding_since.reset();
            it.settings = settings_by(it, next);
            it.bench->feed(RosterTakenUp{now, it.settings});
            return resolve(host);
        case SuccessionStep::hand_over:
            return it.bench->feed(HandoverRequested{now, succeeds.successor});
        case SuccessionStep::end_reign:
            it.bench->feed(StopRequested{now});
            return begin_anew(host);
        case SuccessionStep::begin_anew:
            return begin_anew(host);
    }
}

void RosterWorld::begin_anew(std::size_t host) {
    Host& it = hosts_[host];
    const NodeBench& before = *it.bench;
    const Moment now = it.bench->now();
    SavedState saved = before.node().saved_state(now);
    const ClockStanding standing = before.node().clock_standing(now);
    if (before.node().registry() != nullptr)
        it.trust = before.node().registry()->content();
    const bool voted = before.node().registry() != nullptr && it.settings.candidates.size() > 1;
    const NodeSettings next = settings_by(it, before.node().roster().roster);
    if (!voted && !next.certificate && standing.term > 0 && standing.master != NodeId{})
        saved.election = {standing.term, standing.master, election_timing(1s).promise};
    it.settings = next;
    it.succeeding_since.reset();
    it.state = saved;
    it.bench->on_disk = saved;
    it.bench->begin_anew(next, saved, it.trust, before.node().saved_roster(),
                         before.node().going_on(), before.node().bound(now));
    resolve(host);
}

void RosterWorld::wish(RosterStep step, std::size_t host) {
    const std::size_t master = leader();
    if (master == kHosts)
        return;
    NodeBench& there = bench(master);
    const RosterWish wanted{step, NodeName::from(name_of(host)).value(), "", 0};
    there.feed(RosterWanted{there.now(), wanted});
}

std::size_t RosterWorld::leader() const {
    for (std::size_t host = 0; host < kHosts; ++host) {
        if (up(host) && hosts_[host].bench->node().clock_standing(hosts_[host].bench->now()).leads)
            return host;
    }
    return kHosts;
}

bool RosterWorld::all_hold_it() const {
    return std::ranges::all_of(hosts_, [this](const Host& it) {
        return !it.bench || it.settings.roster == roster().serial;
    });
}

std::string RosterWorld::account() {
    std::string text;
    for (std::size_t host = 0; host < kHosts; ++host) {
        if (!up(host))
            continue;
        const RosterAccount account = bench(host).node().roster();
        text += fmt::format("\n{} goes by roster {} of {} (", name_of(host),
                            hosts_[host].settings.roster, account.roster.serial);
        for (const TokenCandidate& each : account.roster.candidates)
            text += each.name.view();
        const NodeStatus status = bench(host).status();
        text += fmt::format("), term {}: {}", status.term, status.reason);
    }
    return text;
}

void RosterWorld::check_roster(std::size_t host) {
    const Roster roster = bench(host).node().roster().roster;
    const auto known = rosters_.try_emplace(roster.serial, roster).first;
    if (digest_of(known->second, kBenchCluster) != digest_of(roster, kBenchCluster))
        throw std::runtime_error(
            fmt::format("{} holds another roster {}", name_of(host), roster.serial));
}

void RosterWorld::check() {
    std::size_t leading = kHosts;
    for (std::size_t host = 0; host < kHosts; ++host) {
        if (!up(host))
            continue;
        const Node& node = bench(host).node();
        const ClockStanding standing = node.clock_standing(bench(host).now());
        if (now_ % 100ms == 0ns)
            check_roster(host);
        if (!standing.leads)
            continue;
        if (leading != kHosts)
            throw std::runtime_error(
                fmt::format("{} and {} lead at once", name_of(leading), name_of(host)));
        leading = host;
        if (masters_.try_emplace(standing.term, host).first->second != host)
            throw std::runtime_error(fmt::format("{} leads in term {}, which was another's",
                                                 name_of(host), standing.term));
    }
}

}  // namespace berkeley::test
