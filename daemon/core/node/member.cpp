#include "daemon/core/node/member.hpp"

namespace berkeley {
namespace {

Duration run(const Member& member, RawTime at) {
    const Duration raw = (at + member.link.offset_at(at)) - member.told->raw;
    return raw + gained(raw, member.told->system_rate);
}

}  // namespace

SystemTime Member::system_at(RawTime at) const {
    return told->system + run(*this, at);
}

std::optional<ClusterTime> Member::claimed_at(RawTime at) const {
    if (!told->claim)
        return std::nullopt;
    return told->claim->cluster + run(*this, at);
}

}  // namespace berkeley
