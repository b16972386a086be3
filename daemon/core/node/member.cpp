#include "daemon/core/node/member.hpp"

#include <algorithm>

namespace berkeley {
namespace {

Duration run(const Member& member, RawTime at) {
    const Duration raw = (at + member.link.offset_at(at)) - member.told->raw;
    return raw + gained(raw, member.told->system_rate);
}

}  // namespace

bool Member::silent(RawTime now) const {
    const Duration patience = std::max<Duration>(poll_interval * 4, 2s);
    return now - heard_at.value_or(known_since) >= patience;
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
    return told->system + run(*this, at);
}

std::optional<ClusterTime> Member::claimed_at(RawTime at) const {
    if (!told->claim)
        return std::nullopt;
    return told->claim->cluster + run(*this, at);
}

}  // namespace berkeley
