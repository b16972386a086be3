// What the path itself takes: the least round trip of the last hour, and how much jitter comes on
// top. A floor that nothing has touched for an hour is forgotten, so that a longer route is
// believed in the end; a shorter one is believed at once.
#pragma once

#include <array>

#include "daemon/core/time/instant.hpp"

namespace berkeley {

class RoundTripFloor {
  public:
    void add(RawTime at, Duration round_trip);

    // Time passes without a sample.
    void age(RawTime at);

    bool empty() const { return samples_ == 0; }
    Duration least() const { return least_; }

    // What one way takes at the least, by our best guess, and one sigma of it. The least of n round
    // trips with exponential jitter J either way lies above the true floor by a
    // Rayleigh-distributed amount of scale J/sqrt(n).
    Duration one_way() const;
    Duration one_way_sigma() const;

    // Shorter than chance lets a round trip be on this path.
    bool too_short(Duration round_trip) const;

    // Mean jitter of one way.
    Duration jitter() const;

  private:
    struct Bucket {
        Duration least{Duration::max()};
        std::int64_t samples = 0;
    };
    static constexpr std::size_t kBuckets = 8;
    static constexpr Duration kBucketSpan = 450s;

    void rotate(RawTime at);
    void sum_up();
    double least_excess_scale_ns() const;

    std::array<Bucket, kBuckets> buckets_{};
    std::size_t newest_ = 0;
    RawTime newest_since_;
    Duration least_{0};
    std::int64_t samples_ = 0;  // in all buckets
    double mean_excess_ns_ = 0;
    std::int64_t excess_weight_ = 0;
};

}  // namespace berkeley
