// All that is known of one peer's raw clock, from the exchanges with it.
#pragma once

#include <optional>

#include "daemon/core/measure/filter_bank.hpp"
#include "daemon/core/measure/offset_guarantee.hpp"
#include "daemon/core/measure/probe.hpp"
#include "daemon/core/measure/route.hpp"
#include "daemon/core/time/line.hpp"

namespace berkeley {

class Link {
  public:
    Probe probe;

    // Returns false when the peer's clock broke an assumption of ours: it jumped, or the path lied.
    bool learn(const Exchange& exchange);

    // What somebody else knows of that clock; not if our own exchanges exclude it.
    void believe(RawTime ours, const ClockFilter::Knowledge& known);

    // The same of one whose peer_sent is only a time not later than the true one: it tells where
    // the clock is now, a poll before the stamp of the answer's leaving comes; of the path it tells
    // nothing.
    bool learn_early(const Exchange& exchange);

    // How far the peer's clock was, at the last exchange, from where its past let it be; 0 if what
    // was seen may be chance. Positive: it is ahead.
    Duration surprise() const { return surprise_; }

    bool measured() const { return exchanges_ >= kEnoughExchanges; }
    std::int64_t updates() const { return exchanges_; }

    // The peer's raw clock against ours. Only once measured().
    double rate() const { return filter_.rate(); }
    double rate_sigma() const { return filter_.rate_sigma(); }
    Duration offset_at(RawTime ours) const;  // the estimate, held within the guarantee
    OffsetRange guaranteed_at(RawTime ours) const { return guarantee_.range_at(ours); }
    RawTime ours_at(RawTime peers) const;  // the inverse: our raw time at a reading of the peer's

    // A line over our raw clock, told over the peer's, with what we guarantee of it.
    BoundedLine told_to_peer(const BoundedLine& ours, RawTime now) const;

    std::optional<Duration> least_round_trip() const;
    Duration jitter() const { return route_.floor().jitter(); }
    Duration offset_sigma_at(RawTime ours) const { return filter_.offset_sigma_at(ours); }

  private:
    static constexpr std::int64_t kEnoughExchanges = 4;

    Duration moved_by(const Exchange& exchange) const;
    bool is_another_clock(const Exchange& exchange);
    FilterBank::Ends ends_of(const Exchange& exchange) const;
    Route::Excess excess(const Exchange& exchange) const;

    FilterBank filter_;
    Route route_;
    OffsetGuarantee guarantee_;
    std::int64_t exchanges_ = 0;
    RawTime early_known_;  // of that exchange the way there has been learned
    Duration surprise_{0};
};

}  // namespace berkeley
