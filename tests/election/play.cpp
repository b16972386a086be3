#include "tests/election/play.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace berkeley::test {
namespace {

constexpr std::array<NodeId, kPlayers> kIds{NodeId{1}, NodeId{2}, NodeId{3}};
// The member's freshness plays no part: what candidates once said arrives at any time.
constexpr SteadyTime kMembersNow{1};
constexpr Term kStolenTerm = 1000;
constexpr Duration kDistrusted{3 * kFastClock};  // ticks, of the fastest clock

NodeId id(std::size_t player) {
    return kIds[player];
}

}  // namespace

Play::Play(const Shape& shape)
    : electorate_(kIds), shape_(shape), left_(shape.budget), member_(electorate_, 0) {
    for (std::uint8_t i = 0; i < kPlayers; ++i) {
        players_.push_back({Election(electorate_, id(i), kPlayTiming), SteadyTime{10'000},
                            shape.memories[i], std::nullopt});
        start(i);
    }
    if (shape.c_is_stolen) {
        send({2, kMember, Claim{kStolenTerm}});
        send({2, kMember, Testimony{kStolenTerm, id(2)}});
    }
}

// ---- moves

void Play::moves(std::vector<Move>& into) const {
    into.clear();
    if (left_.ticks > 0)
        into.push_back({MoveKind::tick, 0, 0});
    for (std::size_t i = 0; i < packets_.size(); ++i)
        into.push_back({MoveKind::deliver, packets_[i].to, static_cast<std::uint16_t>(i)});
    for (std::uint8_t i = 0; i < kPlayers; ++i) {
        const Player& player = players_[i];
        if (player.clock >= player.election.next_timer())
            into.push_back({MoveKind::timer, i, 0});
        if (player.writing)
            into.push_back({MoveKind::written, i, 0});
        if (left_.crashes > 0) {
            into.push_back({MoveKind::crash, i, 0});
            into.push_back({MoveKind::break_clock, i, 0});
            if (player.writing) {
                into.push_back({MoveKind::late_crash, i, 0});
                into.push_back({MoveKind::fail_to_write, i, 0});
                into.push_back({MoveKind::fail_to_write, i, 1});
            }
            if (shape_.disks_may_be_lost)
                into.push_back({MoveKind::lose_disk, i, 0});
        }
        if (left_.convictions > 0 && player.election.state().memory.vote != id(i))
            into.push_back({MoveKind::distrust, i, player_of(player.election.state().memory.vote)});
        if (leads(i))
            moves_of_master(i, into);
    }
}

void Play::moves_of_master(std::uint8_t master, std::vector<Move>& into) const {
    if (left_.resignations > 0)
        into.push_back({MoveKind::resign, master, 0});
    for (std::uint16_t other = 0; other < kPlayers; ++other) {
        if (other == master)
            continue;
        if (left_.polls > 0)
            into.push_back({MoveKind::poll, master, other});
        if (left_.resignations > 0)
            into.push_back({MoveKind::hand_over, master, other});
    }
}

void Play::make(const Move& move) {
    Player& player = players_[std::min<std::size_t>(move.who, kPlayers - 1)];
    switch (move.kind) {
        case MoveKind::tick:
            --left_.ticks;
            for (std::size_t i = 0; i < kPlayers; ++i)
                players_[i].clock = players_[i].clock + Duration{shape_.clocks[i]};
            break;
        case MoveKind::deliver:
            deliver(Packet(packets_[move.what]));
            break;
        case MoveKind::timer:
            fire_timer(move.who);
            break;
        case MoveKind::written:
            written(move.who);
            break;
        case MoveKind::crash:
        case MoveKind::late_crash:
            --left_.crashes;
            crash(move.who, move.kind == MoveKind::late_crash);
            break;
        case MoveKind::break_clock:
            --left_.crashes;
            feed(move.who, SteadyClockBroken{player.clock});
            break;
        case MoveKind::fail_to_write:
            --left_.crashes;
            fail_to_write(move.who, move.what == 1);
            break;
        case MoveKind::lose_disk:
            --left_.crashes;
            player.disk = {};
            crash(move.who, false);
            break;
        case MoveKind::poll:
            --left_.polls;
            send({move.who, static_cast<std::uint8_t>(move.what),
                  PollOfCandidate{player.election.term(), player.clock}});
            break;
        case MoveKind::hand_over:
            --left_.resignations;
            feed(move.who, HandoverWanted{player.clock, id(move.what)});
            break;
        case MoveKind::resign:
            --left_.resignations;
            feed(move.who, ResignationWanted{player.clock});
            break;
        case MoveKind::distrust:
            --left_.convictions;
            feed(move.who, TrustWithdrawn{player.clock, id(move.what), kDistrusted});
            if (shape_.faults.promises_taken_back)
                feed(move.who, ElectionHeard{player.clock, id(move.what),
                                             Release{player.election.term(), {}}});
            break;
    }
    expect_one_master();
}

void Play::fire_timer(std::uint8_t i) {
    Player& player = players_[i];
    feed(i, ElectionTimer{player.clock});
    const ElectionState& state = player.election.state();
    if (!shape_.canvass_always_succeeds || state.phase != ElectionPhase::canvassing)
        return;
    const VoteAnswer answer{state.campaign_term, false, player.clock, true, 0, Fitness::fit};
    feed(i, ElectionHeard{player.clock, id((i + 1) % kPlayers), answer});
}

void Play::start(std::uint8_t i) {
    Player& player = players_[i];
    ElectionMemory memory = player.disk;
    if (shape_.faults.promises_forgotten)
        memory.promise = 0ns;
    feed(i, ElectionBegins{player.clock, memory, Fitness::fit});
}

void Play::crash(std::uint8_t i, bool was_written) {
    Player& player = players_[i];
    if (was_written && player.writing && !shape_.faults.votes_not_written)
        player.disk = *player.writing;
    player.writing.reset();
    for (const Vote& vote : spoken_) {
        const bool kept = player.disk.term > vote.term ||
                          (player.disk.term == vote.term && player.disk.vote == vote.vote);
        if (vote.voter == i && !kept && !shape_.disks_may_be_lost)
            violate(fmt::format("{} forgot its vote in term {}", letter_of(i), vote.term));
    }
    player.election = Election(electorate_, id(i), kPlayTiming);
    start(i);
}

void Play::written(std::uint8_t i) {
    Player& player = players_[i];
    const ElectionMemory memory = *player.writing;
    player.writing.reset();
    if (!shape_.faults.votes_not_written)
        player.disk = memory;
    feed(i, MemoryWritten{player.clock, memory.term, true});
    if (const auto testimony = player.election.testimony(); testimony && shape_.member_listens)
        send({i, kMember, *testimony});
}

void Play::fail_to_write(std::uint8_t i, bool yet_done) {
    Player& player = players_[i];
    const ElectionMemory memory = *player.writing;
    player.writing.reset();
    if (yet_done)
        player.disk = memory;
    feed(i, MemoryWritten{player.clock, memory.term, false});
}

void Play::deliver(const Packet& packet) {
    if (packet.to == kMember) {
        deliver_to_member(packet);
        return;
    }
    Player& player = players_[packet.to];
    const NodeId from = id(packet.from);
    if (const auto* poll = std::get_if<PollOfCandidate>(&packet.content)) {
        feed(packet.to, PollHeard{player.clock, from, poll->term});
        send({packet.to, packet.from,
              ReplyOfCandidate{player.election.term(), poll->asked_at,
                               player.election.promises(from, poll->term)}});
    } else if (const auto* reply = std::get_if<ReplyOfCandidate>(&packet.content)) {
        const SteadyTime since =
            shape_.faults.lease_from_the_answer ? player.clock : reply->asked_at;
        feed(packet.to,
             PollAnswered{player.clock, from, since, reply->term, reply->promises, Fitness::fit});
    } else if (const auto* answer = std::get_if<VoteAnswer>(&packet.content)) {
        deliver_answer(packet, *answer);
    } else if (const auto* wanted = std::get_if<VoteWanted>(&packet.content)) {
        feed(packet.to, ElectionHeard{player.clock, from, *wanted});
    } else {
        feed(packet.to, ElectionHeard{player.clock, from, std::get<Release>(packet.content)});
    }
}

void Play::deliver_answer(const Packet& packet, VoteAnswer answer) {
    Player& player = players_[packet.to];
    const ElectionState& state = player.election.state();
    if (shape_.faults.terms_not_compared && state.phase == ElectionPhase::standing) {
        answer.term = state.memory.term;
        answer.asked_at = std::max(answer.asked_at, state.campaign_since);
    }
    feed(packet.to, ElectionHeard{player.clock, id(packet.from), answer});
}

void Play::deliver_to_member(const Packet& packet) {
    if (const auto* testimony = std::get_if<Testimony>(&packet.content)) {
        member_.heard(id(packet.from), *testimony, kMembersNow);
        told_member_[packet.from] = *testimony;
        return;
    }
    const Term term = std::get<Claim>(packet.content).term;
    const auto verdict = member_.judge(id(packet.from), term, kMembersNow);
    if (verdict == Allegiance::Verdict::follow || shape_.faults.member_trusts_the_master)
        follow({term, id(packet.from)});
}

// ---- what the elections want done

void Play::feed(std::uint8_t i, const ElectionEvent& event) {
    // A copy: a disk that is done at once is an event in the midst of it.
    const ElectionActions actions = players_[i].election.handle(event);
    for (const ElectionAction& action : actions)
        carry_out(i, action);
    if (players_[i].writing && !shape_.disks_take_time)
        written(i);
}

void Play::carry_out(std::uint8_t i, const ElectionAction& action) {
    Player& player = players_[i];
    if (const auto* write = std::get_if<WriteMemory>(&action)) {
        player.writing = write->memory;
    } else if (const auto* to_send = std::get_if<SendToCandidate>(&action)) {
        if (const auto* answer = std::get_if<VoteAnswer>(&to_send->message);
            answer != nullptr && answer->binding && answer->granted)
            speak(i, answer->term, to_send->to);
        const auto* wanted = std::get_if<VoteWanted>(&to_send->message);
        if (wanted != nullptr && wanted->binding)
            speak(i, wanted->term, id(i));
        if (wanted != nullptr && !wanted->binding && shape_.canvass_always_succeeds)
            return;
        std::visit([&](const auto& content) { send({i, player_of(to_send->to), content}); },
                   to_send->message);
    } else if (const auto* leading = std::get_if<BeginLeading>(&action)) {
        const Testimony elected{leading->term, id(i)};
        for (const Testimony& other : elected_) {
            if (other.term == elected.term && other.master != elected.master &&
                !shape_.disks_may_be_lost)
                violate(fmt::format("two masters in term {}", elected.term));
        }
        if (std::ranges::find(elected_, elected) == elected_.end())
            elected_.push_back(elected);
        if (shape_.member_listens)
            send({i, kMember, Claim{leading->term}});
    }
}

void Play::send(const Packet& packet) {
    if (std::ranges::find(packets_, packet) == packets_.end())
        packets_.push_back(packet);
}

// ---- checks

void Play::violate(std::string what) {
    if (violation_.empty())
        violation_ = std::move(what);
}

void Play::expect_one_master() {
    std::string masters;
    for (std::size_t i = 0; i < kPlayers; ++i) {
        if (leads(i))
            masters += letter_of(i);
    }
    if (masters.size() > 1)
        violate(fmt::format("{} hold leases at the same time", masters));
}

void Play::speak(std::uint8_t voter, Term term, NodeId vote) {
    const Vote spoken{voter, term, vote};
    for (const Vote& earlier : spoken_) {
        if (earlier.voter == voter && earlier.term == term && earlier.vote != vote &&
            !shape_.disks_may_be_lost)
            violate(fmt::format("{} voted twice in term {}", letter_of(voter), term));
    }
    if (std::ranges::find(spoken_, spoken) == spoken_.end())
        spoken_.push_back(spoken);
}

void Play::follow(const Testimony& followed) {
    if (std::ranges::find(elected_, followed) == elected_.end())
        violate(
            fmt::format("the member follows one who was not elected in term {}", followed.term));
    for (const Testimony& earlier : followed_) {
        if (earlier.term == followed.term && earlier.master != followed.master)
            violate(fmt::format("the member follows two in term {}", followed.term));
    }
    if (!followed_.empty() && followed.term < followed_.back().term)
        violate("the member goes back to an earlier term");
    if (followed_.empty() || followed_.back() != followed)
        followed_.push_back(followed);
}

// ---- to come to where a search begins

void Play::tick(int times) {
    left_.ticks = static_cast<std::uint8_t>(times);
    for (int i = 0; i < times; ++i)
        make({MoveKind::tick, 0, 0});
}

void Play::deliver_last(std::uint8_t from, std::uint8_t to) {
    for (std::size_t i = packets_.size(); i-- > 0;) {
        if (packets_[i].from == from && packets_[i].to == to) {
            make({MoveKind::deliver, to, static_cast<std::uint16_t>(i)});
            return;
        }
    }
    contract_broken("no such packet in this play");
}

void Play::elect(std::uint8_t player, std::uint8_t voter) {
    fire(player);
    if (!shape_.canvass_always_succeeds) {
        deliver_last(player, voter);
        deliver_last(voter, player);
    }
    if (shape_.disks_take_time)
        write(player);
    deliver_last(player, voter);
    if (shape_.disks_take_time)
        write(voter);
    deliver_last(voter, player);
    ensure(leads(player), "the play begins with a master");
}

}  // namespace berkeley::test
