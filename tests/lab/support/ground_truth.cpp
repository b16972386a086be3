#include "tests/lab/support/ground_truth.hpp"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <stdexcept>
#include <thread>

#include <sys/timex.h>

#include "tests/support/median.hpp"

namespace berkeley::lab {
namespace {

struct HostReading {
    std::uint64_t tsc = 0;
    std::int64_t ns = 0;
};

HostReading read_host(clockid_t clock) {
    HostReading best;
    std::uint64_t narrowest = ~std::uint64_t{0};
    for (int i = 0; i < 20; ++i) {
        timespec now{};
        const std::uint64_t before = read_tsc();
        clock_gettime(clock, &now);
        const std::uint64_t width = read_tsc() - before;
        if (width < narrowest) {
            narrowest = width;
            best = {before + width / 2, std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec};
        }
    }
    return best;
}

double measure_tsc_hz() {
    const HostReading first = read_host(CLOCK_MONOTONIC_RAW);
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    const HostReading last = read_host(CLOCK_MONOTONIC_RAW);
    return static_cast<double>(last.tsc - first.tsc) * 1e9 /
           static_cast<double>(last.ns - first.ns);
}

bool unsynchronized(const ClockSample& sample) {
    return (sample.status & STA_UNSYNC) != 0;
}

}  // namespace

GroundTruth::GroundTruth(std::vector<const Guest*> guests)
    : guests_(std::move(guests)),
      points_(guests_.size()),
      taken_(guests_.size()),
      left_out_(guests_.size()),
      hz_(measure_tsc_hz()) {
    const HostReading origin = read_host(CLOCK_REALTIME);
    origin_tsc_ = origin.tsc;
    origin_ns_ = origin.ns;
    for (std::size_t guest = 1; guest <= guests_.size(); ++guest)
        skip(guest);
}

void GroundTruth::collect() {
    for (std::size_t i = 0; i < guests_.size(); ++i) {
        const SharedPage& page = guests_[i]->page();
        const std::uint64_t written = page.written.load(std::memory_order_acquire);
        if (written - taken_[i] >= kSamples)
            throw std::runtime_error("the ground truth was not collected for too long");
        for (; taken_[i] < written; ++taken_[i]) {
            const ClockSample& sample = page.samples[taken_[i] % kSamples];
            const auto axis = [this, i](std::uint64_t tsc) {
                const auto since =
                    static_cast<std::int64_t>(guests_[i]->host_tsc(tsc) - origin_tsc_);
                return static_cast<double>(since) / hz_;
            };
            TruePoint point;
            point.at = axis(sample.tsc);
            point.offset_ns = static_cast<double>(sample.system_ns - origin_ns_) - point.at * 1e9;
            point.raw_offset_ns = static_cast<double>(sample.raw_ns) - axis(sample.raw_tsc) * 1e9;
            point.sample = sample;
            points_[i].push_back(point);
        }
    }
}

void GroundTruth::skip(std::size_t guest) {
    taken_[guest - 1] = guests_[guest - 1]->page().written.load(std::memory_order_acquire);
}

double GroundTruth::now() const {
    return static_cast<double>(read_tsc() - origin_tsc_) / hz_;
}

double GroundTruth::tsc_hz() const {
    return hz_;
}

std::uint64_t GroundTruth::tsc_at(double at) const {
    return origin_tsc_ + static_cast<std::uint64_t>(at * hz_);
}

std::int64_t GroundTruth::host_ns_at(double at) const {
    return origin_ns_ + std::llround(at * 1e9);
}

// ---- one clock

const TruePoint* GroundTruth::before(std::size_t guest, double at) const {
    const auto& points = points_[guest - 1];
    const auto after = std::ranges::upper_bound(points, at, {}, &TruePoint::at);
    if (after == points.begin() || after == points.end())
        return nullptr;
    return &*(after - 1);
}

std::optional<double> GroundTruth::offset_ns(std::size_t guest, double at) const {
    const TruePoint* first = before(guest, at);
    if (first == nullptr)
        return std::nullopt;
    const TruePoint& second = *(first + 1);
    // Nothing is known of the time in which it was set, or did not sample.
    if (first->sample.sets != second.sample.sets || second.at - first->at > 5 * kGrid)
        return std::nullopt;
    const double share = (at - first->at) / (second.at - first->at);
    return first->offset_ns + share * (second.offset_ns - first->offset_ns);
}

double GroundTruth::raw_offset_ns(std::size_t guest, double at) const {
    const TruePoint* first = before(guest, at);
    if (first == nullptr)
        return NAN;
    const TruePoint& second = *(first + 1);
    const double share = (at - first->at) / (second.at - first->at);
    return first->raw_offset_ns + share * (second.raw_offset_ns - first->raw_offset_ns);
}

std::vector<std::size_t> GroundTruth::inside(std::size_t guest, Span span) const {
    std::vector<std::size_t> found;
    const auto& points = points_[guest - 1];
    for (std::size_t i = 0; i < points.size(); ++i) {
        if (points[i].at >= span.from && points[i].at <= span.to)
            found.push_back(i);
    }
    return found;
}

double GroundTruth::rate(std::size_t guest, Span span) const {
    const auto found = inside(guest, span);
    if (found.size() < 2)
        return NAN;
    const TruePoint& first = points_[guest - 1][found.front()];
    const TruePoint& last = points_[guest - 1][found.back()];
    return (last.offset_ns - first.offset_ns) / (last.at - first.at) * 1e-9;
}

double GroundTruth::raw_rate(std::size_t guest, Span span) const {
    const auto found = inside(guest, span);
    if (found.size() < 2)
        return NAN;
    const TruePoint& first = points_[guest - 1][found.front()];
    const TruePoint& last = points_[guest - 1][found.back()];
    return (last.raw_offset_ns - first.raw_offset_ns) / (last.at - first.at) * 1e-9;
}

double GroundTruth::strays_ns(std::size_t guest, Span before, Span watched) const {
    const auto fitted = inside(guest, before);
    if (fitted.size() < 10)
        return INFINITY;
    double mean_at = 0;
    double mean_offset = 0;
    const auto& points = points_[guest - 1];
    for (const std::size_t i : fitted) {
        mean_at += points[i].at / static_cast<double>(fitted.size());
        mean_offset += points[i].offset_ns / static_cast<double>(fitted.size());
    }
    double squares = 0;
    double products = 0;
    for (const std::size_t i : fitted) {
        squares += (points[i].at - mean_at) * (points[i].at - mean_at);
        products += (points[i].at - mean_at) * (points[i].offset_ns - mean_offset);
    }
    double furthest = 0;
    for (const std::size_t i : inside(guest, watched)) {
        const double line = mean_offset + (points[i].at - mean_at) * products / squares;
        furthest = std::max(furthest, std::abs(points[i].offset_ns - line));
    }
    return furthest;
}

std::uint32_t GroundTruth::sets(std::size_t guest, Span span) const {
    const auto found = inside(guest, span);
    if (found.empty())
        return 0;
    const auto& points = points_[guest - 1];
    const std::size_t first = found.front() == 0 ? 0 : found.front() - 1;
    return points[found.back()].sample.sets - points[first].sample.sets;
}

std::int64_t GroundTruth::furthest_back_ns(std::size_t guest, Span span) const {
    std::int64_t furthest = 0;
    std::int64_t latest = INT64_MIN;
    for (const std::size_t i : inside(guest, span)) {
        const std::int64_t now = points_[guest - 1][i].sample.system_ns;
        if (latest != INT64_MIN)
            furthest = std::max(furthest, latest - now);
        latest = now;
    }
    return furthest;
}

// ---- all clocks

std::optional<double> GroundTruth::spread_ns(double at) const {
    double low = INFINITY;
    double high = -INFINITY;
    for (std::size_t guest = 1; guest <= guests_.size(); ++guest) {
        if (left_out_[guest - 1])
            continue;
        const auto offset = offset_ns(guest, at);
        if (!offset)
            return std::nullopt;
        low = std::min(low, *offset);
        high = std::max(high, *offset);
    }
    return high - low;
}

Spread GroundTruth::spread(Span span) const {
    Spread spread;
    double squares = 0;
    for (double at = span.from; at < span.to; at += kGrid) {
        const auto here = spread_ns(at);
        if (!here)
            continue;
        ++spread.points;
        squares += *here * *here;
        spread.max_ns = std::max(spread.max_ns, *here);
    }
    if (spread.points > 0)
        spread.rms_ns = std::sqrt(squares / static_cast<double>(spread.points));
    return spread;
}

std::optional<double> GroundTruth::settled_below(double limit_ns, Span span) const {
    std::optional<double> since;
    for (double at = span.from; at < span.to; at += kGrid) {
        const auto here = spread_ns(at);
        if (!here)
            continue;
        if (*here >= limit_ns)
            since.reset();
        else if (!since)
            since = at;
    }
    return since;
}

BoundVerdict GroundTruth::bounds(Span span) const {
    BoundVerdict verdict;
    std::vector<double> errors;
    for (double at = span.from; at < span.to; at += kGrid) {
        for (std::size_t i = 1; i <= guests_.size(); ++i) {
            const TruePoint* one = before(i, at);
            const auto offset = offset_ns(i, at);
            if (one == nullptr || !offset || unsynchronized(one->sample) || left_out_[i - 1])
                continue;
            errors.push_back(one->sample.max_error_us * 1e3);
            for (std::size_t j = i + 1; j <= guests_.size(); ++j) {
                const TruePoint* other = before(j, at);
                const auto its = offset_ns(j, at);
                if (other == nullptr || !its || unsynchronized(other->sample) || left_out_[j - 1])
                    continue;
                const double apart = std::abs(*offset - *its);
                const double allowed =
                    1e3 * (one->sample.max_error_us + other->sample.max_error_us);
                ++verdict.checked;
                verdict.violations += apart > allowed ? 1U : 0U;
                verdict.tightest_ratio = std::max(verdict.tightest_ratio, apart / allowed);
                verdict.furthest_apart_ns = std::max(verdict.furthest_apart_ns, apart);
            }
        }
    }
    verdict.median_max_error_ns = test::median(std::move(errors));
    return verdict;
}

double GroundTruth::longest_stall(Span span) const {
    double longest = 0;
    for (std::size_t guest = 1; guest <= guests_.size(); ++guest) {
        double latest = span.from;
        for (const std::size_t i : inside(guest, span)) {
            const double at = points_[guest - 1][i].at;
            longest = std::max(longest, at - latest - kGrid);
            latest = at;
        }
    }
    return longest;
}

}  // namespace berkeley::lab
