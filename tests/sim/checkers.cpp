#include "tests/sim/checkers.hpp"

#include <cstdlib>

#include <fmt/format.h>

#include "daemon/core/time/text.hpp"

namespace berkeley::sim {

void BoundsHold::after_event(World& world, std::size_t host) {
    constexpr std::size_t kSmall = 20;
    if (world.size() > kSmall && ++events_ % world.size() != 0) {
        hold_all(world, {0, host});
        return;
    }
    for (std::size_t i = all_.size(); i < world.size(); ++i)
        all_.push_back(i);
    hold_all(world, all_);
}

void BoundsHold::hold_all(World& world, const std::vector<std::size_t>& hosts) {
    hold_together(world, hosts, "their bounds",
                  [](std::size_t, const ClockStanding& standing) { return standing.bound; });
    hold_together(world, hosts, "what their kernels say",
                  [&world](std::size_t i, const ClockStanding&) -> std::optional<Duration> {
                      const KernelReading kernel = world.kernel(i);
                      // A reference's speaks of true time.
                      if (kernel.unsynchronized || world.has_outside(i))
                          return std::nullopt;
                      return kernel.max_error;
                  });
}

template <class BoundOf>
void BoundsHold::hold_together(World& world, const std::vector<std::size_t>& hosts,
                               const char* whose, BoundOf bound_of) {
    struct Common {
        SystemTime latest_low{INT64_MIN};
        SystemTime earliest_high{INT64_MAX};
        std::size_t low_host = 0;
        std::size_t high_host = 0;
    };
    std::map<std::uint64_t, Common> by_epoch;
    for (const std::size_t i : hosts) {
        if (!world.running(i) || exempt_.contains(i))
            continue;
        const Moment now = world.moment(i);
        const ClockStanding standing = world.node(i).clock_standing(now);
        const std::optional<Duration> bound = bound_of(i, standing);
        if (!bound)
            continue;
        Common& common = by_epoch[standing.epoch];
        const SystemTime clock = world.counted_on(i);
        const SystemTime low = clock - *bound;
        const SystemTime high = clock + *bound;
        if (low > common.latest_low) {
            common.latest_low = low;
            common.low_host = i;
        }
        if (high < common.earliest_high) {
            common.earliest_high = high;
            common.high_host = i;
        }
    }
    for (const auto& [epoch, common] : by_epoch) {
        if (common.latest_low <= common.earliest_high)
            continue;
        ++broken_;
        world.violation(fmt::format("epoch {}: {} and {} are {} further apart than {}", epoch,
                                    World::name_of(common.low_host),
                                    World::name_of(common.high_host),
                                    to_text(common.latest_low - common.earliest_high), whose));
    }
}

void NoStepAfterSync::after_event(World& world, std::size_t host) {
    if (!world.running(host))
        return;
    if (world.node(host).clock_standing(world.moment(host)).state == NodeState::synchronized) {
        synchronized_.insert(host);
    }
}

void NoStepAfterSync::before_step(World& world, std::size_t host, Duration by) {
    if (!synchronized_.contains(host) || exempt_.contains(host))
        return;
    world.violation(fmt::format("{} stepped by {} after its first synchronization",
                                World::name_of(host), to_text(by)));
}

void MasterBelieved::after_event(World& world, std::size_t host) {
    if (!world.running(host) || exempt_.contains(host))
        return;
    const Tracking tracking = world.node(host).tracking(world.moment(host));
    const bool contradicted = world.reports(host, ReportKind::master_contradicted) > 0;
    if (tracking.corrections_refused == 0 && !contradicted &&
        world.reports(host, ReportKind::correction_refused) == 0)
        return;
    exempt_.insert(host);  // once is told
    world.violation(World::name_of(host) + (contradicted ? " finds its master contradicted"
                                                         : " does not believe its master"));
}

void OneMaster::after_event(World& world, std::size_t host) {
    if (!world.running(host))
        return;
    const ClockStanding standing = world.node(host).clock_standing(world.moment(host));
    if (standing.master == NodeId{})
        return;
    const auto [known, is_new] = by_term_.emplace(standing.term, standing.master);
    if (known->second != standing.master)
        world.violation(
            fmt::format("{} has another master in term {}", World::name_of(host), standing.term));
    if (!standing.leads)
        return;
    for (std::size_t i = 0; i < world.size() && world.is_candidate(i); ++i) {
        if (i != host && world.running(i) && world.node(i).clock_standing(world.moment(i)).leads)
            world.violation(
                fmt::format("{} and {} lead both", World::name_of(host), World::name_of(i)));
    }
}

void MemoryBounded::after_event(World& world, std::size_t host) {
    largest_ = std::max(largest_, world.memory(host));
    if (world.memory(host) > most_)
        world.violation(fmt::format("{} keeps {} bytes", World::name_of(host), world.memory(host)));
}

WithinReach::WithinReach(World& world, Duration at_once, double rate)
    : at_once_(at_once), rate_(rate), since_(world.now()) {
    for (std::size_t i = 1; i < world.size(); ++i)
        held_[i] = world.node(i).saved_state(world.moment(i)).line->line;
}

void WithinReach::after_event(World& world, std::size_t host) {
    const auto held = held_.find(host);
    if (held == held_.end())
        return;
    const Moment now = world.moment(host);
    const Duration moved = now.system - SystemTime{held->second.at(now.raw).ns};
    const Duration size{std::abs(moved.count())};
    furthest_ = std::max(furthest_, size);
    if (size > at_once_ + gained(world.now() - since_, rate_))
        world.violation(fmt::format("{} was moved by {}", World::name_of(host), to_text(moved)));
}

Spread::Spread(World& world, TrueTime from, const std::set<std::size_t>& left_out, Duration period)
    : world_(world), from_(from), left_out_(left_out) {
    world.every(period, [this] { sample(); });
}

Duration spread_now(World& world, const std::set<std::size_t>& left_out) {
    std::vector<SystemTime> clocks;
    for (std::size_t i = 0; i < world.size(); ++i) {
        if (!left_out.contains(i))
            clocks.push_back(world.counted_on(i));
    }
    const auto [low, high] = std::minmax_element(clocks.begin(), clocks.end());
    return *high - *low;
}

void Spread::sample() {
    const double us = as_ns(spread_now(world_, left_out_)) * 1e-3;
    if (us >= 1000)
        last_above_s_ = static_cast<double>(world_.now().ns) * 1e-9;
    if (world_.now() < from_)
        return;
    sum_of_squares_ += us * us;
    ++samples_;
    max_us_ = std::max(max_us_, us);
}

}  // namespace berkeley::sim
