// Where in our source it was logged is nothing to an operator.
#define SD_JOURNAL_SUPPRESS_LOCATION

#include "daemon/platform/journal.hpp"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "daemon/core/time/rate.hpp"
#include "daemon/platform/message_ids.hpp"
#include "daemon/platform/raw_clock.hpp"
#include "daemon/platform/standard_streams.hpp"

namespace berkeley {

namespace {

constexpr std::size_t kMaxKinds = 64;

bool journal_listens() {
    return access("/run/systemd/journal/socket", W_OK) == 0;
}

// systemd names the device and inode of the stream that it gave us (systemd.exec(5)).
bool stderr_is_journal() {
    const char* stream =
        std::getenv("JOURNAL_STREAM");  // NOLINT(concurrency-mt-unsafe): read at start
    if (stream == nullptr)
        return false;
    struct stat status{};
    if (fstat(STDERR_FILENO, &status) != 0)
        return false;
    return fmt::format("{}:{}", status.st_dev, status.st_ino) == stream;
}

// sd_journal_sendv() itself reports success where no journald runs.
bool send_to_journal(const LogEntry& entry, const std::string& message) {
    if (!journal_listens())
        return false;
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
    return sd_journal_sendv(pieces.data(), static_cast<int>(pieces.size())) >= 0;
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
        ++state.held_back;
        return {};
    }
    state.credit -= 1;
    return {true, std::exchange(state.held_back, 0)};
}

std::vector<LogLimit::Flood> LogLimit::ended(Duration now, Duration quiet) {
    std::vector<Flood> floods;
    for (auto& [kind, state] : kinds_) {
        if (state.held_back > 0 && now - state.last >= quiet)
            floods.push_back({kind, std::exchange(state.held_back, 0)});
    }
    return floods;
}

Journal::Journal() : to_journal_(stderr_is_journal()) {}

Journal::~Journal() {
    tell_of_floods(0ns);
}

void Journal::write(const LogEntry& entry) {
    if (entry.priority > level_ && !entry.at_any_level)
        return;
    const Duration now{read_clock_ns(CLOCK_MONOTONIC)};
    const LogLimit::Verdict verdict =
        entry.limited ? limit_.ask(entry.message_id, now) : LogLimit::Verdict{true, 0};
    if (!verdict.pass) {
        held_back_[std::string(entry.message_id)] = entry;
        return;
    }
    put(entry, verdict.held_back == 0 ? entry.message
                                      : fmt::format("{} ({} more of this kind were not logged)",
                                                    entry.message, verdict.held_back));
}

void Journal::tell_of_floods(Duration quiet) {
    for (const LogLimit::Flood& flood :
         limit_.ended(Duration{read_clock_ns(CLOCK_MONOTONIC)}, quiet)) {
        const LogEntry& last = held_back_.at(flood.kind);
        LogEntry entry{last.priority, message_id::kMessagesHeldBack,
                       fmt::format("{} more messages like this one were not logged: {}",
                                   flood.held_back, last.message)};
        entry.fields = {{"BERKELEYD_HELD_BACK", std::to_string(flood.held_back)},
                        {"BERKELEYD_MESSAGE_ID", flood.kind}};
        put(entry, entry.message);
        held_back_.erase(flood.kind);
    }
}

void Journal::put(const LogEntry& entry, const std::string& message) const {
    if (!to_journal_ || !send_to_journal(entry, message))
        write_to_stderr(fmt::format("berkeleyd: {}\n", message));
}

}  // namespace berkeley
