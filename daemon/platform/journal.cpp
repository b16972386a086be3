#include "daemon/platform/journal.hpp"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/core/time/rate.hpp"
#include "daemon/platform/message_ids.hpp"
#include "daemon/platform/raw_clock.hpp"
#include "daemon/platform/standard_streams.hpp"

namespace berkeley {

namespace {

constexpr std::size_t kMaxKinds = 128;  // there are fewer message ids

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

JournalSocket::Fields fields_of(const LogEntry& entry, std::string message) {
    JournalSocket::Fields fields;
    fields.reserve(4 + entry.fields.size());
    fields.emplace_back("MESSAGE", std::move(message));
    fields.emplace_back("PRIORITY", std::to_string(static_cast<int>(entry.priority)));
    fields.emplace_back("SYSLOG_IDENTIFIER", "berkeleyd");
    if (!entry.message_id.empty())
        fields.emplace_back("MESSAGE_ID", entry.message_id);
    fields.insert(fields.end(), entry.fields.begin(), entry.fields.end());
    return fields;
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

void Journal::put(const LogEntry& entry, const std::string& message) {
    if (to_journal_ && offer_to_journal(entry, message))
        return;
    write_to_stderr(fmt::format("berkeleyd: {}\n", message));
}

// True also where it is lost, as journald does not read: its end of stderr is no better then.
bool Journal::offer_to_journal(const LogEntry& entry, const std::string& message) {
    std::string text = message;
    if (lost_ > 0)
        text += fmt::format(" ({} before this one did not get into the journal, which was full)",
                            lost_);
    switch (socket_.send(fields_of(entry, std::move(text)))) {
        case JournalSocket::Sent::taken:
            lost_ = 0;
            return true;
        case JournalSocket::Sent::full:
            ++lost_;
            return true;
        case JournalSocket::Sent::absent:
            return false;
    }
    return false;
}

}  // namespace berkeley
