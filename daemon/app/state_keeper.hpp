// Keeps the node's state on disk, but writes it not more often than it is worth.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "daemon/app/disk_writer.hpp"
#include "daemon/platform/state_file.hpp"

namespace berkeley {

class StateKeeper {
  public:
    struct Kept {
        Term vote = 0;  // in that term; 0: none
        MoveId move;    // of cluster time; its epoch 0: none

        bool operator==(const Kept&) const = default;
    };

    struct Callbacks {
        std::function<void(const std::string& message)>
            failed;  // once for each time that it begins to
        std::function<void()> works_again;
        // What others are told of only when it is on disk is there; or it is not.
        std::function<void(const Kept& kept, bool good)> stored;
    };

    // Without a file, keeps nothing.
    StateKeeper(boost::asio::io_context& context, std::optional<std::filesystem::path> file,
                RawClockIdentity clock, Callbacks callbacks);

    // There is something worth keeping; `urgent`: not to be lost, whatever it costs.
    void request(bool urgent) {
        wanted_ = true;
        urgent_ = urgent_ || urgent;
    }

    // Whether it should be stored now: the first time, a minute after it was stored last, and when
    // it is urgent.
    bool due(SteadyTime now) const;
    bool urgent() const { return urgent_; }

    // Now, whether due or not; by another thread, so that nothing here waits for the disk.
    void store(SavedState state, SteadyTime now);

    // Waits for what was stored last to be on disk, within limits; false if it is not.
    bool finish();
    bool fails() const { return failing_; }  // the last that was tried was not stored

    // The kernel changed it. A made-up raw clock stays what it was.
    void change_clocksource(std::string name);

    std::filesystem::path file() const { return file_.value_or(""); }

    static constexpr Duration kLeastApart = 60s;
    static constexpr std::chrono::seconds kPatience{5};  // of finish()

  private:
    void written(DiskWriter::Ticket ticket, const DiskWriter::Result& result);

    std::optional<std::filesystem::path> file_;
    RawClockIdentity clock_;
    Callbacks callbacks_;
    DiskWriter writer_;
    std::map<DiskWriter::Ticket, Kept> under_way_;
    DiskWriter::Ticket last_ticket_ = 0;
    bool wanted_ = false;
    bool urgent_ = false;
    bool failing_ = false;
    std::optional<SteadyTime> stored_at_;
};

}  // namespace berkeley
