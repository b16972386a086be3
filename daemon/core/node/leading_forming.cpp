// How a new master's cluster time begins where the clocks alone do not tell it: from what the
// others claim of the one before, or from where they have seen it last.
#include <cmath>

#include "daemon/core/node/leading.hpp"
#include "daemon/core/time/rate.hpp"

namespace berkeley {

void Leading::go_on_by_claims(double rate_sigma, RawTime now) {
    for (Member* member : table_.all())
        go_on_by_claim(*member, rate_sigma, now);
}

// Where its own line puts it, a member has been for long; where our first exchanges put it, is
// known far worse. So what it claims is believed as one measurement more, and it is not moved by
// our ignorance.
void Leading::go_on_by_claim(Member& member, double rate_sigma, RawTime now) {
    if (!member.active() || !member.readable(now) || !member.told->claim ||
        member.told->header.epoch != context_.epoch) {
        return;
    }
    const Claim& claim = *member.told->claim;
    const TimeLine& ours = cluster_->line;
    const TimeLine its{member.told->raw, claim.cluster, claim.rate};
    member.link.believe(now, {.offset = its.raw_at(ours.at(now)) - now,
                              .offset_sigma = claim.sigma,
                              .rate = (1 + ours.rate) / (1 + its.rate) - 1,
                              .rate_sigma = std::hypot(claim.rate_sigma, rate_sigma)});
}

// It may be long past, and is not what any clock reads: that is for an operator to know.
std::optional<Formed> Leading::begin_blindly(const OwnReading& own) {
    auto formed = begin_where_last_seen(own, table_.all(), voters_.expected);
    if (formed)
        context_.report(ReportKind::begun_where_last_seen, context_.settings.name,
                        Duration{formed->at_now.ns});
    return formed;
}

}  // namespace berkeley
