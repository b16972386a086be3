// Writes the node's state to disk, but not more often than it is worth.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "daemon/platform/state_file.hpp"

namespace berkeley {

class StateKeeper {
  public:
    // Without a file, keeps nothing.
    StateKeeper(std::optional<std::filesystem::path> file, RawClockIdentity clock);

    // There is something worth keeping; `urgent`: not to be lost, whatever it costs.
    void request(bool urgent) {
        wanted_ = true;
        urgent_ = urgent_ || urgent;
    }

    // Whether it should be stored now: the first time, a minute after it was stored last, and when
    // it is urgent.
    bool due(SteadyTime now) const;

    // Now, whether due or not. An empty text, or what went wrong: once for each time that storing
    // begins to fail.
    std::string store(const SavedState& state, SteadyTime now);

    std::filesystem::path file() const { return file_.value_or(""); }

    // The kernel changed it. A made-up raw clock stays what it was.
    void change_clocksource(std::string name);

    static constexpr Duration kLeastApart = 60s;

  private:
    std::optional<std::filesystem::path> file_;
    RawClockIdentity clock_;
    bool wanted_ = false;
    bool urgent_ = false;
    bool failing_ = false;
    std::optional<SteadyTime> stored_at_;
};

}  // namespace berkeley
