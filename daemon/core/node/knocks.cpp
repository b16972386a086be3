#include "daemon/core/node/knocks.hpp"

#include <algorithm>

namespace berkeley {
namespace {

// A member that has moved on joins anew, with another session: an old one is soon worth nothing.
constexpr Duration kSameAgain = 1s;
constexpr Duration kPatience = 5s;

}  // namespace

Entry Knocks::take_in(const Knock& knock) {
    for (Knock& open : open_) {
        if (open.session != knock.session)
            continue;
        if (knock.at - open.at < kSameAgain)
            return Entry::repeated;
        open = knock;
        return Entry::taken;
    }
    Knock* place = place_for(knock);
    if (place == nullptr)
        return knock.has_cookie ? Entry::repeated : Entry::crowded;
    *place = knock;
    return Entry::taken;
}

// One that is free; else, for who has a cookie, that of the oldest without.
Knock* Knocks::place_for(const Knock& knock) {
    Knock* place = nullptr;
    for (Knock& open : open_) {
        if (open.session == 0 || knock.at - open.at >= kPatience)
            return &open;
        if (knock.has_cookie && !open.has_cookie && (place == nullptr || open.at < place->at))
            place = &open;
    }
    return place;
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
