// Where in our source it was logged is nothing to an operator.
#define SD_JOURNAL_SUPPRESS_LOCATION

#include "daemon/platform/journal.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "daemon/core/time/rate.hpp"
#include "daemon/platform/raw_clock.hpp"

namespace berkeley {

namespace {

constexpr std::size_t kMaxKinds = 64;

// systemd names the device and inode of the stream that it gave us (systemd.exec(5)).
bool stderr_is_journal() {
    const char* stream =
        std::getenv("JOURNAL_STREAM");  // NOLINT(concurrency-mt-unsafe): read at start
    if (stream == nullptr || access("/run/systemd/journal/socket", W_OK) != 0)
        return false;
    struct stat status{};
    if (fstat(STDERR_FILENO, &status) != 0)
        return false;
    return fmt::format("{}:{}", status.st_dev, status.st_ino) == stream;
}

void send_to_journal(const LogEntry& entry, const std::string& message) {
    std::vector<std::string> lines;
    lines.reserve(3 + entry.fields.size());
    lines.push_back("MESSAGE=" + message);
    lines.push_back(fmt::format("PRIORITY={}", static_cast<int>(entry.priority)));
    if (!entry.message_id.empty())
        lines.push_back(fmt::format("MESSAGE_ID={}", entry.message_id));
    for (const auto& [name, value] : entry.fields) {
        lines.push_back(fmt::format("{}={}", name, value));
    }
    std::vector<iovec> pieces;
    pieces.reserve(lines.size());
    for (std::string& line : lines)
        pieces.push_back({line.data(), line.size()});
    sd_journal_sendv(pieces.data(), static_cast<int>(pieces.size()));
}

}  // namespace

LogLimit::Verdict LogLimit::ask(std::string_view kind, Duration now) {
    const auto found = kinds_.find(std::string(kind));
    if (found == kinds_.end() && kinds_.size() >= kMaxKinds)
        return {};
    Kind& state = found != kinds_.end() ? found->second : kinds_[std::string(kind)];
    state.credit = std::min(kBurst, state.credit + as_ns(now - state.last) / as_ns(kRefill));
    state.last = now;
    if (state.credit < 1) {
        ++state.suppressed;
        return {};
    }
    state.credit -= 1;
    return {true, std::exchange(state.suppressed, 0)};
}

Journal::Journal() : to_journal_(stderr_is_journal()) {}

void Journal::write(const LogEntry& entry) {
    const LogLimit::Verdict verdict =
        limit_.ask(entry.message_id, Duration{read_clock_ns(CLOCK_MONOTONIC)});
    if (!verdict.pass)
        return;
    std::string message = entry.message;
    if (verdict.suppressed > 0) {
        message += fmt::format(" ({} more of this kind were not logged)", verdict.suppressed);
    }
    if (to_journal_) {
        send_to_journal(entry, message);
    } else {
        // Nobody to tell when stderr itself fails.
        static_cast<void>(std::fprintf(stderr, "berkeleyd: %s\n", message.c_str()));
    }
}

void Journal::write(Priority priority, std::string message) {
    write(LogEntry{priority, {}, std::move(message), {}});
}

}  // namespace berkeley
