#include "tests/election/roster_player.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "daemon/core/node/candidacy.hpp"
#include "tests/election/roster_office_sight.hpp"
#include "tests/support/node_bench.hpp"

namespace berkeley::test {
namespace {

constexpr Duration kPollMax = 200ms;  // makes the shortest promise, two ticks
// Nobody has a turn before another: who is due may be late by any time.
constexpr ElectionTiming kTiming{1s, 0ns, kTick};
constexpr Duration kUntilSavedAgain = 5s;

const Revocations kNoneRevoked;

NodeSettings settings_by(std::uint8_t node, const Roster& roster) {
    NodeSettings settings;
    settings.name = name_of(node);
    settings.cluster = kBenchCluster;
    settings.key = node_key(settings.name);
    settings.poll_max = kPollMax;
    settings.roster = roster.serial;
    settings.former_keys = roster.former;
    for (const TokenCandidate& each : roster.candidates)
        settings.candidates.push_back({std::string(each.name.view()), each.key});
    return settings;
}

Roster last_of(const RosterChain& chain) {
    auto rosters = rosters_of(chain, kBenchCluster);
    ensure(rosters.has_value(), "a play whose disk has another's roster");
    return rosters->back();
}

TokenCandidate candidate(std::uint8_t node) {
    const std::string name = name_of(node);
    return {NodeName::from(name).value(), "192.0.2.1", static_cast<std::uint16_t>(node + 1),
            public_key(name)};
}

std::vector<RosterPart> parts_of(const std::vector<std::uint8_t>& bytes, Session session,
                                 RosterSerial serial) {
    std::vector<RosterPart> parts;
    RosterPart part{
        .session = session,
        .of = RosterPartOf::change,
        .serial = serial,
        .part = 0,
        .parts = static_cast<std::uint8_t>((bytes.size() + kRosterPartSize - 1) / kRosterPartSize),
        .size = 0,
        .bytes = {}};
    for (; part.part < part.parts; ++part.part) {
        const std::size_t begin = part.part * kRosterPartSize;
        part.size = static_cast<std::uint8_t>(std::min(kRosterPartSize, bytes.size() - begin));
        part.bytes = {};
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(begin), part.size,
                    part.bytes.begin());
        parts.push_back(part);
    }
    return parts;
}

}  // namespace

std::string name_of(std::size_t node) {
    return {static_cast<char>('a' + node)};
}

std::uint8_t node_of(NodeId id) {
    static const std::array<NodeId, kNodes> kIds{id_of("a"), id_of("b"), id_of("c"), id_of("d")};
    return static_cast<std::uint8_t>(std::ranges::find(kIds, id) - kIds.begin());
}

Roster first_roster(std::uint8_t candidates) {
    Roster roster;
    for (std::uint8_t node = 0; node < candidates; ++node)
        roster.candidates.push_back(candidate(node));
    return roster;
}

// ---- to begin, and to go on from where it was

RosterPlayer::RosterPlayer(std::uint8_t self, const RosterPlayerShape& shape,
                           const SavedRoster& disk, const ElectionMemory& voted, SteadyTime now)
    : self_(self),
      faults_(shape.faults),
      disk_takes_time_(shape.disks_take_time),
      now_(now),
      context_(settings_by(self, last_of(disk.chain))),
      peers_(context_),
      voted_(voted),
      disk_(disk) {
    begin(disk, voted);
    RosterOfficeSight::settle(*office_, now);
}

PlayerState RosterPlayer::beginning() const {
    return {context_, peers_,   *office_,    election_, voted_,
            disk_,    writing_, succeeding_, newcomer_, followed_};
}

void RosterPlayer::load(const PlayerState& state) {
    context_ = state.context;
    peers_ = state.peers;
    office_.emplace(state.office);
    election_ = state.election;
    voted_ = state.voted;
    disk_ = state.disk;
    writing_ = state.writing;
    succeeding_ = state.succeeding;
    newcomer_ = state.newcomer;
    followed_ = state.followed;
    sent_.clear();
    context_.actions.clear();
}

PlayerState RosterPlayer::handle(const PlayerState& state, const Cue& cue) {
    load(state);
    now_ = cue.now;
    if (leads() || (election_ && election_->state().phase == ElectionPhase::leading))
        hold_election(ElectionTimer{now_});
    if (faults_.does_not_wait)
        RosterOfficeSight::settle(*office_, now_);
    take(cue);
    tell_fitness();
    carry_out_office();
    while (writing_ && !disk_takes_time_) {
        saved(true, true);
        carry_out_office();
    }
    context_.tracking = {};
    return beginning();
}

