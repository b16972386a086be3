// From one candidate to three: who came by an invitation for candidates is promoted by itself, as
// an operator would.
//
// Two candidates lead only together, so that two are worse than one: the only candidate waits until
// it can promote two. And where there are two, the word of one must not make a third: whoever stole
// its key would have a majority. So the only candidate, whose word was enough, foresees the second
// promotion in the first one; all who hold that roster know it, and whoever leads then proposes it.
#include <algorithm>

#include <fmt/format.h>

#include "daemon/core/node/node_impl.hpp"

namespace berkeley {
namespace {

constexpr Duration kBetweenLooks = 1s;
constexpr Duration kLongestPause = 1h;

RosterWish promotion_of(const NodeName& name) {
    return {RosterStep::promote, name, "", 0};
}

}  // namespace

void Node::Impl::look_after_aspirants(const Moment& now) {
    if (!gate_ || now.raw < aspiration_.look_at)
        return;
    aspiration_.look_at = now.raw + kBetweenLooks;
    if (roster_office_.roster().serial != context_.roster)
        return;  // it is not on disk: a crash would leave the one before
    let_go_of_aspirants(now);
    if (!leads(now) || !leading_->formed() || roster_office_.proposes() ||
        now.raw < aspiration_.propose_at)
        return;
    const auto next = next_aspirant(now);
    if (!next)
        return tell_of_waiting_aspirant(now);
    aspiration_.propose_at = now.raw + aspiration_.pause;
    aspiration_.pause = std::min(2 * aspiration_.pause, kLongestPause);
    roster_office_.propose(RosterStep::promote, *next, now);
}

// They have no say any more once there is another candidate; and who was one never comes back so.
void Node::Impl::let_go_of_aspirants(const Moment& now) {
    const Roster& roster = roster_office_.roster();
    const Registry& registry = gate_->enrolment().registry();
    const std::vector<NodeName> all = registry.content().aspirants;
    for (const NodeName& each : all) {
        const PublicKey& key = registry.certificate_of(each.view())->key;
        const bool done = roster.rank_of(key) || roster.foreseen == Foreseen{each, key};
        const bool was_one = roster_office_.was_candidate(key);
        if (!done && !was_one && roster.candidates.size() == 1)
            continue;
        gate_->enrolment().no_aspirant(each, now);
        if (!done)
            context_.report(ReportKind::aspirant_let_go, std::string(each.view()), 0ns,
                            was_one ? "it was one before"
                                    : "there are several by now, and one candidate's word is not "
                                      "enough to make another");
    }
}

std::optional<RosterOffice::Promoted> Node::Impl::next_aspirant(const Moment& now) const {
    const Roster& roster = roster_office_.roster();
    if (roster.foreseen) {
        const auto who = promotable(roster.foreseen->name, roster.foreseen->key, now);
        return who ? std::optional(*who) : std::nullopt;
    }
    const auto ready = ready_aspirants(now);
    if (ready.size() < 2)
        return std::nullopt;
    RosterOffice::Promoted first = ready[0];
    first.foreseen = Foreseen{ready[1].node.name, ready[1].node.key};
    return first;
}

std::vector<RosterOffice::Promoted> Node::Impl::ready_aspirants(const Moment& now) const {
    std::vector<RosterOffice::Promoted> ready;
    if (roster_office_.roster().candidates.size() > 1)
        return ready;
    const Registry& registry = gate_->enrolment().registry();
    for (const NodeName& each : registry.content().aspirants) {
        if (const auto who = promotable(each, registry.certificate_of(each.view())->key, now))
            ready.push_back(*who);
    }
    return ready;
}

tl::expected<RosterOffice::Promoted, std::string> Node::Impl::promotable(const NodeName& name,
                                                                         const PublicKey& key,
                                                                         const Moment& now) const {
    const Registry& registry = gate_->enrolment().registry();
    if (registry.content().revocations.contains(key))
        return tl::unexpected<std::string>("its key was revoked");
    if (member_that_answers(name, now) == nullptr)
        return tl::unexpected(fmt::format("it waits until berkeleyd runs on {}", name.view()));
    auto who = to_promote(promotion_of(name), now);
    if (!who)
        return who;
    if (who->node.key != key)
        return tl::unexpected<std::string>("a member of that name has another key");
    const std::string why_not = roster_office_.why_not(RosterStep::promote, *who);
    if (!why_not.empty())
        return tl::unexpected(why_not);
    return who;
}

// By hand, too, the only candidate foresees whom it enrolled for that.
std::optional<Foreseen> Node::Impl::foreseen_beside(const NodeName& promoted) const {
    if (!gate_ || roster_office_.roster().candidates.size() > 1)
        return std::nullopt;
    const Registry& registry = gate_->enrolment().registry();
    for (const NodeName& each : registry.content().aspirants) {
        const PublicKey& key = registry.certificate_of(each.view())->key;
        if (each != promoted && !roster_office_.was_candidate(key))
            return Foreseen{each, key};
    }
    return std::nullopt;
}

// ---- told

void Node::Impl::tell_of_waiting_aspirant(const Moment& now) {
    const auto ready = ready_aspirants(now);
    if (ready.size() != 1 || aspiration_.told == ready[0].node.name)
        return;
    aspiration_.told = ready[0].node.name;
    context_.report(ReportKind::aspirant_waits, std::string(ready[0].node.name.view()));
}

std::vector<Node::Impl::Awaited> Node::Impl::awaited(const Moment& now) const {
    std::vector<Awaited> all;
    if (const auto& next = roster_office_.roster().foreseen)
        all.push_back({fmt::format("{} is to be a candidate, too: {}", next->name.view(),
                                   why_foreseen_waits(*next, now)),
                       {}});
    if (!gate_ || roster_office_.roster().candidates.size() > 1)
        return all;
    const Registry& registry = gate_->enrolment().registry();
    for (const NodeName& each : registry.content().aspirants) {
        const auto who = promotable(each, registry.certificate_of(each.view())->key, now);
        const std::string why =
            who ? "it waits for another, as two candidates lead only together" : who.error();
        std::string advice;
        if (who)
            advice = fmt::format(
                "'berkeleyctl invite --candidate' invites one, or 'berkeleyctl promote {}' makes "
                "two",
                each.view());
        all.push_back(
            {fmt::format("{} is to be a candidate: {}", each.view(), why), std::move(advice)});
    }
    return all;
}

std::vector<std::string> Node::Impl::awaited_candidates(const Moment& now) const {
    std::vector<std::string> sentences;
    for (const Awaited& each : awaited(now))
        sentences.push_back(each.advice.empty() ? each.what : each.what + "; " + each.advice);
    return sentences;
}

std::string Node::Impl::why_foreseen_waits(const Foreseen& next, const Moment& now) const {
    if (!gate_ || !leads(now))
        return "the master sees to that";
    const auto who = promotable(next.name, next.key, now);
    return who ? "it is proposed by itself, now and then" : who.error();
}

std::string Node::Impl::why_no_candidate_invitation(const Moment& now) const {
    const std::string why_not = why_no_invitation(now);
    if (!why_not.empty())
        return why_not;
    if (const std::size_t count = roster_office_.roster().candidates.size(); count > 1)
        return fmt::format(
            "there are {} candidates, and one candidate's word is not enough to make another: "
            "'berkeleyctl invite' the machine as a member, and 'berkeleyctl promote' it while "
            "another candidate than this one leads",
            count);
    if (gate_->enrolment().registry().content().aspirants.size() >= 2)
        return "two nodes are to be candidates already, and three candidates are as many as come "
               "by invitations: 'berkeleyctl invite' the machine as a member, and 'berkeleyctl "
               "promote' it later";
    return {};
}

}  // namespace berkeley
