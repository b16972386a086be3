#include <algorithm>
#include <cmath>
#include <memory>

#include "tests/bench/conditions/condition.hpp"
#include "tests/sim/checkers.hpp"
#include "tests/support/median.hpp"

namespace berkeley::bench {
namespace {

using namespace berkeley::sim;
using test::median;

double worst(const std::vector<double>& values) {
    return values.empty() ? 0 : *std::max_element(values.begin(), values.end());
}

// A world and what watches it.
class Run {
  public:
    Run(const Condition& condition, std::uint64_t seed)
        : world(condition.shape(seed)),
          spread(world, TrueTime{condition.judged_from.count()},
                 condition.fault ? condition.fault->struck : std::set<std::size_t>{},
                 condition.sampled) {
        world.watch(bounds);
        world.watch(no_step);
        if (condition.weather)
            condition.weather(world);
    }

    void strike(const Fault& fault) {
        all_after_ = std::make_unique<Spread>(world, fault.at, std::set<std::size_t>{}, 100ms);
        world.at(fault.at, [this, fault] {
            for (const std::size_t host : fault.struck) {
                no_step.exempt(host);
                if (fault.notices > 0ns)
                    bounds.exempt(host);
            }
            fault.strike(world);
        });
        world.at(fault.at + fault.notices, [this, fault] {
            for (const std::size_t host : fault.struck)
                bounds.no_more_exempt(host);
        });
    }

    double all_within_1_ms_s() const { return all_after_->converged_s(); }

    World world;
    BoundsHold bounds;
    NoStepAfterSync no_step;
    Spread spread;

  private:
    std::unique_ptr<Spread> all_after_;  // the struck ones, too
};

// How tight the bounds are.
class BoundMeter {
  public:
    BoundMeter(Run& run, const Condition& condition) : run_(run) {
        from_ = TrueTime{condition.judged_from.count()};
        const PathShape& path = run.world.network().shape();
        half_round_trip_ = path.base + path.asymmetry / 2;
        run.world.every(run.world.size() > 20 ? Duration{60s} : Duration{1s}, [this] { sample(); });
    }

    Tightness tightness() const {
        return {median(bounds_), median(told_), median(grown_), median(to_slew_)};
    }

  private:
    void sample() {
        if (run_.world.now() < from_)
            return;
        for (std::size_t i = 1; i < run_.world.size(); ++i) {
            if (!run_.world.running(i))
                continue;
            const Moment now = run_.world.moment(i);
            const Node& node = run_.world.node(i);
            const auto bound = node.clock_standing(now).bound;
            const auto line = node.saved_state(now).line;
            if (!bound || !line)
                continue;
            note(*bound, bounds_);
            note(line->bound, told_);
            note(line->bound_at(now.raw) - line->bound, grown_);
            note(*bound - line->bound_at(now.raw), to_slew_);
        }
    }

    void note(Duration part, std::vector<double>& parts) const {
        parts.push_back(as_ns(part) / as_ns(half_round_trip_));
    }

    Run& run_;
    TrueTime from_;
    Duration half_round_trip_{0};
    std::vector<double> bounds_;
    std::vector<double> told_;
    std::vector<double> grown_;
    std::vector<double> to_slew_;
};

// The most that a clock that nothing struck is away from where it is in the twin, from `from` on.
double most_moved_us(World& world, World& twin, const std::set<std::size_t>& struck) {
    double most = 0;
    for (std::size_t i = 0; i < world.size(); ++i) {
        if (struck.contains(i))
            continue;
        const Duration moved = world.system_time(i) - twin.system_time(i);
        most = std::max(most, std::abs(as_ns(moved)) * 1e-3);
    }
    return most;
}

Figures figures_of(Run& run, const Condition& condition) {
    const double hours = as_seconds(condition.lasts) / 3600;
    const auto nodes = static_cast<double>(run.world.size());
    Figures figures;
    figures.spread_rms_us = run.spread.rms_us();
    figures.spread_max_us = run.spread.max_us();
    figures.converged_s = run.spread.converged_s();
    figures.packets_per_node_hour = static_cast<double>(run.world.datagrams_sent()) / nodes / hours;
    figures.bound_violations = run.world.violation_count();
    figures.node_days = nodes * hours / 24;
    return figures;
}

}  // namespace

Figures try_once(const Condition& condition, std::uint64_t seed) {
    Run run(condition, seed);
    const BoundMeter meter(run, condition);
    const TrueTime end{condition.lasts.count()};
    if (!condition.fault) {
        run.world.run_until(end);
        Figures figures = figures_of(run, condition);
        figures.bound = meter.tightness();
        return figures;
    }
    const Fault& fault = *condition.fault;
    Run twin(condition, seed);
    run.strike(fault);
    double moved_us = 0;
    run.world.run_until(fault.at);
    twin.world.run_until(fault.at);
    for (TrueTime now = fault.at; now < end; now = now + 1s) {
        run.world.run_until(now + 1s);
        twin.world.run_until(now + 1s);
        moved_us = std::max(moved_us, most_moved_us(run.world, twin.world, fault.struck));
    }
    Figures figures = figures_of(run, condition);
    figures.bound = meter.tightness();
    figures.usual_max_us = twin.spread.max_us();
    figures.others_moved_us = moved_us;
    figures.recovered_s =
        std::max(0.0, run.all_within_1_ms_s() - as_seconds(Duration{fault.at.ns}));
    return figures;
}

Row row_of(const Condition& condition, const std::vector<Figures>& seeds) {
    const auto each = [&seeds](const auto& of) {
        std::vector<double> values;
        for (const Figures& figures : seeds)
            values.push_back(of(figures));
        return values;
    };
    Figures all;
    all.spread_rms_us = median(each([](const Figures& f) { return f.spread_rms_us; }));
    all.spread_max_us = median(each([](const Figures& f) { return f.spread_max_us; }));
    all.usual_max_us = median(each([](const Figures& f) { return f.usual_max_us; }));
    all.packets_per_node_hour =
        median(each([](const Figures& f) { return f.packets_per_node_hour; }));
    all.converged_s = median(each([](const Figures& f) { return f.converged_s; }));
    all.bound = {median(each([](const Figures& f) { return f.bound.bound; })),
                 median(each([](const Figures& f) { return f.bound.told; })),
                 median(each([](const Figures& f) { return f.bound.grown; })),
                 median(each([](const Figures& f) { return f.bound.to_slew; }))};
    if (condition.fault) {
        all.recovered_s = worst(each([](const Figures& f) { return *f.recovered_s; }));
        all.others_moved_us = worst(each([](const Figures& f) { return *f.others_moved_us; }));
    }
    for (const Figures& figures : seeds) {
        all.bound_violations += figures.bound_violations;
        all.node_days += figures.node_days;
    }
    return {condition.name, seeds.size(), all};
}

}  // namespace berkeley::bench
