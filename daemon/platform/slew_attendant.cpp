#include "daemon/platform/slew_attendant.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ctime>

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/platform/capabilities.hpp"
#include "daemon/platform/error_text.hpp"
#include "daemon/platform/kernel_timex.hpp"
#include "daemon/platform/raw_clock.hpp"

namespace berkeley {

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

// Two ticks of a kernel at 100 Hz: by then it has turned to the new second's chunk.
constexpr Duration kSecondHasTurned = 20ms;
constexpr Duration kStayAwake = 1ms;  // between two looks: no tick is stopped

// What half a second takes at the slower time constant, and some.
constexpr Duration kLongestSlew = 90s;

// Of the rest, a late turn spoils nothing that could be measured.
constexpr Duration kNextToNothing = 50us;

bool slew_left() {
    const KernelReading kernel = to_reading(read_timex());
    return kernel.phase_locked && std::chrono::abs(kernel.slew_left) > kNextToNothing;
}

// By a clock that is slewed as the real one is, and that nobody sets.
void sleep_until_second_turns() {
    const timespec left{0,
                        std::min(kSecond - read_clock_ns(CLOCK_REALTIME) % kSecond, kSecond - 1)};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &left, nullptr);
}

void stay_awake(Duration how_long) {
    const std::int64_t end = read_clock_ns(CLOCK_MONOTONIC) + how_long.count();
    const timespec pause{0, kStayAwake.count()};
    while (read_clock_ns(CLOCK_MONOTONIC) < end)
        nanosleep(&pause, nullptr);
}

void close_all_but(int fd) {
    close_range(0, static_cast<unsigned>(fd) - 1, 0);
    close_range(static_cast<unsigned>(fd) + 1, ~0U, 0);
}

// False when the daemon has ended.
bool await_call(int fd) {
    std::array<char, 64> calls;
    ssize_t got = 0;
    do {
        got = read(fd, calls.data(), calls.size());
    } while (got < 0 && errno == EINTR);
    return got > 0;
}

[[noreturn]] void attend_until_the_end(int calls) {
    // Of the terminal's process group, too; a service manager's SIGTERM ends it at once, whatever
    // the daemon does on one.
    std::signal(SIGINT, SIG_IGN);
    std::signal(SIGHUP, SIG_IGN);
    std::signal(SIGTERM, SIG_DFL);
    prctl(PR_SET_NAME, "berkeleyd-slew");
    if (!confine({.set_clock = false, .account = std::nullopt}))
        _exit(1);
    close_all_but(calls);
    while (await_call(calls))
        attend_slew(kLongestSlew);
    attend_slew(kLongestSlew);
    _exit(0);
}

}  // namespace

tl::expected<SlewAttendant, std::string> SlewAttendant::start() {
    constexpr const char* kWithout =
        "if berkeleyd is killed in mid-slew on an idle machine, the slew may miss its goal by some "
        "milliseconds";
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return tl::unexpected(fmt::format("no socket ({}): {}", error_text(errno), kWithout));
    FileDescriptor calls_in(ends[0]);
    FileDescriptor calls_out(ends[1]);
    const pid_t pid = fork();
    if (pid < 0)
        return tl::unexpected(fmt::format("no process ({}): {}", error_text(errno), kWithout));
    if (pid == 0)
        attend_until_the_end(calls_in.get());
    return SlewAttendant(std::move(calls_out), pid);
}

// Where no more fits in, there are calls enough.
void SlewAttendant::attend() {
    const char call = 1;
    send(calls_.get(), &call, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void attend_turn_of_second() {
    sleep_until_second_turns();
    stay_awake(kSecondHasTurned);
}

void attend_slew(Duration limit) {
    const std::int64_t end = read_clock_ns(CLOCK_BOOTTIME) + limit.count();
    while (slew_left() && read_clock_ns(CLOCK_BOOTTIME) < end)
        attend_turn_of_second();
}

}  // namespace berkeley
