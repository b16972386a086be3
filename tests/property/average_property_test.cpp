// agree() against brute force over all subsets, and what it promises against liars.
#include <algorithm>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "daemon/core/agree/average.hpp"

namespace berkeley {
namespace {

struct Expected {
    OffsetRange tightest;
    std::vector<bool> counted;
    Duration average{0};
};

// The tightest hull of any `required` readings; of equally tight ones the earliest.
std::optional<OffsetRange> tightest_by_brute_force(const std::vector<Reading>& readings,
                                                   std::size_t required) {
    std::optional<OffsetRange> best;
    for (std::uint32_t subset = 1; subset < (1U << readings.size()); ++subset) {
        if (static_cast<std::size_t>(__builtin_popcount(subset)) != required)
            continue;
        OffsetRange hull{Duration::max(), Duration::min()};
        for (std::size_t i = 0; i < readings.size(); ++i) {
            if ((subset >> i & 1U) == 0)
                continue;
            hull.low = std::min(hull.low, readings[i].range().low);
            hull.high = std::max(hull.high, readings[i].range().high);
        }
        const bool better = !best || hull.width() < best->width() ||
                            (hull.width() == best->width() && hull.low < best->low);
        if (better)
            best = hull;
    }
    return best;
}

std::optional<Expected> agree_by_brute_force(const std::vector<Reading>& readings,
                                             std::size_t required, Duration gamma) {
    const auto tightest = tightest_by_brute_force(readings, required);
    if (!tightest)
        return std::nullopt;
    Expected expected{*tightest, {}, 0ns};
    __extension__ using Wide = __int128;
    Wide sum = 0;
    Wide number = 0;
    for (const Reading& reading : readings) {
        const bool near =
            reading.offset >= tightest->low - gamma && reading.offset <= tightest->high + gamma;
        expected.counted.push_back(near);
        if (near) {
            sum += reading.offset.count();
            ++number;
        }
    }
    expected.average = Duration{static_cast<std::int64_t>(sum / number)};
    return expected;
}

// Offsets of a few sizes, so that ties and coincidences come up; bounds from nothing to wide.
rc::Gen<Reading> any_reading() {
    const auto offset = rc::gen::oneOf(
        rc::gen::inRange<std::int64_t>(-5, 6),
        rc::gen::inRange<std::int64_t>(-1'000'000, 1'000'001),
        rc::gen::inRange<std::int64_t>(-std::int64_t{1} << 60, std::int64_t{1} << 60));
    const auto bound =
        rc::gen::oneOf(rc::gen::just<std::int64_t>(0), rc::gen::inRange<std::int64_t>(0, 6),
                       rc::gen::inRange<std::int64_t>(0, std::int64_t{1} << 40));
    return rc::gen::apply(
        [](std::int64_t o, std::int64_t b) { return Reading{Duration{o}, Duration{b}}; }, offset,
        bound);
}

RC_GTEST_PROP(AgreeProperty, IsWhatBruteForceFinds, ()) {
    const std::size_t n = *rc::gen::inRange<std::size_t>(1, 10);
    const auto readings = *rc::gen::container<std::vector<Reading>>(n, any_reading());
    const std::size_t required = *rc::gen::inRange<std::size_t>(1, n + 2);
    const Duration gamma{*rc::gen::inRange<std::int64_t>(0, 100)};
    const auto expected = agree_by_brute_force(readings, required, gamma);
    const auto found = agree(readings, required, gamma);
    RC_ASSERT(found.has_value() == expected.has_value());
    if (!found)
        return;
    RC_ASSERT(found->tightest.width() == expected->tightest.width());
    RC_ASSERT(found->tightest.low == expected->tightest.low);
    RC_ASSERT(found->counted == expected->counted);
    // A mean by quotients and remainders may round a nanosecond apart.
    RC_ASSERT(std::abs((found->average - expected->average).count()) <= 1);
}

RC_GTEST_PROP(AgreeProperty, DoesNotDependOnTheOrder, ()) {
    auto readings = *rc::gen::container<std::vector<Reading>>(*rc::gen::inRange<std::size_t>(1, 30),
                                                              any_reading());
    const std::size_t required = majority_of(readings.size());
    const auto before = agree(readings, required, 5ns);
    std::reverse(readings.begin(), readings.end());
    const auto after = agree(readings, required, 5ns);
    RC_ASSERT(before->tightest.low == after->tightest.low);
    RC_ASSERT(before->tightest.high == after->tightest.high);
    RC_ASSERT(before->average == after->average);
}

// 2f+1 readings. The honest ones lie within some spread; the f others read what they like: near,
// hours away, together or apart, surer of themselves than they should be.
struct Trial {
    std::vector<Reading> readings;
    OffsetRange honest;  // hull of the honest intervals
};

Trial any_trial(std::size_t f) {
    const std::int64_t spread = *rc::gen::element<std::int64_t>(1'000, 1'000'000, 400'000'000);
    Trial trial;
    trial.honest = {Duration::max(), Duration::min()};
    for (std::size_t i = 0; i < f + 1; ++i) {
        const Reading reading{Duration{*rc::gen::inRange<std::int64_t>(-spread, spread)},
                              Duration{*rc::gen::inRange<std::int64_t>(0, spread / 4)}};
        trial.honest.low = std::min(trial.honest.low, reading.range().low);
        trial.honest.high = std::max(trial.honest.high, reading.range().high);
        trial.readings.push_back(reading);
    }
    const std::int64_t away = *rc::gen::element<std::int64_t>(
        0, 2 * spread, 3'600'000'000'000, -3'600'000'000'000, std::int64_t{1} << 60);
    for (std::size_t i = 0; i < f; ++i) {
        const auto at = *rc::gen::inRange<std::int64_t>(-2 * spread, 2 * spread);
        trial.readings.push_back(
            {Duration{away + at}, Duration{*rc::gen::inRange<std::int64_t>(0, spread)}});
    }
    const auto turn = *rc::gen::inRange<std::size_t>(0, trial.readings.size());
    std::rotate(trial.readings.begin(), trial.readings.begin() + static_cast<std::ptrdiff_t>(turn),
                trial.readings.end());
    return trial;
}

// The agreement holds an honest reading whole and is no wider than all honest ones together. So
// liars drag the average at most by the honest clocks' own scatter, and gamma; never by hours.
RC_GTEST_PROP(AgreeProperty, LiarsDragNoFurtherThanTheHonestScatter, ()) {
    const std::size_t f = *rc::gen::inRange<std::size_t>(1, 5);
    const Trial trial = any_trial(f);
    const Duration gamma{*rc::gen::element<std::int64_t>(0, 1'000, 20'000'000)};
    const auto agreement = agree(trial.readings, f + 1, gamma);
    RC_ASSERT(agreement.has_value());
    RC_ASSERT(agreement->tightest.width() <= trial.honest.width());
    const Duration most = trial.honest.width() + gamma;
    RC_ASSERT(agreement->average >= trial.honest.low - most);
    RC_ASSERT(agreement->average <= trial.honest.high + most);
}

// Liars that are far away, beyond scatter and gamma, move nothing at all.
RC_GTEST_PROP(AgreeProperty, LiarsFarAwayAreNotCountedAtAll, ()) {
    const std::size_t f = *rc::gen::inRange<std::size_t>(1, 5);
    Trial trial = any_trial(f);
    const Duration gamma = 20ms;
    const Duration far = 3 * trial.honest.width() + 2 * gamma + 1ms;
    std::vector<Reading> all;
    for (const Reading& reading : trial.readings) {
        if (trial.honest.low <= reading.range().low && reading.range().high <= trial.honest.high) {
            all.push_back(reading);
        }
    }
    RC_PRE(all.size() == f + 1);
    const std::vector<Reading> honest = all;
    const bool below = *rc::gen::arbitrary<bool>();
    for (std::size_t i = 0; i < f; ++i) {
        const Duration more{*rc::gen::inRange<std::int64_t>(0, 3'600'000'000'000)};
        all.push_back(
            {below ? trial.honest.low - far - more : trial.honest.high + far + more, 0ns});
    }
    const auto found = agree(all, f + 1, gamma);
    RC_ASSERT(found->average == agree(honest, f + 1, gamma)->average);
    for (std::size_t i = 0; i < all.size(); ++i)
        RC_ASSERT(found->counted[i] == (i <= f));
}

std::vector<Vote> votes_of_their_own(std::size_t number) {
    std::vector<Vote> votes;
    for (std::size_t i = 0; i < number; ++i)
        votes.push_back(Vote{i});
    return votes;
}

RC_GTEST_PROP(AgreeByVotesProperty, IsThePlainRuleWhereNobodyShares, ()) {
    const auto readings =
        *rc::gen::nonEmpty(rc::gen::container<std::vector<Reading>>(any_reading()));
    const std::size_t required = *rc::gen::inRange<std::size_t>(1, readings.size() + 2);
    const auto plain = agree(readings, required, 5ns);
    const auto votes = votes_of_their_own(readings.size());
    const auto found = agree_by_votes(readings, votes, required, 5ns);
    RC_ASSERT(found.has_value() == plain.has_value());
    if (!found)
        return;
    RC_ASSERT(found->tightest.low == plain->tightest.low);
    RC_ASSERT(found->tightest.high == plain->tightest.high);
    RC_ASSERT(found->counted == plain->counted);
    RC_ASSERT(found->average == plain->average);
}

// However many clocks a liar has on one oscillator, and whatever each of them reads: they count as
// one reading somewhere.
RC_GTEST_PROP(AgreeByVotesProperty, LiarsWithManyClocksDragNoFurtherThanWithOne, ()) {
    const std::size_t f = *rc::gen::inRange<std::size_t>(1, 4);
    const Trial trial = any_trial(f);
    std::vector<Reading> readings;
    std::vector<Vote> votes;
    for (std::size_t i = 0; i < trial.readings.size(); ++i) {
        const OffsetRange range = trial.readings[i].range();
        readings.push_back(trial.readings[i]);
        votes.push_back(Vote{i});
        const bool lies = range.low < trial.honest.low || range.high > trial.honest.high;
        for (std::size_t more = lies ? *rc::gen::inRange<std::size_t>(0, 7) : 0; more > 0; --more) {
            readings.push_back(*any_reading());
            votes.push_back(Vote{i});
        }
    }
    const Duration gamma{*rc::gen::element<std::int64_t>(0, 1'000, 20'000'000)};
    const auto agreement = agree_by_votes(readings, votes, f + 1, gamma);
    RC_ASSERT(agreement.has_value());
    RC_ASSERT(agreement->tightest.width() <= trial.honest.width());
    const Duration most = trial.honest.width() + gamma;
    RC_ASSERT(agreement->average >= trial.honest.low - most);
    RC_ASSERT(agreement->average <= trial.honest.high + most);
}

// Where every honest interval holds the truth, as claims of cluster time do, the agreement too.
RC_GTEST_PROP(AgreeProperty, TheTruthLiesInAnAgreementOfHonestIntervals, ()) {
    const std::size_t f = *rc::gen::inRange<std::size_t>(1, 5);
    const Duration truth{*rc::gen::inRange<std::int64_t>(-1'000'000, 1'000'001)};
    std::vector<Reading> readings;
    for (std::size_t i = 0; i < f + 1; ++i) {
        const Duration bound{*rc::gen::inRange<std::int64_t>(0, 100'000)};
        const Duration off{*rc::gen::inRange<std::int64_t>(-bound.count(), bound.count() + 1)};
        readings.push_back({truth + off, bound});
    }
    for (std::size_t i = 0; i < f; ++i)
        readings.push_back(*any_reading());
    const auto agreement = agree(readings, f + 1, 0ns);
    RC_ASSERT(agreement->tightest.holds(truth));
}

}  // namespace
}  // namespace berkeley