void RosterPlayer::begin(const SavedRoster& roster, const ElectionMemory& memory,
                         std::optional<Duration> bound) {
    const Term term = context_.term;
    context_ = Context(settings_by(self_, last_of(roster.chain)));
    context_.term = term;
    peers_ = Peers(context_);
    find_peers();
    office_.emplace(context_, peers_);
    office_->start(roster, memory.promise, now());
    succeeding_ = false;
    newcomer_.reset();
    election_.reset();
    if (!context_.is_candidate(context_.settings.name))
        return;
    if (context_.one_candidate()) {  // each time in a term of its own
        voted_ = {memory.term + 1, context_.self, kTiming.promise};
        context_.term = voted_.term;
        election_ = Election::leading_alone(context_.self, kTiming, voted_.term, Fitness::fit);
        return;
    }
    election_.emplace(electorate_of(context_.settings), context_.self, kTiming);
    hold_election(ElectionBegins{now_, memory, Fitness::fit, bound});
}

void RosterPlayer::find_peers() {
    for (std::uint8_t node = 0; node < kNodes; ++node)
        peers_.found(name_of(node), endpoint(static_cast<std::uint16_t>(node + 1)));
}

void RosterPlayer::take(const Cue& cue) {
    switch (cue.kind) {
        case CueKind::timer:
            return hold_election(ElectionTimer{now_});
        case CueKind::office_timer:
            return office_->timer(now());
        case CueKind::deliver:
            return deliver(*cue.packet);
        case CueKind::learn:
            return learn(*cue.learnt);
        case CueKind::saved:
            return saved(true, true);
        case CueKind::fail_to_save:
            return saved(false, false);
        case CueKind::fail_to_tell:
            return saved(true, false);
        case CueKind::save_again: {
            Moment later = now();
            later.raw = later.raw + kUntilSavedAgain;
            return office_->timer(later);
        }
        case CueKind::crash:
            return crash(false);
        case CueKind::late_crash:
            return crash(true);
        case CueKind::take_up:
            return take_up();
        case CueKind::want:
            return want(cue.change);
        case CueKind::give_up:
            return office_->stop_proposing("it takes too long");
        case CueKind::poll:
            return send(cue.other, RosterPoll{now_});
        case CueKind::hand_over:
            return hold_election(HandoverWanted{now_, id_of(name_of(cue.other))});
        case CueKind::resign:
            return hold_election(ResignationWanted{now_});
    }
}

// As Node::Impl::tell_fitness(): it would be elected by a roster that is no more.
void RosterPlayer::tell_fitness() {
    if (!election_)
        return;
    const bool leading = election_->state().phase == ElectionPhase::leading;
    const bool outdated = !leading && office_->superseded() && !faults_.stands_while_superseded;
    hold_election(FitnessChanged{now_, Fitness::fit, !outdated});
}

// ---- datagrams, as node_datagrams.cpp and node_roster.cpp have them

void RosterPlayer::deliver(const RosterPacket& packet) {
    const NodeId from = id_of(name_of(packet.from));
    const Peer* peer = peers_.find(from);
    if (const auto* reply = std::get_if<RosterReply>(&packet.content))
        return hear_reply(packet, *reply);
    if (peer == nullptr)
        return;
    if (const auto* part = std::get_if<RosterPart>(&packet.content))
        return deliver_proposal(*peer, packet, *part);
    if (const auto* say = std::get_if<RosterSay>(&packet.content))
        return office_->receive(*peer, *say, now());
    if (passes_by(packet))
        return;
    if (const auto* poll = std::get_if<RosterPoll>(&packet.content))
        return hear_poll(packet, *poll);
    if (!election_)
        return;
    std::visit(
        [&](const auto& content) {
            using Content = std::decay_t<decltype(content)>;
            if constexpr (std::is_constructible_v<ElectionMessage, Content>)
                hold_election(ElectionHeard{now_, from, content});
        },
        packet.content);
}

void RosterPlayer::deliver_proposal(const Peer& from, const RosterPacket& packet,
                                    const RosterPart& part) {
    if (!election_)
        return;
    if (faults_.tells_no_signature && part.of == RosterPartOf::canvass)
        RosterOfficeSight::forget_signature(*office_);
    const RosterSerial goes_by = context_.settings.roster;
    if (faults_.signs_while_behind)
        context_.settings.roster = office_->roster().serial;
    const bool leading = election_->state().phase == ElectionPhase::leading;
    const bool followed = !leading && standing(from.id, packet.term).promises;
    office_->receive_proposal(from, part, endpoint(static_cast<std::uint16_t>(packet.from + 1)),
                              {followed || faults_.signs_for_anybody, packet.term, &kNoneRevoked},
                              now());
    context_.settings.roster = goes_by;
}

