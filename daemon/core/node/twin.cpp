#include "daemon/core/node/twin.hpp"

#include <utility>

namespace berkeley {
namespace {

// Less than a member's patience with a master that has polled it once.
constexpr Duration kTimeToAnswer = 500ms;
// Who is refused asks once a minute, and datagrams are lost.
constexpr Duration kRemembered = 200s;
constexpr Duration kToldAgain = 1h;

}  // namespace

// One that contends already and joins once more has no more time for that.
void Twin::contend(const Knock& newcomer, Sequence next, RawTime now) {
    const bool goes_on = contends();
    const Knock before = std::exchange(newcomer_, newcomer);
    newcomer_.sequence = goes_on ? before.sequence : next;
    newcomer_.at = goes_on ? before.at : now;
}

std::optional<Knock> Twin::unopposed(Duration round_trip, RawTime now) {
    if (!contends() || now - newcomer_.at < kTimeToAnswer + round_trip)
        return std::nullopt;
    const Knock newcomer = newcomer_;
    forget();
    return newcomer;
}

std::optional<Knock> Twin::exposed_by(Sequence answered, RawTime now) {
    if (!contends() || answered < newcomer_.sequence)
        return std::nullopt;
    const Knock newcomer = newcomer_;
    came_again(newcomer.address, now);
    return newcomer;
}

void Twin::came_again(const Endpoint& from, RawTime now) {
    newcomer_ = {};
    newcomer_.address = from;
    seen_at_ = now;
}

bool Twin::known(RawTime now) const {
    return seen_at_ && now - *seen_at_ < kRemembered;
}

bool Twin::is_to_be_told(RawTime now) {
    if (told_at_ && now - *told_at_ < kToldAgain)
        return false;
    told_at_ = now;
    return true;
}

void Twin::forget() {
    newcomer_ = {};
    seen_at_.reset();
}

}  // namespace berkeley
