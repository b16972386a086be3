#include "daemon/platform/kernel_model.hpp"

#include <algorithm>

#include "daemon/core/contract.hpp"

namespace berkeley {

namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t kSecond = 1'000'000'000;               // ns
constexpr int kScaleShift = 32;                               // NTP_SCALE_SHIFT
constexpr int kMaxTimeConstant = 10;                          // MAXTC
constexpr std::int64_t kMaxPhase = 500'000'000;               // MAXPHASE, ns
constexpr std::int64_t kMaxFrequency = 500 << 16;             // MAXFREQ, 2^-16 ppm
constexpr std::int64_t kTicksPerSecond = 100;                 // USER_HZ
constexpr Duration kMaxErrorGrowth = 500us;                   // per second: MAXFREQ
constexpr Wide kResidueUnits = Wide{kSecond} << kScaleShift;  // of residue_ in one ns

// As the kernel's shift_right: towards zero, so that what is left of a slew keeps its sign.
constexpr std::int64_t shift_to_zero(std::int64_t value, int by) {
    return value < 0 ? -(-value >> by) : value >> by;
}

// What tick and frequency add to each raw second (ntp_update_frequency).
std::int64_t gain_of(const KernelRate& rate) {
    const std::int64_t by_tick_ns = (rate.tick_us - 10'000) * 1000 * kTicksPerSecond;
    // 2^-16 ppm of a second are 1000 · 2^-16 ns (PPM_SCALE).
    return by_tick_ns * (std::int64_t{1} << kScaleShift) + rate.frequency * 1000 * (1 << 16);
}

// SystemHostClock::adjust rounds up to the kernel's microseconds.
Duration clamped_error(Duration error) {
    const Duration whole_us = std::chrono::ceil<std::chrono::microseconds>(error);
    return std::clamp<Duration>(whole_us, 0ns, kErrorUnknown);
}

}  // namespace

KernelModel::KernelModel(RawTime raw, SystemTime system)
    : raw_(raw), system_(system), max_error_(kErrorUnknown), estimated_error_(kErrorUnknown) {}

SystemTime KernelModel::at(RawTime raw) {
    advance_to(raw);
    return system_;
}

KernelReading KernelModel::read(RawTime raw) {
    advance_to(raw);
    KernelReading reading;
    reading.rate = rate_;
    reading.slew_left = Duration{shift_to_zero(time_offset_, kScaleShift)};
    reading.time_constant = time_constant_;
    reading.phase_locked = phase_locked_;
    reading.frequency_held = phase_locked_;
    reading.unsynchronized = unsynchronized_;
    reading.max_error = max_error_;
    reading.estimated_error = estimated_error_;
    reading.leap = leap_notice_;
    reading.tai_offset_s = tai_offset_s_;
    return reading;
}

void KernelModel::adjust(RawTime raw, const KernelAdjustment& adjustment) {
    ensure(adjustment.rate.tick_us >= 9'000 && adjustment.rate.tick_us <= 11'000,
           "kernel tick outside 9000 to 11000 us");
    advance_to(raw);
    rate_.tick_us = adjustment.rate.tick_us;
    rate_.frequency = std::clamp(adjustment.rate.frequency, -kMaxFrequency, kMaxFrequency);
    base_gain_ = gain_of(rate_);
    const std::int64_t slew = std::clamp(adjustment.slew.count(), -kMaxPhase, kMaxPhase);
    time_offset_ = slew * (std::int64_t{1} << kScaleShift);
    time_constant_ = std::clamp(adjustment.time_constant, 0, kMaxTimeConstant);
    phase_locked_ = true;
    unsynchronized_ = !adjustment.synchronized;
    max_error_ = clamped_error(adjustment.max_error);
    estimated_error_ = clamped_error(adjustment.estimated_error);
    take_leap_notice(adjustment.leap.value_or(leap_notice_));
}

// second_overflow finds out when the day ends as soon as it sees a notice, and forgets a notice
// only when it is taken back: what ntp_clear forgets in between is not found again.
void KernelModel::take_leap_notice(LeapNotice notice) {
    if (notice == leap_notice_)
        return;
    leap_notice_ = notice;
    next_leap_ = INT64_MAX;
    if (notice == LeapNotice::none)
        return;
    constexpr std::int64_t kDay_s = 86'400;
    const std::int64_t left_out = notice == LeapNotice::deletion ? 1 : 0;
    const std::int64_t second = second_of(system_) + 1;  // that begins next
    next_leap_ = second + kDay_s - (second + left_out) % kDay_s;
}

void KernelModel::leap() {
    const Duration by = leap_notice_ == LeapNotice::insertion ? Duration{-1s} : Duration{1s};
    system_ = system_ + by;
    leapt_ += by;
    tai_offset_s_ -= static_cast<int>(by / Duration{1s});
    next_leap_ = INT64_MAX;
}

void KernelModel::step(RawTime raw, Duration by) {
    advance_to(raw);
    system_ = system_ + by;
    chunk_ = 0;  // ntp_clear, called whenever the clock is set
    time_offset_ = 0;
    next_leap_ = INT64_MAX;
    disclaim();
}

void KernelModel::disclaim() {
    unsynchronized_ = true;
    max_error_ = kErrorUnknown;
    estimated_error_ = kErrorUnknown;
}

void KernelModel::advance_to(RawTime raw) {
    ensure(raw >= raw_, "kernel model asked for its past");
    while (raw > raw_) {
        const std::int64_t asked = (raw - raw_).count();
        if (slew_at_rest()) {
            const std::int64_t before = second_of(system_);
            const std::int64_t until_leap =
                next_leap_ == INT64_MAX ? INT64_MAX : raw_until(next_leap_ * kSecond);
            run(std::min(asked, until_leap));
            age_max_error(second_of(system_) - before);
            if (asked >= until_leap)
                leap();
            continue;
        }
        const std::int64_t boundary = raw_until((second_of(system_) + 1) * kSecond);
        run(std::min(asked, boundary));
        if (asked >= boundary)
            start_second();
    }
}

// Nothing changes at a second's boundary but the error estimate.
bool KernelModel::slew_at_rest() const {
    return chunk_ == 0 && next_chunk() == 0;
}

void KernelModel::run(std::int64_t raw_ns) {
    const Wide gained = Wide{raw_ns} * (base_gain_ + chunk_) + residue_;
    Wide whole = gained / kResidueUnits;
    Wide rest = gained % kResidueUnits;
    if (rest < 0) {
        rest += kResidueUnits;
        whole -= 1;
    }
    raw_ = raw_ + Duration{raw_ns};
    system_ = system_ + Duration{raw_ns} + Duration{static_cast<std::int64_t>(whole)};
    residue_ = static_cast<std::int64_t>(rest);
}

std::int64_t KernelModel::raw_until(std::int64_t system_ns) const {
    const std::int64_t left_ns = system_ns - system_.ns;
    const Wide needed = Wide{left_ns} * kResidueUnits - residue_;
    const Wide per_raw_ns = kResidueUnits + base_gain_ + chunk_;
    return static_cast<std::int64_t>((needed + per_raw_ns - 1) / per_raw_ns);
}

// second_overflow
void KernelModel::start_second() {
    age_max_error(1);
    chunk_ = next_chunk();
    time_offset_ -= chunk_;
    if (second_of(system_) == next_leap_)
        leap();
}

std::int64_t KernelModel::next_chunk() const {
    return shift_to_zero(time_offset_, kPllShift + time_constant_);
}

void KernelModel::age_max_error(std::int64_t seconds) {
    constexpr std::int64_t kTillLimit = kErrorUnknown / kMaxErrorGrowth + 1;
    max_error_ += kMaxErrorGrowth * std::clamp<std::int64_t>(seconds, 0, kTillLimit);
    if (max_error_ > kErrorUnknown) {
        max_error_ = kErrorUnknown;
        unsynchronized_ = true;
    }
}

}  // namespace berkeley
