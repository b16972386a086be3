// Every guest's clock on the host's TSC axis: what the clocks really read, to about a microsecond,
// with the daemons under test unaware of it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "tests/lab/guest/shared_page.hpp"
#include "tests/lab/support/guest.hpp"

namespace berkeley::lab {

// Times are seconds on the host's axis, since the truth began. Offsets are nanoseconds: a guest's
// CLOCK_REALTIME less what the host's own axis says.
struct TruePoint {
    double at = 0;
    double offset_ns = 0;
    double raw_offset_ns = 0;  // of CLOCK_MONOTONIC_RAW, from wherever it began
    ClockSample sample;
};

struct Span {
    double from = 0;
    double to = 0;
};

struct Spread {
    double rms_ns = 0;  // of the clocks' max − min
    double max_ns = 0;
    std::size_t points = 0;
};

// Of each pair of clocks that both claim to be synchronized.
struct BoundVerdict {
    std::size_t checked = 0;
    std::size_t violations = 0;  // |clock_i − clock_j| > maxerror_i + maxerror_j
    double tightest_ratio = 0;   // the largest of that quotient
    double furthest_apart_ns = 0;
    double median_max_error_ns = 0;  // of all nodes, in that time
};

class GroundTruth {
  public:
    static constexpr double kGrid = 0.1;  // seconds; as the guests sample

    explicit GroundTruth(std::vector<const Guest*> guests);

    // Takes in what the guests have written since. To be called every few minutes at least.
    void collect();
    // Forgets what a guest wrote so far and was not collected: its TSC was another one.
    void skip(std::size_t guest);

    double now() const;
    double tsc_hz() const;
    std::uint64_t tsc_at(double at) const;
    std::int64_t host_ns_at(double at) const;  // CLOCK_REALTIME of the host's axis

    // Guests are counted from 1.
    const std::vector<TruePoint>& points(std::size_t guest) const { return points_[guest - 1]; }
    std::optional<double> offset_ns(std::size_t guest, double at) const;
    double raw_offset_ns(std::size_t guest, double at) const;  // of CLOCK_MONOTONIC_RAW
    // Of CLOCK_REALTIME (or CLOCK_MONOTONIC_RAW) over the axis, less 1: by the ends of the span.
    double rate(std::size_t guest, Span span) const;
    double raw_rate(std::size_t guest, Span span) const;

    // Of all guests, or of some.
    std::optional<double> spread_ns(double at) const;
    Spread spread(Span span) const;
    // From when on, within the span, the spread stays below a limit; nothing if it does not.
    std::optional<double> settled_below(double limit_ns, Span span) const;
    void leave_out(std::size_t guest, bool out) { left_out_[guest - 1] = out; }

    // How far the clock strays in `watched` from the straight line that it went along in `before`.
    double strays_ns(std::size_t guest, Span before, Span watched) const;

    // How often the clock was set in the span, and the furthest that a sample lies behind the one
    // before it (0 if time never went back).
    std::uint32_t sets(std::size_t guest, Span span) const;
    std::int64_t furthest_back_ns(std::size_t guest, Span span) const;

    BoundVerdict bounds(Span span) const;

    // The longest time that a guest did not sample: the host, or the emulator, stood still.
    double longest_stall(Span span) const;

  private:
    std::vector<std::size_t> inside(std::size_t guest, Span span) const;
    const TruePoint* before(std::size_t guest, double at) const;

    std::vector<const Guest*> guests_;
    std::vector<std::vector<TruePoint>> points_;
    std::vector<std::uint64_t> taken_;
    std::vector<bool> left_out_;
    std::uint64_t origin_tsc_ = 0;
    std::int64_t origin_ns_ = 0;
    double hz_ = 0;
};

}  // namespace berkeley::lab
