// A play's state in 128 bits, and its moves in words.
#include <algorithm>

#include <fmt/format.h>

#include "tests/election/fingerprint.hpp"
#include "tests/election/play.hpp"

namespace berkeley::test {
namespace {

using Clocks = std::array<SteadyTime, kPlayers>;

// Every time is told by how long ago it was, on the clock that it was read from.
void add_election(FingerprintMaker& maker, const ElectionState& state, std::size_t self,
                  const Clocks& clocks) {
    const SteadyTime now = clocks[self];
    const auto ago = [now](SteadyTime at) { return (now - at).count(); };
    const auto still = [now](SteadyTime at) { return std::max(at - now, Duration{0}).count(); };
    maker.add(state.phase, state.memory.term, state.memory.vote.value, state.memory.promise.count(),
              state.written, state.writing_failed, state.term_on_disk, still(state.promise_until),
              still(state.due), state.retry_wait.count(), state.heard_term, state.confirmed_term,
              state.campaign_term, state.released ? still(state.released->until) : -1,
              state.outvoted_at ? ago(*state.outvoted_at) : -1,
              state.distrusted ? state.distrusted->who.value : 0,
              state.distrusted ? still(state.distrusted->until) : -1);
    maker.add(state.asked_at ? (clocks[player_of(state.memory.vote)] - *state.asked_at).count()
                             : -1);
    for (std::size_t rank = 0; rank < kPlayers; ++rank) {
        const auto& canvassed = state.canvassed_at[rank];
        maker.add(canvassed ? (clocks[rank] - *canvassed).count() : -1);
        const auto& pause = state.outvotings.of(rank);
        maker.add(pause ? still(pause->until) : -1, pause ? pause->length.count() : 0);
    }
    if (state.phase == ElectionPhase::following)
        return;
    maker.add(ago(state.campaign_since));
    for (std::size_t rank = 0; rank < kPlayers; ++rank) {
        const auto& backer = state.backing.of(rank);
        maker.add(backer ? ago(backer->asked_at) : -1);
    }
}

struct ContentAdder {
    FingerprintMaker& maker;
    const Clocks& clocks;
    const Packet& packet;

    std::int64_t ago(std::uint8_t asker, SteadyTime at) const {
        return (clocks[asker] - at).count();
    }
    void operator()(const VoteWanted& wanted) const {
        maker.add(wanted.term, wanted.binding, ago(packet.from, wanted.asked_at));
    }
    void operator()(const VoteAnswer& answer) const {
        maker.add(answer.term, answer.binding, ago(packet.to, answer.asked_at), answer.granted,
                  answer.known);
    }
    void operator()(const Release& release) const {
        maker.add(release.term, release.successor.value);
    }
    void operator()(const PollOfCandidate& poll) const {
        maker.add(poll.term, ago(packet.from, poll.asked_at));
    }
    void operator()(const ReplyOfCandidate& reply) const {
        maker.add(reply.term, ago(packet.to, reply.asked_at), reply.promises);
    }
    void operator()(const Claim& claim) const { maker.add(claim.term); }
    void operator()(const Testimony& said) const { maker.add(said.term, said.master.value); }
};

}  // namespace

Play::Fingerprint Play::fingerprint() const {
    FingerprintMaker whole;
    Clocks clocks{};
    for (std::size_t i = 0; i < kPlayers; ++i)
        clocks[i] = players_[i].clock;
    for (std::size_t i = 0; i < kPlayers; ++i) {
        const Player& player = players_[i];
        add_election(whole, player.election.state(), i, clocks);
        whole.add(player.disk.term, player.disk.vote.value, player.writing.has_value());
    }
    whole.add(member_.term(), member_.master().value, left_.ticks, left_.crashes, left_.polls,
              left_.resignations, left_.convictions);
    FingerprintSum bag;  // whatever order these came in
    for (const Packet& packet : packets_) {
        FingerprintMaker maker;
        maker.add(packet.from, packet.to, packet.content.index());
        std::visit(ContentAdder{maker, clocks, packet}, packet.content);
        bag.add(maker);
    }
    for (const Testimony& elected : elected_) {
        FingerprintMaker maker;
        maker.add(100, elected.term, elected.master.value);
        bag.add(maker);
    }
    for (const Vote& vote : spoken_) {
        FingerprintMaker maker;
        maker.add(101, vote.voter, vote.term, vote.vote.value);
        bag.add(maker);
    }
    for (const Testimony& said : told_member_)
        whole.add(said.term, said.master.value);
    return {whole.low() ^ bag.low, whole.high() ^ bag.high};
}

std::string Play::describe(const Move& move) const {
    const char who = letter_of(move.who);
    switch (move.kind) {
        case MoveKind::tick:
            return "a tick";
        case MoveKind::timer:
            return fmt::format("{}'s timer", who);
        case MoveKind::written:
            return fmt::format("{}'s disk is done", who);
        case MoveKind::crash:
            return fmt::format("{} crashes", who);
        case MoveKind::late_crash:
            return fmt::format("{} crashes, its write was carried out", who);
        case MoveKind::break_clock:
            return fmt::format("{}'s clock breaks", who);
        case MoveKind::fail_to_write:
            return fmt::format("{} fails to write{}", who, move.what == 1 ? ", and yet did" : "");
        case MoveKind::lose_disk:
            return fmt::format("{} crashes and its disk is empty", who);
        case MoveKind::poll:
            return fmt::format("{} polls {}", who, letter_of(move.what));
        case MoveKind::hand_over:
            return fmt::format("{} hands over to {}", who, letter_of(move.what));
        case MoveKind::resign:
            return fmt::format("{} resigns", who);
        case MoveKind::distrust:
            return fmt::format("{} trusts {} no more", who, letter_of(move.what));
        case MoveKind::deliver:
            break;
    }
    static constexpr std::array<const char*, 7> kContents{
        "VoteWanted", "VoteAnswer", "Release", "Poll", "Reply", "a claim", "a testimony"};
    const Packet& packet = packets_[move.what];
    std::string text = fmt::format("{} hears {} of {}", letter_of(packet.to),
                                   kContents[packet.content.index()], letter_of(packet.from));
    if (const auto* wanted = std::get_if<VoteWanted>(&packet.content))
        text += fmt::format(", term {}{}", wanted->term, wanted->binding ? ", binding" : "");
    if (const auto* answer = std::get_if<VoteAnswer>(&packet.content))
        text += fmt::format(", term {}{}{}", answer->term, answer->binding ? ", binding" : "",
                            answer->granted ? ", granted" : "");
    return text;
}

}  // namespace berkeley::test
