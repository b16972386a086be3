#include "tests/election/roster_cast.hpp"

#include <algorithm>

#include "tests/support/node_keys.hpp"

namespace berkeley::test {
namespace {

constexpr SteadyTime kBeginning{10'000'000'000};

}  // namespace

Cast::Cast(const RosterPlay::Shape& shape) : shape_(shape) {
    for (std::uint8_t node = 0; node < kNodes; ++node) {
        const Roster first = first_roster(shape.candidates);
        const SavedRoster disk{{first, {}}, std::nullopt};
        ElectionMemory voted;
        // Each voted for itself once and was not elected: nobody is bound to anybody.
        if (first.find(name_of(node)) != nullptr)
            voted = {1, id_of(name_of(node)), 1s};
        players_.push_back(
            std::make_unique<RosterPlayer>(node, shape.players, disk, voted, kBeginning));
        beginnings_.push_back(put(node, players_.back()->beginning(), kBeginning));
    }
}

const CastStep& Cast::step(std::uint8_t node, std::uint32_t local, RosterPlay::Move move,
                           SteadyTime now) {
    const auto ticks = static_cast<std::uint64_t>((now - kBeginning) / kTick);
    const std::uint64_t key = (std::uint64_t{local} << 32) | (ticks << 24) |
                              (static_cast<std::uint64_t>(move.kind) << 16) | move.what;
    if (const auto known = steps_.find(key); known != steps_.end())
        return known->second;
    Cue cue{.kind = move.kind,
            .now = now,
            .other = 0,
            .change = {},
            .packet = nullptr,
            .learnt = nullptr};
    if (move.kind == CueKind::deliver)
        cue.packet = &packets_[move.what];
    else if (move.kind == CueKind::learn)
        cue.learnt = &changes_[move.what];
    else if (move.kind == CueKind::want)
        cue.change = shape_.wishes[move.what];
    else
        cue.other = static_cast<std::uint8_t>(move.what);
    RosterPlayer& player = *players_[node];
    PlayerState next = player.handle(*locals_[local].state, cue);
    CastStep step;
    for (const RosterPacket& packet : std::vector<RosterPacket>(player.sent()))
        step.sent.push_back(put(packet));
    step.next = put(node, std::move(next), now);
    return steps_.emplace(key, std::move(step)).first->second;
}

std::uint32_t Cast::put(std::uint8_t node, PlayerState state, SteadyTime now) {
    FingerprintMaker maker;
    maker.add(node);
    state.add_to(maker, now);
    const auto [known, is_new] = known_locals_.try_emplace(
        {maker.low(), maker.high()}, static_cast<std::uint32_t>(locals_.size()));
    if (!is_new)
        return known->second;
    Local local;
    const RosterOffice& office = state.office;
    local.held = state.context.roster;
    local.goes_by = state.context.settings.roster;
    local.known = office.roster().serial;
    local.office_timer_at = SteadyTime{kEnd<SteadyClock>};
    const RosterAccount account = players_[node]->account(state);
    local.proposes = account.proposed.has_value();
    if (local.proposes)
        local.office_timer_at = SteadyTime{office.next_timer().ns};
    local.saves = state.writing.has_value();
    local.saves_again = !local.saves && !local.proposes && plausible(office.next_timer());
    local.succeeding = state.succeeding;
    local.candidate = state.election.has_value();
    local.lease_end = SteadyTime{0};
    local.timer_at = SteadyTime{kEnd<SteadyClock>};
    if (state.election) {
        local.timer_at = state.election->next_timer();
        local.leading = state.election->state().phase == ElectionPhase::leading;
        local.term = local.leading ? state.election->state().memory.term : 0;
        if (state.context.one_candidate() && state.election->leads(now))
            local.lease_end = SteadyTime{kEnd<SteadyClock>};
        for (SteadyTime at = now; local.lease_end < at && state.election->leads(at);
             at = at + kTick)
            local.lease_end = at + kTick;
    }
    const auto rosters = rosters_of(state.disk.chain, kBenchCluster);
    for (const Roster& each : *rosters) {
        if (each.serial == local.held)
            local.roster = put(each);
    }
    for (RosterSerial serial = 1; serial < kMostSerials; ++serial)
        local.offers[serial] = put(players_[node]->told(state, serial));
    local.state = std::make_unique<PlayerState>(std::move(state));
    locals_.push_back(std::move(local));
    return static_cast<std::uint32_t>(locals_.size() - 1);
}

std::uint16_t Cast::put(const RosterPacket& packet) {
    FingerprintMaker maker;
    add_to(maker, packet);
    const auto [known, is_new] = known_packets_.try_emplace(
        {maker.low(), maker.high()}, static_cast<std::uint16_t>(packets_.size()));
    if (is_new)
        packets_.push_back(packet);
    ensure(packets_.size() < UINT16_MAX, "more datagrams than a play can number");
    return known->second;
}

std::uint16_t Cast::put(std::vector<std::uint8_t> change) {
    const auto known = std::ranges::find(changes_, change);
    if (known != changes_.end())
        return static_cast<std::uint16_t>(known - changes_.begin());
    changes_.push_back(std::move(change));
    return static_cast<std::uint16_t>(changes_.size() - 1);
}

std::uint8_t Cast::put(const Roster& roster) {
    std::string names = std::to_string(roster.serial);
    for (const TokenCandidate& each : roster.candidates)
        names += each.name.view();
    const auto known = std::ranges::find(rosters_, names);
    if (known != rosters_.end())
        return static_cast<std::uint8_t>(known - rosters_.begin());
    rosters_.push_back(std::move(names));
    return static_cast<std::uint8_t>(rosters_.size() - 1);
}

std::uint32_t Cast::with(std::uint32_t inbox, std::uint16_t packet) {
    const std::uint64_t key = (std::uint64_t{inbox} << 16) | packet;
    if (const auto known = with_.find(key); known != with_.end())
        return known->second;
    std::vector<std::uint16_t> more = inboxes_[inbox];
    const auto at = std::ranges::lower_bound(more, packet);
    if (at == more.end() || *at != packet)
        more.insert(at, packet);
    return with_[key] = put_inbox(std::move(more));
}

std::uint32_t Cast::without(std::uint32_t inbox, std::uint16_t packet) {
    const std::uint64_t key = (std::uint64_t{inbox} << 16) | packet;
    if (const auto known = without_.find(key); known != without_.end())
        return known->second;
    std::vector<std::uint16_t> fewer = inboxes_[inbox];
    std::erase(fewer, packet);
    return without_[key] = put_inbox(std::move(fewer));
}

std::uint32_t Cast::put_inbox(std::vector<std::uint16_t> packets) {
    const auto [known, is_new] =
        known_inboxes_.try_emplace(packets, static_cast<std::uint32_t>(inboxes_.size()));
    if (is_new)
        inboxes_.push_back(std::move(packets));
    return known->second;
}

}  // namespace berkeley::test
