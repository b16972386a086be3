#include "daemon/core/measure/round_trip_floor.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "daemon/core/time/rate.hpp"

namespace berkeley {
namespace {

constexpr std::int64_t kExcessMemory = 64;  // samples
// Before anything is known of the jitter it is taken to be half of the first round trip: so long
// as a path has shown few samples, little is claimed of it.
constexpr std::int64_t kPriorWeight = 2;

constexpr double kShorterByChance = 5;  // scales of the least's distribution

}  // namespace

void RoundTripFloor::add(RawTime at, Duration round_trip) {
    rotate(at);
    Bucket& bucket = buckets_[newest_];
    bucket.least = std::min(bucket.least, round_trip);
    ++bucket.samples;
    sum_up();
    if (excess_weight_ == 0) {
        mean_excess_ns_ = as_ns(std::max(round_trip, 0ns));
        excess_weight_ = kPriorWeight;
        return;
    }
    excess_weight_ = std::min(excess_weight_ + 1, kExcessMemory);
    const double excess = as_ns(round_trip - least_);
    mean_excess_ns_ += (excess - mean_excess_ns_) / static_cast<double>(excess_weight_);
}

void RoundTripFloor::age(RawTime at) {
    rotate(at);
    sum_up();
}

void RoundTripFloor::sum_up() {
    least_ = Duration::max();
    samples_ = 0;
    for (const Bucket& each : buckets_) {
        least_ = std::min(least_, each.least);
        samples_ += each.samples;
    }
}

bool RoundTripFloor::too_short(Duration round_trip) const {
    return as_ns(least_ - round_trip) > kShorterByChance * least_excess_scale_ns();
}

double RoundTripFloor::least_excess_scale_ns() const {
    return as_ns(jitter()) / std::sqrt(static_cast<double>(std::max<std::int64_t>(samples_, 1)));
}

Duration RoundTripFloor::one_way() const {
    const double above = least_excess_scale_ns() * std::sqrt(std::numbers::pi / 2);
    return nanoseconds_of(std::max(0.0, (as_ns(least_) - above) / 2));
}

Duration RoundTripFloor::one_way_sigma() const {
    return nanoseconds_of(least_excess_scale_ns() * std::sqrt(2 - std::numbers::pi / 2) / 2);
}

Duration RoundTripFloor::jitter() const {
    return nanoseconds_of(mean_excess_ns_ / 2);
}

void RoundTripFloor::rotate(RawTime at) {
    if (samples_ == 0) {
        newest_since_ = at;
        return;
    }
    const std::int64_t passed = (at - newest_since_) / kBucketSpan;
    for (std::int64_t i = 0; i < std::min<std::int64_t>(passed, kBuckets); ++i) {
        newest_ = (newest_ + 1) % kBuckets;
        buckets_[newest_] = Bucket{};
    }
    if (passed > 0)
        newest_since_ = newest_since_ + passed * kBucketSpan;
}

}  // namespace berkeley
