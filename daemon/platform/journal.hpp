// Where our log goes: to the journal with fields where stderr is the journal, else to stderr.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "daemon/core/node/log_level.hpp"
#include "daemon/core/time/instant.hpp"
#include "daemon/platform/journal_socket.hpp"

namespace berkeley {

struct LogEntry {
    Priority priority = Priority::info;
    std::string_view message_id;  // of message_ids.hpp
    std::string message;
    // NOLINTNEXTLINE(readability-redundant-member-init): GCC warns without
    std::vector<std::pair<std::string_view, std::string>> fields = {};  // names in capitals
    bool limited = true;        // false for what is bounded anyway, and of which each part counts
    bool at_any_level = false;  // whatever the operator set: what was done by whose word
};

// Lets a burst through, and then a trickle, of each kind of message, so that a flood of one kind
// neither fills the disk nor hides the others.
class LogLimit {
  public:
    struct Verdict {
        bool pass = false;
        std::uint64_t held_back = 0;  // of this kind, since the last one let through
    };
    struct Flood {
        std::string kind;
        std::uint64_t held_back = 0;
    };

    // `now` on any clock that does not go back. A kind is what its text says; there may be
    // 128.
    Verdict ask(std::string_view kind, Duration now);

    // Floods that ended: of those kinds messages were held back, and none came for a while. Each is
    // told once.
    std::vector<Flood> ended(Duration now, Duration quiet = kQuiet);

    static constexpr double kBurst = 20;
    static constexpr Duration kRefill = 5s;  // for one more
    static constexpr Duration kQuiet = 10s;

  private:
    struct Kind {
        double credit = kBurst;
        Duration last{0};
        std::uint64_t held_back = 0;
    };
    std::unordered_map<std::string, Kind> kinds_;
};

class Journal {
  public:
    Journal();
    ~Journal();  // tells what was held back
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    void write(const LogEntry& entry);

    // From now on, what matters less is not written.
    void set_level(Priority level) { level_ = level; }

    // Now and then: how much of a flood that has ended was held back; 0 at an end without ours.
    void tell_of_floods(Duration quiet = LogLimit::kQuiet);

  private:
    void put(const LogEntry& entry, const std::string& message);
    bool offer_to_journal(const LogEntry& entry, const std::string& message);

    bool to_journal_;
    JournalSocket socket_;
    std::uint64_t lost_ = 0;  // messages, since the last that journald took
    Priority level_ = Priority::info;
    LogLimit limit_;
    std::unordered_map<std::string, LogEntry> held_back_;  // the last one of each kind
};

}  // namespace berkeley
