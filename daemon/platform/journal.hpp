// Where our log goes: to the journal with fields where stderr is the journal, else to stderr.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "daemon/core/time/instant.hpp"

namespace berkeley {

// As syslog(3) numbers them.
enum class Priority : std::uint8_t { error = 3, warning = 4, notice = 5, info = 6, debug = 7 };

struct LogEntry {
    Priority priority = Priority::info;
    std::string_view message_id;  // 32 hex digits, or empty; what the journal's catalog explains
    std::string message;
    std::vector<std::pair<std::string_view, std::string>> fields;  // names in capitals
};

// Lets a burst through, and then a trickle, of each kind of message, so that a flood of one kind
// neither fills the disk nor hides the others.
class LogLimit {
  public:
    struct Verdict {
        bool pass = false;
        std::uint64_t suppressed = 0;  // of this kind, since the last one let through
    };

    // `now` on any clock that does not go back. A kind is what its text says; there may be 64.
    Verdict ask(std::string_view kind, Duration now);

    static constexpr double kBurst = 20;
    static constexpr Duration kRefill = 5s;  // for one more

  private:
    struct Kind {
        double credit = kBurst;
        Duration last{0};
        std::uint64_t suppressed = 0;
    };
    std::unordered_map<std::string, Kind> kinds_;
};

class Journal {
  public:
    // Decides once whether stderr is the journal. sd_journal_send() itself reports success where
    // no journald runs.
    Journal();

    void write(const LogEntry& entry);

    // Of no kind that the catalog explains.
    void write(Priority priority, std::string message);

  private:
    bool to_journal_;
    LogLimit limit_;
};

}  // namespace berkeley
