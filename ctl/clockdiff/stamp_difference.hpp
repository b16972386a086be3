// From stamps of whole milliseconds to a difference of two clocks known better than that.
//
// A stamp that was cut to R ms was taken before R + 1 ms. So an exchange that left us at t1, was
// stamped R and T over there, and was back at t4 proves, whatever the ways took:
//
//   T − t4  <=  the other clock − ours  <  R + 1 ms − t1
//
// Exchanges that leave at different parts of the millisecond cut that range from both sides, until
// little more than the least round trip is left of it.
#pragma once

#include <cstdint>
#include <optional>

#include "ctl/clockdiff/timestamp_message.hpp"

namespace berkeley::ctl {

// Nanoseconds, in this file: of one day, as the stamps have no date. A difference is taken as the
// one of less than half a day.
struct StampedExchange {
    std::int64_t sent_ns = 0;  // since 1970
    std::int64_t received_ns = 0;
    TimestampMs receive = 0;
    TimestampMs transmit = 0;
};

struct StampDifference {
    std::int64_t offset_ns = 0;  // the other clock − ours
    std::int64_t error_ns = 0;   // ±
};

class DifferenceEstimate {
  public:
    enum class Verdict { good, non_standard, senseless };

    // What is not good is left out.
    Verdict add(const StampedExchange& exchange);

    // Nothing before the first exchange, and none if they contradict each other: a clock was set
    // or slewed meanwhile.
    std::optional<StampDifference> difference() const;
    bool contradicts() const { return exchanges_ > 0 && low_ns_ > high_ns_; }
    std::size_t exchanges() const { return exchanges_; }
    std::optional<std::int64_t> least_round_trip_ns() const { return least_round_trip_ns_; }

  private:
    std::size_t exchanges_ = 0;
    std::int64_t low_ns_ = 0;
    std::int64_t high_ns_ = 0;
    std::optional<std::int64_t> least_round_trip_ns_;
};

// When the probe of that number is to leave, within its millisecond: any few of them in a row are
// spread over it.
std::int64_t phase_ns(std::size_t probe);

}  // namespace berkeley::ctl
