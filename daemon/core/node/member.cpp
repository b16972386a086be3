#include "daemon/core/node/member.hpp"

#include <algorithm>

namespace berkeley {
namespace {

// Of its raw clock, since its last reply.
Duration run(const Member& member, RawTime at) {
    return (at + member.link.offset_at(at)) - member.told->raw;
}

}  // namespace

bool Member::silent(RawTime now) const {
    const Duration patience = std::max<Duration>(poll_interval * 4, 2s);
    return now - heard_at.value_or(known_since) >= patience;
}

bool Member::answers(RawTime now) const {
    const Duration lately = std::max<Duration>(poll_interval * 5 / 2, 700ms);
    return heard_at && now - *heard_at < lately;
}

bool Member::measured_lately(RawTime now) const {
    const Duration patience = std::max<Duration>(poll_interval * 16, 30s);
    return now - learned_at <= patience;
}

bool Member::readable(RawTime at) const {
    constexpr Duration kOld = 24h;
    if (!told || !link.measured())
        return false;
    const Duration since = (at + link.offset_at(at)) - told->raw;
    return since > -kOld && since < kOld;
}

SystemTime Member::system_at(RawTime at) const {
    const Duration raw = run(*this, at);
    return told->system + raw + gained(raw, told->system_rate);
}

Duration Member::measuring_bound(RawTime at) const {
    const OffsetRange sure = link.guaranteed_at(at);
    const Duration offset = link.offset_at(at);
    return std::max(sure.high - offset, offset - sure.low);
}

double Member::system_rate() const {
    const double relative = link.rate_sigma() < kRateGuessed ? link.rate() : 0;
    return (1 + told->system_rate) * (1 + relative) - 1;
}

std::optional<ClusterTime> Member::claimed_at(RawTime at) const {
    if (!told->claim)
        return std::nullopt;
    const Duration raw = run(*this, at);
    return told->claim->cluster + raw + gained(raw, told->claim->rate);
}

}  // namespace berkeley
