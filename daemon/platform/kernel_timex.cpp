#include "daemon/platform/kernel_timex.hpp"

#include <algorithm>
#include <ctime>

#include "daemon/core/contract.hpp"
#include "daemon/core/time/rate.hpp"

namespace berkeley {

namespace {

Duration offset_of(const timex& tx) {
    const Duration unit = (tx.status & STA_NANO) != 0 ? Duration{1ns} : Duration{1us};
    return tx.offset * unit;
}

// The kernel looks at its clock at ticks, and counts whole ticks only.
Duration turn_delay() {
    static const Duration delay = [] {
        timespec tick{};
        return clock_getres(CLOCK_REALTIME_COARSE, &tick) == 0 ? Duration{2 * tick.tv_nsec}
                                                               : Duration{20ms};
    }();
    return delay;
}

long whole_us(Duration d) {
    return static_cast<long>(std::chrono::ceil<std::chrono::microseconds>(d).count());
}

}  // namespace

timex read_timex() {
    timex tx{};
    if (clock_adjtime(CLOCK_REALTIME, &tx) >= 0)
        return tx;
    timex nominal{};
    nominal.tick = 10'000;
    nominal.status = STA_UNSYNC;
    nominal.maxerror = nominal.esterror = whole_us(kErrorUnknown);
    return nominal;
}

KernelReading to_reading(const timex& tx) {
    KernelReading reading;
    reading.rate = {.frequency = tx.freq, .tick_us = tx.tick};
    reading.slew_left = offset_of(tx);
    reading.time_constant = static_cast<int>(tx.constant);
    reading.turn_delay = turn_delay();
    reading.phase_locked = (tx.status & STA_PLL) != 0;
    reading.frequency_held = (tx.status & STA_FREQHOLD) != 0;
    reading.unsynchronized = (tx.status & STA_UNSYNC) != 0;
    reading.max_error = tx.maxerror * Duration{1us};
    reading.estimated_error = tx.esterror * Duration{1us};
    if ((tx.status & STA_INS) != 0)
        reading.leap = LeapNotice::insertion;
    else if ((tx.status & STA_DEL) != 0)
        reading.leap = LeapNotice::deletion;
    reading.tai_offset_s = tx.tai;
    return reading;
}

namespace {

int leap_status(const KernelAdjustment& adjustment, const timex& present) {
    if (!adjustment.leap)
        return present.status & (STA_INS | STA_DEL);
    switch (*adjustment.leap) {
        case LeapNotice::none:
            return 0;
        case LeapNotice::insertion:
            return STA_INS;
        case LeapNotice::deletion:
            return STA_DEL;
    }
    contract_broken("a leap notice of no known kind");
}

}  // namespace

timex to_timex(const KernelAdjustment& adjustment, const timex& present) {
    timex tx{};
    // ADJ_TAI must not be among them: it would take the time constant for the TAI offset.
    tx.modes = ADJ_FREQUENCY | ADJ_TICK | ADJ_OFFSET | ADJ_STATUS | ADJ_NANO | ADJ_TIMECONST |
               ADJ_MAXERROR | ADJ_ESTERROR;
    tx.freq = adjustment.rate.frequency;
    tx.tick = adjustment.rate.tick_us;
    tx.offset = adjustment.slew.count();
    tx.constant = adjustment.time_constant;
    tx.status = STA_PLL | STA_FREQHOLD | leap_status(adjustment, present);
    if (!adjustment.synchronized)
        tx.status |= STA_UNSYNC;
    // Rounded away from the better claim: an error is never told smaller than it is.
    tx.maxerror = whole_us(adjustment.max_error);
    tx.esterror = whole_us(adjustment.estimated_error);
    return tx;
}

timex to_disclaimer(const timex& present) {
    timex tx{};
    tx.modes = ADJ_STATUS | ADJ_MAXERROR | ADJ_ESTERROR;
    tx.status = present.status | STA_UNSYNC;
    tx.maxerror = tx.esterror = whole_us(kErrorUnknown);
    return tx;
}

bool kernel_takes_adjustments() {
    timex tx = read_timex();
    tx.modes = ADJ_STATUS;
    return clock_adjtime(CLOCK_REALTIME, &tx) >= 0;
}

bool restore_settings(const timex& found) {
    timex tx = found;
    tx.modes = ADJ_FREQUENCY | ADJ_TICK | ADJ_STATUS | ADJ_TIMECONST | ADJ_NANO;
    if (clock_adjtime(CLOCK_REALTIME, &tx) < 0)
        return false;
    if ((found.status & STA_NANO) != 0)
        return true;
    // Apart: without STA_NANO the kernel adds 4 to the time constant it is given.
    timex units{};
    units.modes = ADJ_MICRO;
    return clock_adjtime(CLOCK_REALTIME, &units) >= 0;
}

// A call of its own: ADJ_TAI and ADJ_TIMECONST share a field.
timex to_tai(int seconds) {
    timex tx{};
    tx.modes = ADJ_TAI;
    tx.constant = seconds;
    return tx;
}

timex to_step(Duration by) {
    timex tx{};
    tx.modes = ADJ_SETOFFSET | ADJ_NANO;
    const auto whole = std::chrono::floor<std::chrono::seconds>(by);
    tx.time.tv_sec = whole.count();
    tx.time.tv_usec = (by - whole).count();  // nanoseconds, by ADJ_NANO; never negative
    return tx;
}

double running_rate(const timex& tx) {
    const double by_tick = static_cast<double>(tx.tick - 10'000) / 10'000;
    const double by_frequency = static_cast<double>(tx.freq) / 65'536 * kPpm;
    if (tx.offset == 0)
        return by_tick + by_frequency;
    const long shift = kPllShift + std::clamp(tx.constant, 0L, 10L);
    const double chunk_ns = as_ns(offset_of(tx)) / static_cast<double>((1L << shift) - 1);
    return by_tick + by_frequency + chunk_ns * 1e-9;
}

}  // namespace berkeley
