// A peer's clock filtered under several beliefs, side by side: of how restless the two crystals
// are, and of how sharp an edge the jitter has. Which of them is right is learned: the probability
// that a belief gave to an exchange is the mass of its Gaussian within the interval that the
// exchange proves. Beliefs are weighted by that, with a memory of some fifty exchanges: a room that
// warms up makes the crystals restless for an hour.
#pragma once

#include <array>
#include <span>

#include "daemon/core/measure/clock_filter.hpp"

namespace berkeley {

class FilterBank {
  public:
    FilterBank();

    // How softly the ends of a range are to be taken.
    struct Ends {
        Duration jitter{0};  // mean, of one way: what a belief's edge is a share of
        Duration floor{0};   // one sigma of the least delay
        Duration stamps{0};  // the same of the stamps; added to the others
    };

    // As ClockFilter's; the surprise is that of the belief that was the most likely before.
    Duration update(RawTime at, const OffsetRange& range, const Ends& ends);

    void believe(RawTime at, const ClockFilter::Knowledge& known);

    bool empty() const { return filters_.front().empty(); }
    std::int64_t updates() const { return filters_.front().updates(); }
    RawTime updated_at() const { return filters_.front().updated_at(); }

    // Of all beliefs, by their weights; sigmas with what the beliefs differ by.
    Duration offset_at(RawTime at) const;
    Duration offset_sigma_at(RawTime at) const;
    double rate() const;
    double rate_sigma() const;

    // The most likely belief's.
    double wander() const { return kBeliefs[likeliest_].wander; }
    double edge() const { return kBeliefs[likeliest_].edge; }

  private:
    struct Belief {
        double wander;  // of the relative rate, per root second
        double edge;    // one sigma, in mean jitters
        double score;   // its log-likelihood at first, and what forgetting draws it back to
    };
    // Wander from a temperature-compensated crystal in a cellar to two degrees a minute. The edge
    // of exponential jitter is sharp; softer loses what it proves (0.03 was a tenth worse, by
    // simulation, and a third in a dense poll; 0.002 is no better). Where a machine or a switch
    // lets a few through faster than it lets most, sharp believes these too much.
    static constexpr std::array<Belief, 8> kBeliefs{{{3e-10, 0.007, -2},
                                                     {1.5e-9, 0.007, 0},
                                                     {7e-9, 0.007, -2},
                                                     {3.5e-8, 0.007, -4},
                                                     {1.7e-7, 0.007, -6},
                                                     {1.5e-9, 0.1, -1},
                                                     {7e-9, 0.1, -3},
                                                     {3.5e-8, 0.1, -5}}};

    void weigh();

    std::array<ClockFilter, kBeliefs.size()> filters_;
    std::array<double, kBeliefs.size()> scores_;  // log-likelihoods, fading
    std::array<double, kBeliefs.size()> weights_{};
    std::size_t likeliest_ = 0;
};

}  // namespace berkeley
