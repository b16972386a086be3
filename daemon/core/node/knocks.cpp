#include "daemon/core/node/knocks.hpp"

#include <algorithm>

namespace berkeley {
namespace {

// A member that has moved on joins anew, with another session: an old one is soon worth nothing.
constexpr Duration kSameAgain = 1s;
constexpr Duration kPatience = 5s;

}  // namespace

bool Knocks::take_in(const Knock& knock) {
    for (Knock& open : open_) {
        if (open.session != knock.session)
            continue;
        if (knock.at - open.at < kSameAgain)
            return false;
        open = knock;
        return true;
    }
    for (Knock& open : open_) {
        if (open.session != 0 && knock.at - open.at < kPatience)
            continue;
        open = knock;
        return true;
    }
    return false;
}

std::optional<Knock> Knocks::settle(const Reply& reply) {
    const auto proved = std::find_if(open_.begin(), open_.end(), [&reply](const Knock& open) {
        return open.session != 0 && open.session == reply.session &&
               open.sequence == reply.sequence;
    });
    if (proved == open_.end())
        return std::nullopt;
    const Knock knock = *proved;
    open_.fill({});
    return knock;
}

}  // namespace berkeley
