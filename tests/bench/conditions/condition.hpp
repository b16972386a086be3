// A condition to judge by: a simulated world, what strikes it, and the figures that come out.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/sim/world.hpp"

namespace berkeley::bench {

// Medians over half the least round trip.
struct Tightness {
    double bound = 0;
    // What it is made of: what the exchanges left and their age when it was told, what it has grown
    // by since, and what the clock is still to be slewed.
    double told = 0;
    double grown = 0;
    double to_slew = 0;
};

// One seed's figures. Spread is max − min of the clocks that nothing struck, from when it is
// judged.
struct Figures {
    double spread_rms_us = 0;
    double spread_max_us = 0;
    double usual_max_us = 0;  // the same without the fault
    double packets_per_node_hour = 0;
    double converged_s = 0;
    std::optional<double> recovered_s;      // all clocks within 1 ms again, after the fault
    std::optional<double> others_moved_us;  // against the same seed without the fault
    std::uint64_t bound_violations = 0;
    Tightness bound;
    double node_days = 0;
};

// What happens to hosts, once.
struct Fault {
    sim::TrueTime at;
    std::set<std::size_t> struck;
    std::function<void(sim::World&)> strike;
    // What was assumed of them is broken: their bounds hold again after this.
    Duration notices{0};
};

// The figures of all seeds: medians where the rival's are, the worst where a promise is made.
struct Row {
    std::string name;
    std::size_t seeds = 0;
    Figures figures;
};

struct Condition {
    std::string name;
    std::string what;
    std::string rival;  // chrony's orphan mode, measured under the same conditions; empty: not
    std::string goal;
    std::function<bool(const Figures&)> met;  // none: nothing to meet but the bound

    std::function<sim::WorldShape(std::uint64_t seed)> shape;
    Duration lasts = 4h;
    Duration judged_from = 2h;
    Duration sampled = 1s;
    std::function<void(sim::World&)> weather;  // what happens with and without the fault
    std::optional<Fault> fault;
};

// All, in the order in which they are printed.
std::vector<Condition> all_conditions();

Figures try_once(const Condition& condition, std::uint64_t seed);

Row row_of(const Condition& condition, const std::vector<Figures>& seeds);

}  // namespace berkeley::bench
