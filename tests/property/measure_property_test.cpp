// Measuring, for any honest exchange and any dishonest one.
#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "daemon/core/measure/link.hpp"

namespace berkeley {
namespace {

constexpr RawTime kStart{1'000'000'000'000};

Duration up_to(std::int64_t ns) {
    return Duration{*rc::gen::inRange<std::int64_t>(0, ns + 1)};
}

// An honest exchange, any delays: the range it proves holds the true offset.
RC_GTEST_PROP(MeasureProperty, AnHonestExchangeProvesTheTruth, ()) {
    const Duration offset{
        *rc::gen::inRange<std::int64_t>(-std::int64_t{1} << 40, std::int64_t{1} << 40)};
    const Duration least = up_to(1'000'000);
    const Duration there = least + up_to(4'000'000'000);
    const Duration served = up_to(1'000'000'000);
    const Duration back = least + up_to(4'000'000'000);
    const RawTime peer = RawTime{std::int64_t{1} << 41} + offset;
    const Duration truth = peer - kStart;
    const Exchange exchange{kStart, peer + there, peer + there + served,
                            kStart + there + served + back, 0ns};
    RC_ASSERT(exchange.plausible());
    RC_ASSERT(exchange.round_trip() == there + back);
    RC_ASSERT(exchange.offset_range(0ns).holds(truth));
    RC_ASSERT(exchange.offset_range(least).holds(truth));
}

// Any exchanges in any order, stamps anywhere that the codec lets through.
RC_GTEST_PROP(MeasureProperty, ALinkIsTotalOnAnyPlausibleExchanges, ()) {
    const auto raw = [] {
        return RawTime{*rc::gen::oneOf(rc::gen::inRange<std::int64_t>(0, kEnd<RawClock>),
                                       rc::gen::inRange<std::int64_t>(0, 1'000'000'000),
                                       rc::gen::just(kEnd<RawClock> - 1))};
    };
    Link link;
    RawTime now{*rc::gen::element<std::int64_t>(0, 1'000'000'000, kEnd<RawClock> / 2)};
    for (int i = *rc::gen::inRange(1, 60); i > 0; --i) {
        now = now +
              up_to(*rc::gen::element<std::int64_t>(0, 1'000, 1'000'000'000, 3'600'000'000'000));
        const RawTime sent = now;
        now = now + up_to(9'999'999'999);
        const Exchange exchange{sent, raw(), raw(), now,
                                up_to(*rc::gen::element<std::int64_t>(0, 1'000, 1LL << 61))};
        if (!exchange.plausible())
            continue;
        link.learn(exchange);
        if (!link.measured())
            continue;
        const RawTime later = now + up_to(3'600'000'000'000);
        RC_ASSERT(link.guaranteed_at(later).holds(link.offset_at(later)));
        RC_ASSERT(link.guaranteed_at(later).width() >= 0ns);
        RC_ASSERT(std::isfinite(link.rate()));
        RC_ASSERT(std::isfinite(link.rate_sigma()));
        RC_ASSERT(link.offset_sigma_at(later) >= 0ns);
        RC_ASSERT(link.jitter() >= 0ns);
    }
}

}  // namespace
}  // namespace berkeley
