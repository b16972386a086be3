// Process 1 of a guest in the lab, or a service in one. It writes the guest's clock over its TSC to
// the shared page, and runs the commands that the test sends.
//
//   agent                                  as process 1
//   agent serve                            as a service
//   agent set-clock TSC NS HZ              CLOCK_REALTIME becomes NS + (now − TSC) / HZ seconds
//   agent set-tai SECONDS                  TAI − UTC, which the kernel keeps
#include <algorithm>
#include <array>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <string_view>

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lab/guest/shared_page.hpp"

namespace berkeley::lab {
namespace {

constexpr long kSampleNs = 100'000'000;
constexpr int kBrackets = 6;

[[noreturn]] void give_up(const char* what) {
    std::fprintf(stderr, "agent: %s: %s\n", what, std::strerror(errno));
    std::exit(1);
}

std::string first_line(const std::string& path) {
    std::array<char, 64> text{};
    const int fd = open(path.c_str(), O_RDONLY);
    if (fd < 0)
        return {};
    const ssize_t size = read(fd, text.data(), text.size() - 1);
    close(fd);
    std::string line(text.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    return line.substr(0, line.find('\n'));
}

// The ivshmem device, by its PCI identity.
std::string device_folder() {
    const std::string root = "/sys/bus/pci/devices/";
    DIR* devices = opendir(root.c_str());
    if (devices == nullptr)
        give_up("no PCI devices");
    std::string found;
    while (const dirent* entry = readdir(devices)) {
        const std::string folder = root + entry->d_name;
        if (first_line(folder + "/vendor") == "0x1af4" &&
            first_line(folder + "/device") == "0x1110")
            found = folder;
    }
    closedir(devices);
    return found;
}

SharedPage* map_page() {
    const std::string folder = device_folder();
    const int enable = open((folder + "/enable").c_str(), O_WRONLY);
    if (folder.empty() || enable < 0 || write(enable, "1", 1) != 1)
        give_up("no shared page");
    close(enable);
    const int memory = open((folder + "/resource2").c_str(), O_RDWR);
    void* page = mmap(nullptr, kPageBytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    if (memory < 0 || page == MAP_FAILED)
        give_up("the shared page cannot be mapped");
    return static_cast<SharedPage*>(page);
}

std::int64_t read_ns(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

struct Reading {
    std::uint64_t tsc = 0;
    std::uint64_t half_width = ~std::uint64_t{0};
    std::int64_t ns = 0;
};

// The tightest of a few: emulation is interrupted often.
Reading read_tightly(clockid_t clock) {
    Reading best;
    for (int i = 0; i < kBrackets; ++i) {
        const std::uint64_t before = read_tsc();
        const std::int64_t ns = read_ns(clock);
        const std::uint64_t half_width = (read_tsc() - before + 1) / 2;
        if (half_width < best.half_width)
            best = {before + half_width, half_width, ns};
    }
    return best;
}

// ---- sampling

class SetCounter {
  public:
    SetCounter() : timer_(timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC)) { arm(); }

    int fd() const { return timer_; }
    std::uint32_t count() {
        std::uint64_t ignored = 0;
        if (read(timer_, &ignored, sizeof ignored) < 0 && errno == ECANCELED) {
            ++sets_;
            arm();
        }
        return sets_;
    }

  private:
    void arm() {
        itimerspec never{};
        never.it_value.tv_sec = 9'000'000'000;
        if (timerfd_settime(timer_, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, nullptr))
            give_up("timerfd");
    }

    int timer_;
    std::uint32_t sets_ = 0;
};

void write_sample(SharedPage& page, std::uint32_t sets) {
    const Reading raw = read_tightly(CLOCK_MONOTONIC_RAW);
    timex kernel{};
    clock_adjtime(CLOCK_REALTIME, &kernel);
    const Reading system = read_tightly(CLOCK_REALTIME);
    const std::uint64_t count = page.written.load(std::memory_order_relaxed);
    ClockSample& sample = page.samples[count % kSamples];
    sample.tsc = system.tsc;
    sample.raw_tsc = raw.tsc;
    sample.system_ns = system.ns;
    sample.raw_ns = raw.ns;
    sample.half_width = static_cast<std::uint32_t>(std::min<std::uint64_t>(system.half_width, ~0U));
    sample.sets = sets;
    sample.frequency = kernel.freq;
    sample.slew_left_ns = kernel.offset * ((kernel.status & STA_NANO) != 0 ? 1 : 1000);
    sample.tick_us = static_cast<std::int32_t>(kernel.tick);
    sample.max_error_us = static_cast<std::int32_t>(kernel.maxerror);
    sample.estimated_error_us = static_cast<std::int32_t>(kernel.esterror);
    sample.status = kernel.status;
    sample.tai_offset_s = kernel.tai;
    page.written.store(count + 1, std::memory_order_release);
}

void answer_pings(SharedPage& page) {
    std::uint64_t answered = 0;
    while (page.spinning.load(std::memory_order_relaxed) != 0) {
        const std::uint64_t ping = page.ping.load(std::memory_order_acquire);
        if (ping == answered)
            continue;
        page.pong_tsc.store(read_tsc(), std::memory_order_relaxed);
        page.pong.store(ping, std::memory_order_release);
        answered = ping;
    }
}

[[noreturn]] void sample_for_ever(SharedPage& page) {
    sched_param first{};
    first.sched_priority = 50;
    sched_setscheduler(0, SCHED_FIFO, &first);
    SetCounter sets;
    page.magic.store(kPageMagic);
    while (true) {
        if (page.spinning.load() != 0)
            answer_pings(page);
        write_sample(page, sets.count());
        // CLOCK_MONOTONIC is slewed with the clock: that only moves the next sample a little.
        pollfd waiting{sets.fd(), POLLIN, 0};
        const timespec pause{0, kSampleNs};
        ppoll(&waiting, 1, &pause, nullptr);
    }
}

// ---- commands: a length and a line for the shell in; its exit code, a length and its output out

bool read_whole(int fd, void* to, std::size_t size) {
    auto* at = static_cast<char*>(to);
    while (size > 0) {
        const ssize_t got = read(fd, at, size);
        if (got <= 0) {
            usleep(20'000);  // nobody at the other end yet
            continue;
        }
        at += got;
        size -= static_cast<std::size_t>(got);
    }
    return true;
}

void write_whole(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t put = write(fd, bytes.data(), bytes.size());
        if (put <= 0) {
            usleep(20'000);
            continue;
        }
        bytes.remove_prefix(static_cast<std::size_t>(put));
    }
}

// What a command leaves running in the background becomes a child of process 1, too.
int wait_for(pid_t child) {
    while (true) {
        int status = 0;
        const pid_t ended = waitpid(-1, &status, 0);
        if (ended == child)
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        if (ended < 0 && errno == ECHILD)
            return -1;
    }
}

int run_shell(const std::string& command, const char* output_file) {
    const pid_t child = fork();
    if (child == 0) {
        setsid();
        const int out = open(output_file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        const int nothing = open("/dev/null", O_RDONLY);
        dup2(nothing, STDIN_FILENO);
        dup2(out, STDOUT_FILENO);
        dup2(out, STDERR_FILENO);
        execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
        _exit(127);
    }
    return wait_for(child);
}

std::string whole_file(const char* path) {
    std::string text;
    const int fd = open(path, O_RDONLY);
    std::array<char, 65'536> piece;
    for (ssize_t got = 1; got > 0;) {
        got = read(fd, piece.data(), piece.size());
        text.append(piece.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    }
    close(fd);
    return text;
}

[[noreturn]] void serve_commands(const char* port) {
    const int fd = open(port, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        give_up(port);
    while (true) {
        std::uint32_t size = 0;
        read_whole(fd, &size, sizeof size);
        std::string command(size, '\0');
        read_whole(fd, command.data(), size);
        const std::int32_t code = run_shell(command, "/tmp/output");
        const std::string output = whole_file("/tmp/output");
        const auto length = static_cast<std::uint32_t>(output.size());
        write_whole(fd, {reinterpret_cast<const char*>(&code), sizeof code});
        write_whole(fd, {reinterpret_cast<const char*>(&length), sizeof length});
        write_whole(fd, output);
    }
}

// ---- setting the clock to the nanosecond, as far as a call takes no time

int set_clock(std::uint64_t at_tsc, std::int64_t ns, double hz) {
    const auto passed = static_cast<std::int64_t>(read_tsc() - at_tsc);
    const std::int64_t now = ns + static_cast<std::int64_t>(static_cast<double>(passed) / hz * 1e9);
    const timespec set{now / 1'000'000'000, now % 1'000'000'000};
    if (clock_settime(CLOCK_REALTIME, &set) != 0)
        give_up("clock_settime");
    return 0;
}

int set_tai(long seconds) {
    timex kernel{};
    kernel.modes = ADJ_TAI;
    kernel.constant = seconds;
    if (clock_adjtime(CLOCK_REALTIME, &kernel) < 0)
        give_up("clock_adjtime");
    return 0;
}

int run(int argc, char** argv) {
    if (argc == 5 && std::strcmp(argv[1], "set-clock") == 0) {
        return set_clock(std::strtoull(argv[2], nullptr, 10), std::strtoll(argv[3], nullptr, 10),
                         std::strtod(argv[4], nullptr));
    }
    if (argc == 3 && std::strcmp(argv[1], "set-tai") == 0)
        return set_tai(std::strtol(argv[2], nullptr, 10));
    const bool service = argc == 2 && std::strcmp(argv[1], "serve") == 0;
    if (!service && getpid() != 1) {
        std::fprintf(stderr, "usage: agent [serve | set-clock TSC NS HZ | set-tai SECONDS]\n");
        return 2;
    }
    SharedPage* page = map_page();
    if (fork() == 0)
        sample_for_ever(*page);
    serve_commands("/dev/vport0p1");
}

}  // namespace
}  // namespace berkeley::lab

int main(int argc, char** argv) {
    return berkeley::lab::run(argc, argv);
}
