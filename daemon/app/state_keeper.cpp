#include "daemon/app/state_keeper.hpp"

#include <utility>

namespace berkeley {

StateKeeper::StateKeeper(std::optional<std::filesystem::path> file, RawClockIdentity clock)
    : file_(std::move(file)), clock_(std::move(clock)) {}

bool StateKeeper::due(SteadyTime now) const {
    return urgent_ || (wanted_ && (!stored_at_ || now - *stored_at_ >= kLeastApart));
}

std::string StateKeeper::store(const SavedState& state, SteadyTime now) {
    wanted_ = urgent_ = false;
    stored_at_ = now;  // also of a failure: it is not tried more often
    if (!file_)
        return {};
    const auto stored = store_state(*file_, state, clock_);
    const bool failed_before = std::exchange(failing_, !stored);
    return stored || failed_before ? std::string{} : stored.error();
}

void StateKeeper::change_clocksource(std::string name) {
    if (!clock_.boot_id.empty())
        clock_.clocksource = std::move(name);
}

}  // namespace berkeley
