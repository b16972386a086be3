// What makes two states of a player one.
#include "tests/election/roster_office_sight.hpp"
#include "tests/election/roster_player.hpp"

namespace berkeley::test {
namespace {

void add_change(FingerprintMaker& maker, const RosterChange& change) {
    maker.add(change.serial, change.step, change.node.name.view()[0]);
}

}  // namespace

void RosterOfficeSight::add(FingerprintMaker& maker, const RosterOffice& office, SteadyTime now) {
    maker.add(office.chain_.changes.size());
    for (const SignedChange& each : office.chain_.changes)
        add_change(maker, each.change);
    maker.add(office.signed_.has_value());
    if (office.signed_)
        add_change(maker, *office.signed_);
    maker.add(office.signed_in_, office.asked_for_ ? office.asked_for_->term : 0);
    if (office.asked_for_)
        add_change(maker, office.asked_for_->change);
    maker.add(office.settled_at_ > now ? office.settled_at_.ns : 0, office.asking_.has_value(),
              office.saved_ == office.generation_, office.save_again_at_.has_value(),
              office.draft_.has_value(), office.pending_.has_value(), office.proposal_.has_value());
    if (office.pending_)
        maker.add(office.pending_->to.value, office.pending_->session);
    if (!office.proposal_)
        return;
    add_change(maker, office.proposal_->change);
    maker.add(office.proposal_->session,
              office.proposal_->push_at.ns > now.ns ? office.proposal_->push_at.ns : 0);
    for (const auto& each : office.proposal_->signatures)
        maker.add(each.has_value());
    maker.add(office.proposal_->canvassed);
    if (office.proposal_->canvassed)
        return;
    for (const auto& each : office.proposal_->said) {
        maker.add(each ? each->answer : RosterAnswer::not_good);
        maker.add(each && each->other ? each->other->term : 0);
    }
}

namespace {

void add_saved(FingerprintMaker& maker, const SavedRoster& saved) {
    maker.add(saved.chain.changes.size());
    for (const SignedChange& each : saved.chain.changes)
        add_change(maker, each.change);
    maker.add(saved.signed_change.has_value(), saved.signed_in);
    if (saved.signed_change)
        add_change(maker, *saved.signed_change);
}

void add_election(FingerprintMaker& maker, const ElectionState& state, std::size_t candidates,
                  SteadyTime now) {
    const auto still = [now](SteadyTime at) { return at > now ? at.ns : 0; };
    const auto when = [](const auto& at) { return at ? at->ns : -1; };
    maker.add(state.phase, state.memory.term, state.memory.vote.value, state.memory.promise.count(),
              state.term_on_disk, still(state.promise_until), still(state.due),
              state.retry_wait.count(), state.heard_term, state.campaign_term, state.fitness,
              state.released ? still(state.released->until) : -1,
              state.released ? state.released->successor.value : 0, when(state.outvoted_at),
              when(state.asked_at), state.confirmed_term);
    for (std::size_t rank = 0; rank < candidates; ++rank) {
        const auto& pause = state.outvotings.of(rank);
        maker.add(pause ? still(pause->until) : -1, pause ? pause->length.count() : 0);
    }
    if (state.phase == ElectionPhase::following)
        return;
    maker.add(state.campaign_since.ns);
    for (std::size_t rank = 0; rank < candidates; ++rank) {
        const auto& backer = state.backing.of(rank);
        maker.add(backer ? backer->asked_at.ns : -1);
    }
}

struct ContentAdder {
    FingerprintMaker& maker;

    void operator()(const VoteWanted& wanted) const {
        maker.add(wanted.term, wanted.binding, wanted.asked_at.ns);
    }
    void operator()(const VoteAnswer& answer) const {
        maker.add(answer.term, answer.binding, answer.asked_at.ns, answer.granted, answer.known);
    }
    void operator()(const Release& release) const {
        maker.add(release.term, release.successor.value);
    }
    void operator()(const RosterPoll& poll) const { maker.add(poll.asked_at.ns); }
    void operator()(const RosterReply& reply) const {
        maker.add(reply.asked_at.ns, reply.standing.term, reply.standing.promises);
    }
    void operator()(const RosterPart& part) const {
        maker.add(part.session, part.of, part.serial, part.part, part.parts, part.size);
        for (const std::uint8_t byte : part.bytes)
            maker.add(byte);
    }
    void operator()(const RosterSay& say) const {
        maker.add(say.session, say.answer, say.signature.has_value());
        maker.add(say.other ? say.other->term + 1 : 0);
        if (say.signature)
            maker.add((*say.signature)[0], (*say.signature)[1], (*say.signature)[2]);
    }
};

}  // namespace

void add_to(FingerprintMaker& maker, const RosterPacket& packet) {
    maker.add(packet.from, packet.to, packet.roster, packet.term, packet.content.index());
    std::visit(ContentAdder{maker}, packet.content);
}

void PlayerState::add_to(FingerprintMaker& maker, SteadyTime now) const {
    maker.add(context.settings.roster, context.roster, context.term);
    RosterOfficeSight::add(maker, office, now);
    maker.add(election.has_value());
    if (election)
        add_election(maker, election->state(), context.settings.candidates.size(), now);
    maker.add(voted.term, voted.vote.value);
    add_saved(maker, disk);
    maker.add(writing.has_value());
    if (writing)
        add_saved(maker, writing->roster);
    maker.add(succeeding, newcomer.has_value(), followed.term, followed.master.value);
    if (newcomer)
        maker.add(newcomer->who.value, newcomer->backer.asked_at.ns);
}

}  // namespace berkeley::test
