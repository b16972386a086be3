// The hard side of measuring: where a peer's raw clock *must* be against ours, by causality and the
// assumption that each raw clock stays within kRho of its learned rate (±550 ppm until learned).
// No statistics enter here, and nothing from here enters the filter.
#pragma once

#include <optional>

#include "daemon/core/measure/exchange.hpp"
#include "daemon/core/time/rate.hpp"

namespace berkeley {

inline constexpr double kRho = 50 * kPpm;
inline constexpr double kUnlearnedRho = 550 * kPpm;

class OffsetGuarantee {
  public:
    // `rate`: the filter's relative rate, about which the guarantee is drawn. Returns false when
    // exchange and guarantee exclude each other: an assumption is broken, and the guarantee
    // starts again from this exchange.
    bool add(const Exchange& exchange, double rate);

    bool empty() const { return !range_; }

    // Offset of the peer's raw clock at `at` on ours.
    OffsetRange range_at(RawTime at) const;

    // By how much, per unit of time, either end of the range moves away from the filter's line.
    double growth() const { return growth_; }

  private:
    struct Known {
        RawTime at;
        OffsetRange offset;
    };

    OffsetRange carry(const Known& known, RawTime at) const;
    void learn_rate(const Known& newest, double rate);

    std::optional<Known> range_;
    Known anchor_;   // the range of some minutes ago: with it, the mean rate since is bounded
    Known standby_;  // the next anchor
    double rate_ = 0;
    double growth_ = 2 * kUnlearnedRho;
};

}  // namespace berkeley
