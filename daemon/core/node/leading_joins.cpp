// How a master lets members in, and how they go.
#include <algorithm>

#include "daemon/core/node/leading.hpp"

namespace berkeley {

Entry Leading::receive(const Header& header, const Join& join, bool has_cookie,
                       const Endpoint& from, const Moment& now) {
    Member* member = table_.find(header.from);
    ensure(member != nullptr, "a Join by the key of nobody");
    return knock(*member, header, join, member->grant, has_cookie, from, now);
}

std::optional<RefusalReason> Leading::let_in(const Header& header, const Join& join,
                                             const Entrant& entrant, const Endpoint& from,
                                             const Moment& now) {
    const auto member = place_for(join, entrant.key, now);
    if (!member)
        return member.error();
    if ((*member)->session == 0)
        (*member)->grant = entrant.grant;
    (*member)->seal = entrant.seal;
    (*member)->certificate = entrant.certificate;
    knock(**member, header, join, entrant.grant, true, from, now);
    return std::nullopt;
}

// A Join may be a replay: it takes no name from a member that answers.
tl::expected<Member*, RefusalReason> Leading::place_for(const Join& join, const PublicKey& key,
                                                        const Moment& now) {
    const NodeId id = id_of(join.name.view());
    if (Member* known = table_.find(id)) {
        if (known->key == key)
            return known;
        if (known->active() && !known->silent(now.raw))
            return tl::unexpected(RefusalReason::name_in_use);
        table_.remove_if([id](const Member& member) { return member.id == id; });
    }
    Member* member = table_.add(id);
    if (member == nullptr) {
        ++context_.tracking.dropped.table_full;
        return tl::unexpected(RefusalReason::table_full);
    }
    member->name = join.name;
    member->key = key;
    member->vote = vote_of(join.name.view());
    member->known_since = now.raw;
    member->poll_interval = context_.settings.poll_min;
    return member;
}

Entry Leading::knock(Member& member, const Header& header, const Join& join, const Grant& grant,
                     bool has_cookie, const Endpoint& from, const Moment& now) {
    const Knock knock{.session = join.session,
                      .oscillator = join.oscillator,
                      .term = header.term,
                      .sequence = member.next_sequence,
                      .address = from,
                      .at = now.raw,
                      .grant = grant,
                      .has_cookie = has_cookie};
    if (is_twin(member, from, now))
        return turn_away_twin(member, join, has_cookie, from, now);
    const bool of_now = knock.session == member.session || member.twin.contends(knock.session);
    const Entry entry = of_now ? Entry::repeated : member.knocks.take_in(knock);
    if (entry == Entry::repeated)
        ++context_.tracking.dropped.replayed;
    if (entry != Entry::taken)
        return entry;
    ++member.next_sequence;
    send(member, poll_for(member, knock.session, knock.sequence, now), from);
    return entry;
}

void Leading::expel(const PublicKey& key) {
    for (const Member* member : table_.all()) {
        if (member->key != key)
            continue;
        std::erase(roster_, member->name.view());
        if (member->active())
            say_goodbye(*member);
    }
    table_.remove_if([&key](const Member& member) { return member.key == key; });
    tally_ = tally();
}

// A Reply to the poll that answered a Join proves the Join fresh.
void Leading::settle(Member& member, const Knock& knock, const Moment& now) {
    const bool same_clock = member.session != 0 && knock.oscillator == member.oscillator;
    const bool new_here = member.session == 0 || member.state == MemberState::left;
    if (knock.address != member.address)
        member.twin.forget();
    member.session = knock.session;
    member.oscillator = knock.oscillator;
    member.address = knock.address;
    member.grant = knock.grant;
    rise_above(knock.term);
    if (!same_clock) {
        member.link = Link{};
        member.link_since = now.raw;
        member.steady_rate.reset();
        member.clock.counted = false;
        member.told.reset();
    }
    if (new_here) {
        member.state = MemberState::joining;
        member.counts_from = now.raw;
        context_.report(ReportKind::member_joined, std::string(member.name.view()));
    }
    table_.poll_at(member, now.raw + context_.settings.poll_min);
}

// Terms only grow: what a member knew before cluster time was formed is of an earlier reign, and
// ours is another. (Where candidates elect, a new term is theirs to begin.)
void Leading::rise_above(std::uint64_t term) {
    if (formed() || term < context_.term || !context_.one_candidate())
        return;
    context_.term = towards(term, context_.term) + 1;
    context_.actions.push_back(SaveState{.at_once = true});
}

// ---- and out

void Leading::receive(const Header& header, const Leave& leave) {
    Member* member = table_.find(header.from);
    if (member == nullptr || !member->active() || leave.session != member->session ||
        leave.reign != reign_) {
        ++context_.tracking.dropped.replayed;
        return;
    }
    member->state = MemberState::left;
    member->clock.counted = false;
    member->verdict = {.charge = Charge::left};
    member->twin.forget();
    context_.report(ReportKind::member_left, std::string(member->name.view()));
}

void Leading::say_goodbye(const Member& member) {
    context_.send(member.address, member.id, Leave{member.session, reign_}, member.seal.to_peer, 0);
}

}  // namespace berkeley
