// The settings of this machine's kernel clock: shows them, and puts them back. For packaging/demo,
// which leaves the machine as it found it.
//
//   kernel-clock show                 for people
//   kernel-clock save                 one line, to give to `restore` and `moved`
//   kernel-clock restore "LINE"       frequency, tick, status and time constant
//   kernel-clock moved "LINE"         how far the clock was moved since, in ns
#include <cstdio>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "daemon/core/steer/discipline.hpp"
#include "daemon/core/time/rate.hpp"
#include "daemon/platform/clock_bracket.hpp"
#include "daemon/platform/kernel_timex.hpp"

namespace {

using namespace berkeley;

struct Saved {
    timex settings{};
    RawTime raw;
    SystemTime system;
};

Saved look() {
    const ClockBracket now = read_clock_bracket();
    return {read_timex(), now.raw, now.system};
}

int show() {
    const timex tx = read_timex();
    fmt::print(
        "frequency {:+.3f} ppm, tick {} µs, status 0x{:04x} ({}), time constant {}, "
        "slew left {} {}\n",
        static_cast<double>(tx.freq) / 65536, tx.tick, tx.status,
        (tx.status & STA_UNSYNC) != 0 ? "unsynchronized" : "synchronized", tx.constant, tx.offset,
        (tx.status & STA_NANO) != 0 ? "ns" : "µs");
    return 0;
}

int save() {
    const Saved now = look();
    fmt::print("{} {} {} {} {} {}\n", now.settings.freq, now.settings.tick, now.settings.status,
               now.settings.constant, now.raw.ns, now.system.ns);
    return 0;
}

bool parse(const char* line, Saved& saved) {
    return std::sscanf(line, "%ld %ld %d %ld %ld %ld", &saved.settings.freq, &saved.settings.tick,
                       &saved.settings.status, &saved.settings.constant, &saved.raw.ns,
                       &saved.system.ns) == 6;
}

int restore(const Saved& saved) {
    if (restore_settings(saved.settings))
        return 0;
    fmt::print(stderr, "kernel-clock: the kernel refused: CAP_SYS_TIME is needed\n");
    return 1;
}

int moved(const Saved& saved) {
    const Saved now = look();
    const KernelRate rate = to_reading(saved.settings).rate;
    const Duration raw = now.raw - saved.raw;
    const Duration untouched = raw + gained(raw, rate_of(rate));
    fmt::print("{}\n", ((now.system - saved.system) - untouched).count());
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view verb = argc > 1 ? argv[1] : "";
    if (verb == "show")
        return show();
    if (verb == "save")
        return save();
    Saved saved;
    if (argc == 3 && parse(argv[2], saved)) {
        if (verb == "restore")
            return restore(saved);
        if (verb == "moved")
            return moved(saved);
    }
    fmt::print(stderr, "usage: kernel-clock show | save | restore LINE | moved LINE\n");
    return 2;
}
