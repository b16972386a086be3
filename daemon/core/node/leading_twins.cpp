// How a master tells a member that comes from another address from a second machine with its key.
#include <fmt/format.h>

#include "daemon/core/node/leading.hpp"

namespace berkeley {

// A member that moved, or was started anew elsewhere, answers nowhere else.
bool Leading::is_contested(const Member& member, const Knock& knock, const Moment& now) {
    return member.active() && knock.address != member.address && member.answers(now.raw);
}

void Leading::contend(Member& member, const Knock& knock, const Moment& now) {
    member.twin.contend(knock, member.next_sequence, now.raw);
    poll(member, now);
}

void Leading::decide_contest(Member& member, const Moment& now) {
    const Duration round_trip = member.link.least_round_trip().value_or(0ns);
    if (const auto newcomer = member.twin.unopposed(round_trip, now.raw))
        settle(member, *newcomer, now);
}

void Leading::expose_twin(Member& member, Sequence answered, const Moment& now) {
    if (const auto newcomer = member.twin.exposed_by(answered, now.raw))
        refuse_twin(member, newcomer->session, now);
}

bool Leading::is_twin(const Member& member, const Endpoint& from, const Moment& now) {
    return member.active() && member.twin.known(now.raw) && from != member.address &&
           member.answers(now.raw);
}

// A cookie that is right was told to who asks from there, and sealed by the key since.
Entry Leading::turn_away_twin(Member& member, const Join& join, bool has_cookie,
                              const Endpoint& from, const Moment& now) {
    if (!has_cookie)
        return Entry::unproved;
    member.twin.came_again(from, now.raw);
    refuse_twin(member, join.session, now);
    return Entry::refused;
}

void Leading::refuse_twin(Member& member, Session session, const Moment& now) {
    const Endpoint& other = member.twin.address();
    ++context_.tracking.dropped.not_admitted;
    if (member.twin.is_to_be_told(now.raw))
        context_.report(ReportKind::member_on_two_machines, std::string(member.name.view()), 0ns,
                        fmt::format("{} and {}", to_string(member.address), to_string(other)));
    context_.send(other, member.id, Refusal{session, RefusalReason::on_two_machines},
                  member.seal.to_peer, 0);
}

}  // namespace berkeley
