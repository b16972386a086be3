#include "tests/lab/support/guest.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/lab/support/stream_socket.hpp"

namespace berkeley::lab {
namespace {

constexpr const char* kFaketime = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";
constexpr const char* kQemu = "/usr/bin/qemu-system-x86_64";
constexpr const char* kSystemd = "systemd.show_status=no systemd.default_timeout_start_sec=600";
constexpr int kPings = 20'000;
// Ticks: so far may the TSCs of two processors be from each other, between which threads move.
constexpr std::int64_t kProcessorsApart = 1'000;

std::string qemu_said(const test::Process& qemu) {
    return qemu.err() + qemu.out();
}

test::Arguments qemu_arguments(const GuestPlace& place) {
    const auto file = [&place](std::string_view what) {
        return (place.folder / fmt::format("{}{}", what, place.number)).string();
    };
    const bool disk = !place.disk.empty();
    test::Arguments all{
        kQemu, "-accel", "tcg", "-machine", "q35,hpet=on", "-cpu", "max", "-m",
        disk ? "512" : "192", "-nodefaults", "-no-user-config", "-display", "none", "-kernel",
        place.image / "vmlinuz", "-initrd", place.image / "initramfs",
        // The TSC is read past libfaketime; the HPET is not, and so it drifts.
        "-append",
        fmt::format("console=ttyS0 quiet clocksource=hpet tsc=unstable no_timer_check "
                    "no_console_suspend rdinit=/init lab.node={} {}",
                    place.number, disk ? kSystemd : "panic=1"),
        "-serial", "file:" + file("console"), "-rtc", "base=" + place.rtc, "-object",
        fmt::format("memory-backend-file,id=page,share=on,mem-path={},size={}", file("page"),
                    kPageBytes),
        "-device", "ivshmem-plain,memdev=page", "-device", "virtio-serial-pci", "-chardev",
        fmt::format("socket,id=port,path={},server=on,wait=off", file("port")), "-device",
        "virtserialport,chardev=port,name=lab", "-qmp",
        fmt::format("unix:{},server=on,wait=off", file("qmp")), "-netdev",
        fmt::format("dgram,id=net,local.type=unix,local.path={},remote.type=unix,remote.path={}",
                    place.nic.string(), place.to_wire.string()),
        "-device",
        fmt::format("virtio-net-pci,netdev=net,romfile=,mac=52:54:00:00:00:{:02x}", place.number)};
    if (!disk) {
        all.emplace_back("-no-reboot");
        return all;
    }
    // A terminal that is no serial line: of that, the emulated one sometimes sends a byte twice.
    const test::Arguments more{
        "-chardev",
        fmt::format("socket,id=terminal,path={},server=on,wait=off,logfile={}", file("terminal"),
                    file("typed")),
        "-device",
        "virtconsole,chardev=terminal",
        "-drive",
        fmt::format("file={},format=raw,if=none,id=disk,cache=unsafe", place.disk.string()),
        "-device",
        "virtio-blk-pci,drive=disk"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

}  // namespace

std::string why_no_guests(const std::filesystem::path& image) {
    if (access(kQemu, X_OK) != 0)
        return "qemu-system-x86_64 is missing: packaging/install-build-deps --tests brings it";
    if (access(kFaketime, R_OK) != 0)
        return "libfaketime is missing: packaging/install-build-deps --tests brings it";
    if (!std::filesystem::exists(image / "initramfs"))
        return "the guests' image is missing: tests/run lab makes it";
    return {};
}

Guest::Guest(GuestPlace place) : place_(std::move(place)) {
    const auto page = place_.folder / fmt::format("page{}", place_.number);
    page_file_ = FileDescriptor(open(page.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!page_file_ || ftruncate(page_file_.get(), kPageBytes) != 0)
        throw std::runtime_error("cannot make the shared page " + page.string());
    void* mapped =
        mmap(nullptr, kPageBytes, PROT_READ | PROT_WRITE, MAP_SHARED, page_file_.get(), 0);
    if (mapped == MAP_FAILED)
        throw std::runtime_error("cannot map the shared page");
    page_ = static_cast<SharedPage*>(mapped);
    qemu_ = std::make_unique<test::Process>(
        qemu_arguments(place_),
        test::Environment{fmt::format("LD_PRELOAD={}", kFaketime), "FAKETIME_DONT_RESET=1",
                          fmt::format("FAKETIME=+0 x{:.9f}", 1 + place_.drift_ppm * 1e-6)});
}

Guest::~Guest() {
    qemu_.reset();
    munmap(page_, kPageBytes);
}

std::string Guest::name() const {
    return fmt::format("n{}", place_.number);
}

std::string Guest::address(std::size_t number) {
    return fmt::format("10.99.0.{}", number);
}

std::string Guest::address() const {
    return address(place_.number);
}

void Guest::await_boot(Seconds limit) {
    await_agent(limit);
    connect_port();
    calibrate();
}

void Guest::await_reboot(Seconds limit) {
    await_agent(limit);
    calibrate();
}

void Guest::await_agent(Seconds limit) {
    const bool up = test::wait_until(
        limit, [this] { return page_->magic.load() == kPageMagic || !qemu_->running(); });
    if (!up || !qemu_->running()) {
        throw std::runtime_error(
            fmt::format("guest {} did not boot: {}{}", name(), qemu_said(*qemu_), console()));
    }
}

std::filesystem::path Guest::file(std::string_view what) const {
    return place_.folder / fmt::format("{}{}", what, place_.number);
}

void Guest::connect_port() {
    port_ = connect_to(file("port"));
    monitor_ = connect_to(file("qmp"));
    if (!port_ || !monitor_)
        throw std::runtime_error(fmt::format("no connection to guest {}", name()));
    await_input(monitor_.get(), Seconds{5});
    std::array<char, 4096> greeting;
    if (read(monitor_.get(), greeting.data(), greeting.size()) <= 0)
        throw std::runtime_error(fmt::format("the monitor of guest {} is silent", name()));
    qmp("qmp_capabilities");
}

// Each answer proves the constant to lie within a span; the truth lies in all of them.
void Guest::calibrate() {
    page_->spinning.store(1);
    std::int64_t least = INT64_MIN;
    std::int64_t most = INT64_MAX;
    std::uint64_t number = page_->ping.load();
    const test::Stopwatch watch;
    for (int i = 0; i < kPings; ++i) {
        const std::uint64_t before = read_tsc();
        page_->ping.store(++number, std::memory_order_release);
        while (page_->pong.load(std::memory_order_acquire) != number) {
            if (watch.seconds() > 60) {
                page_->spinning.store(0);
                throw std::runtime_error(fmt::format("guest {} does not answer pings", name()));
            }
        }
        const std::uint64_t after = read_tsc();
        const std::uint64_t there = page_->pong_tsc.load(std::memory_order_relaxed);
        least = std::max(least, static_cast<std::int64_t>(before - there));
        most = std::min(most, static_cast<std::int64_t>(after - there));
    }
    page_->spinning.store(0);
    if (least - most > kProcessorsApart) {
        throw std::runtime_error(fmt::format(
            "the TSC of guest {} is not the host's: its span is {} ticks", name(), most - least));
    }
    tsc_constant_ = static_cast<std::uint64_t>(least + (most - least) / 2);
    tsc_uncertainty_ = static_cast<std::uint64_t>(std::abs(most - least) / 2 + 1);
}

// ---- commands

bool Guest::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(port_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool Guest::receive(void* to, std::size_t size, Seconds limit) {
    auto* at = static_cast<char*>(to);
    const test::Stopwatch watch;
    while (size > 0) {
        const Seconds left = limit - Seconds{watch.seconds()};
        if (left.count() <= 0 || !await_input(port_.get(), left))
            return false;
        const ssize_t got = read(port_.get(), at, size);
        if (got <= 0)
            return false;
        at += got;
        size -= static_cast<std::size_t>(got);
    }
    return true;
}

Outcome Guest::run(std::string_view command, Seconds limit) {
    const auto length = static_cast<std::uint32_t>(command.size());
    std::int32_t code = -1;
    std::uint32_t size = 0;
    Outcome outcome;
    if (!send({reinterpret_cast<const char*>(&length), sizeof length}) || !send(command) ||
        !receive(&code, sizeof code, limit) || !receive(&size, sizeof size, limit)) {
        outcome.err = fmt::format("guest {} gave no answer", name());
        return outcome;
    }
    outcome.out.resize(size);
    if (receive(outcome.out.data(), size, limit))
        outcome.code = code;
    return outcome;
}

std::string Guest::run_well(std::string_view command) {
    const Outcome outcome = run(command);
    if (outcome.code != 0) {
        throw std::runtime_error(fmt::format("{}: '{}' ended with {}: {}{}", name(), command,
                                             outcome.code, outcome.out, outcome.err));
    }
    return outcome.out;
}

void Guest::write_file(const std::string& path, std::string_view text) {
    run_well(fmt::format("mkdir -p \"$(dirname {0})\"; cat >{0} <<'END_OF_FILE'\n{1}\nEND_OF_FILE",
                         path, text));
}

void Guest::set_clock(std::uint64_t tsc, std::int64_t ns, double tsc_hz) {
    run_well(fmt::format("/bin/agent set-clock {} {} {:.3f}", tsc - tsc_constant_, ns, tsc_hz));
}

std::string Guest::qmp(const std::string& command) {
    const std::string line = fmt::format("{{\"execute\": \"{}\"}}\n", command);
    if (::send(monitor_.get(), line.data(), line.size(), MSG_NOSIGNAL) < 0)
        return {};
    std::string answer;
    std::array<char, 4096> piece;
    while (answer.find("\"return\"") == std::string::npos &&
           answer.find("\"error\"") == std::string::npos &&
           await_input(monitor_.get(), Seconds{5})) {
        const ssize_t got = read(monitor_.get(), piece.data(), piece.size());
        if (got <= 0)
            break;
        answer.append(piece.data(), static_cast<std::size_t>(got));
    }
    return answer;
}

std::string Guest::console() const {
    std::string all;
    for (const char* what : {"console", "typed"}) {
        std::ifstream stream(file(what));
        all.append(std::istreambuf_iterator<char>(stream), {});
    }
    return all;
}

}  // namespace berkeley::lab
