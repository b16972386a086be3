#include "tests/lab/support/terminal.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/lab/support/stream_socket.hpp"

namespace berkeley::lab {
namespace {

// Of a user as of root.
constexpr std::string_view kUsualPrompt = ":~$ ";
// With the number between them that the last command ended with.
constexpr std::string_view kPromptStart = "[ended with ";
constexpr std::string_view kPromptEnd = "] ";

constexpr Seconds kLook{0.1};

}  // namespace

Terminal::Terminal(const std::filesystem::path& socket) : socket_(connect_to(socket)) {
    if (!socket_)
        throw std::runtime_error("no terminal at " + socket.string());
    reader_ = std::jthread([this](const std::stop_token& stop) { read_on(stop); });
}

void Terminal::read_on(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        if (!await_input(socket_.get(), kLook))
            continue;
        std::array<char, 4096> piece;
        const ssize_t got = read(socket_.get(), piece.data(), piece.size());
        if (got <= 0)
            return;
        const std::scoped_lock lock(mutex_);
        std::copy_if(piece.begin(), piece.begin() + got, std::back_inserter(come_),
                     [](char c) { return c != '\r'; });
        more_.notify_all();
    }
}

void Terminal::await_shell(Seconds limit) {
    await(kUsualPrompt, limit);
    // The quotes keep what is shown of the line itself from looking like the prompt.
    enter_well(fmt::format("PS1='[''{}$?{}'", kPromptStart.substr(1), kPromptEnd));
}

void Terminal::type(std::string_view line) {
    std::string bytes(line);
    bytes += '\r';
    for (std::size_t sent = 0; sent < bytes.size();) {
        const ssize_t put =
            send(socket_.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (put <= 0)
            throw std::runtime_error("the terminal is gone");
        sent += static_cast<std::size_t>(put);
    }
}

std::string Terminal::await(std::string_view words, Seconds limit) {
    std::unique_lock lock(mutex_);
    std::size_t at = std::string::npos;
    const bool came = more_.wait_for(lock, limit, [&] {
        at = come_.find(words);
        return at != std::string::npos;
    });
    if (!came)
        throw std::runtime_error(
            fmt::format("the terminal does not show '{}', but: {}", words, come_));
    std::string read = come_.substr(0, at + words.size());
    come_.erase(0, read.size());
    return read;
}

Outcome Terminal::ended(Seconds limit) {
    Outcome outcome;
    outcome.out = await(kPromptStart, limit);
    outcome.out.resize(outcome.out.size() - kPromptStart.size());
    outcome.code = std::stoi(await(kPromptEnd, limit));
    return outcome;
}

std::string Terminal::ended_well(Seconds limit) {
    const Outcome outcome = ended(limit);
    if (outcome.code != 0) {
        throw std::runtime_error(
            fmt::format("at the terminal, it ended with {}: {}", outcome.code, outcome.out));
    }
    return outcome.out;
}

Outcome Terminal::enter(std::string_view line, Seconds limit) {
    type(line);
    return ended(limit);
}

std::string Terminal::enter_well(std::string_view line, Seconds limit) {
    type(line);
    return ended_well(limit);
}

}  // namespace berkeley::lab