bool RosterPlayer::passes_by(const RosterPacket& packet) {
    if (!election_ || packet.roster >= context_.roster)
        return false;
    if (std::holds_alternative<VoteWanted>(packet.content))
        return !faults_.votes_for_older;
    return std::holds_alternative<RosterPoll>(packet.content) && !faults_.hears_older_masters;
}

Standing RosterPlayer::standing(NodeId master, Term term) const {
    if (!election_)
        return {};
    return {election_->term(), election_->promises(master, term), Fitness::fit, false};
}

void RosterPlayer::hear_poll(const RosterPacket& packet, const RosterPoll& poll) {
    const NodeId from = id_of(name_of(packet.from));
    if (election_) {
        hold_election(PollHeard{now_, from, packet.term});
        send(packet.from, RosterReply{poll.asked_at, standing(from, packet.term)});
    } else if (packet.term > followed_.term) {
        followed_ = {packet.term, from};
    }
}

void RosterPlayer::hear_reply(const RosterPacket& packet, const RosterReply& reply) {
    if (!leads())
        return;
    const NodeId from = id_of(name_of(packet.from));
    if (peers_.find(from) != nullptr)
        return hold_election(PollAnswered{now_, from, reply.asked_at, reply.standing.term,
                                          reply.standing.promises, Fitness::fit});
    if (office_->superseded() && reply.standing.promises && reply.standing.term == context_.term)
        newcomer_ = {from, {reply.asked_at, Fitness::fit}};
}

// The question and its answer in one: nothing happens to the teller meanwhile that matters.
void RosterPlayer::learn(const std::vector<std::uint8_t>& change) {
    const auto next = static_cast<RosterSerial>(office_->roster().serial + 1);
    office_->learn_from({NodeId{1}, endpoint(9), {}}, next, now());
    const auto& asked = std::get<SendDatagram>(context_.actions.back());
    const Session session = std::get<RosterAsk>(decode(asked.bytes)->message).session;
    context_.actions.clear();
    for (const RosterPart& part : parts_of(change, session, next)) {
        office_->receive_change(NodeId{1}, part, now());
        std::erase_if(context_.actions, [](const Action& each) {
            return std::holds_alternative<SendDatagram>(each);
        });
    }
}

RosterAccount RosterPlayer::account(const PlayerState& state) {
    load(state);
    return office_->account();
}

std::vector<std::uint8_t> RosterPlayer::told(const PlayerState& state, RosterSerial serial) {
    load(state);
    if (faults_.tells_what_is_not_written)
        context_.roster = office_->roster().serial;
    std::vector<std::uint8_t> bytes;
    RosterAsk ask;
    ask.serial = serial;
    for (RosterPart part = office_->answer(ask); ask.part < part.parts;
         part = office_->answer(ask)) {
        bytes.insert(bytes.end(), part.bytes.begin(), part.bytes.begin() + part.size);
        ++ask.part;
    }
    return bytes;
}

// ---- its disk

void RosterPlayer::saved(bool done, bool told) {
    const PlayerState::Writing written = *std::exchange(writing_, std::nullopt);
    if (done)
        disk_ = written.roster;
    if (faults_.signatures_not_written)
        disk_.signed_change.reset();
    office_->saved(RosterSaved{now(), written.generation, told});
}

void RosterPlayer::crash(bool written) {
    if (written && writing_)
        disk_ = writing_->roster;
    if (faults_.signatures_not_written)
        disk_.signed_change.reset();
    writing_.reset();
    context_.term = 0;
    followed_ = {};
    begin(disk_, voted_);
}

// ---- as daemon/app/succession.cpp

void RosterPlayer::take_up() {
    if (!leads())
        return begin_anew();
    if (leads_on())
        lead_on();
    else if (context_.one_candidate())
        begin_anew();  // it has waited for long
}

bool RosterPlayer::leads_on() const {
    return office_->superseded() && election_->leads_by(office_->electorate(), newcomer_, now_);
}

void RosterPlayer::lead_on() {
    if (writing_)
        disk_ = writing_->roster;  // it waits for that
    const NodeSettings next = settings_by(self_, office_->roster());
    succeeding_ = false;
    context_.settings.candidates = next.candidates;
    context_.settings.former_keys = next.former_keys;
    context_.settings.roster = next.roster;
    peers_.take_up(context_);
    find_peers();
    election_->take_up(electorate_of(context_.settings), newcomer_);
    newcomer_.reset();
    office_->taken_up(election_->state().memory.promise, now());
}

void RosterPlayer::begin_anew() {
    const bool voted = election_.has_value();
    const auto bound = election_ ? election_->bound(now_) : std::nullopt;
    disk_ = office_->saved_roster();
    if (faults_.signatures_not_written)
        disk_.signed_change.reset();
    writing_.reset();
    if (!voted && office_->roster().find(name_of(self_)) != nullptr && followed_.term > 0)
        voted_ = {followed_.term, followed_.master, kTiming.promise};
    if (faults_.votes_forgotten)
        voted_ = {1, context_.self, kTiming.promise};
    begin(disk_, voted_, bound);
}

// ---- its operator

void RosterPlayer::want(const WantedChange& change) {
    if (!leads())
        return;
    RosterOffice::Promoted who{candidate(change.node), std::nullopt};
    if (change.step == RosterStep::promote)
        who.certificate = certificate_for(name_of(change.node),
                                          name_of(self_ == 0 && !context_.one_candidate() ? 1 : 0),
                                          kBenchCluster);
    if (faults_.does_not_ask_itself)
        RosterOfficeSight::forget_signature(*office_);
    const RosterSerial goes_by = context_.settings.roster;
    if (faults_.proposes_while_behind)
        context_.settings.roster = office_->roster().serial;
    const bool may = office_->why_not(change.step, who).empty();
    context_.settings.roster = goes_by;
    if (!may)
        return;
    // One session for each change: what was once said of it counts again.
    std::array<std::uint8_t, 32> entropy{};
    entropy[0] = static_cast<std::uint8_t>(1 + static_cast<int>(change.step) * 16 + change.node);
    entropy[1] = self_;
    entropy[2] = static_cast<std::uint8_t>(office_->roster().serial);
    entropy[3] = static_cast<std::uint8_t>(context_.term);
    context_.nonces = Nonces(entropy);
    office_->propose(change.step, who, now());
    if (faults_.asks_nobody_before)
        RosterOfficeSight::ask_nobody(*office_, now());
}

// ---- what its parts want done

void RosterPlayer::hold_election(const ElectionEvent& event) {
    feed(event);
    const ElectionState& state = election_->state();
    if (state.phase != ElectionPhase::canvassing)
        return;
    // Canvasses only spare elections that would fail: they always succeed.
    const VoteAnswer yes{state.campaign_term, false, now_, true, 0, Fitness::fit};
    for (const Peer& peer : peers_.all()) {
        if (election_->state().phase == ElectionPhase::canvassing)
            feed(ElectionHeard{now_, peer.id, yes});
    }
}

void RosterPlayer::feed(const ElectionEvent& event) {
    const ElectionActions actions = election_->handle(event);
    for (const ElectionAction& action : actions)
        carry_out(action);
}

void RosterPlayer::carry_out(const ElectionAction& action) {
    if (const auto* write = std::get_if<WriteMemory>(&action)) {
        voted_ = write->memory;
        feed(MemoryWritten{now_, write->memory.term, true});
    } else if (const auto* began = std::get_if<BeginLeading>(&action)) {
        context_.term = began->term;
    } else if (std::holds_alternative<StopLeading>(action)) {
        if (!faults_.proposal_outlives_reign)
            office_->stop_proposing("this node leads no more");
    } else if (const auto* to_send = std::get_if<SendToCandidate>(&action)) {
        const auto* wanted = std::get_if<VoteWanted>(&to_send->message);
        if (peers_.find(to_send->to) == nullptr || (wanted != nullptr && !wanted->binding))
            return;
        std::visit([&](const auto& content) { send(node_of(to_send->to), content); },
                   to_send->message);
    }
}

void RosterPlayer::carry_out_office() {
    const Actions actions = std::exchange(context_.actions, {});
    for (const Action& action : actions) {
        if (const auto* save = std::get_if<SaveRoster>(&action)) {
            writing_ = PlayerState::Writing{save->generation, office_->saved_roster()};
        } else if (std::holds_alternative<AdoptRoster>(action)) {
            succeeding_ = true;
        } else if (const auto* datagram = std::get_if<SendDatagram>(&action)) {
            const auto envelope = decode(datagram->bytes);
            const auto to = static_cast<std::uint8_t>(datagram->to.port - 1);
            if (const auto* part = std::get_if<RosterPart>(&envelope->message))
                send(to, *part);
            else
                send(to, std::get<RosterSay>(envelope->message));
        }
    }
}

void RosterPlayer::send(std::uint8_t to, decltype(RosterPacket::content) content) {
    sent_.push_back({self_, to, context_.roster, context_.term, std::move(content)});
}

}  // namespace berkeley::test
