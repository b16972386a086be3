// What must hold after every event, whatever happens.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <vector>

#include "tests/sim/world.hpp"

namespace berkeley::sim {

// |clock_i − clock_j| <= bound_i + bound_j for all that publish a bound in the same epoch, and the
// same for what their kernels say. A leap second that one's kernel has counted and another's not
// yet is none between them. In other words: the intervals clock ± bound of one epoch have a point
// in common. In a large world only the host at hand is held against the first after every event,
// and all of them once in as many events as there are hosts.
class BoundsHold : public Checker {
  public:
    void after_event(World& world, std::size_t host) override;
    void exempt(std::size_t host) { exempt_.insert(host); }
    void no_more_exempt(std::size_t host) { exempt_.erase(host); }
    std::uint64_t broken() const { return broken_; }  // after how many events

  private:
    void hold_all(World& world, const std::vector<std::size_t>& hosts);
    template <class BoundOf>
    void hold_together(World& world, const std::vector<std::size_t>& hosts, const char* whose,
                       BoundOf bound_of);

    std::set<std::size_t> exempt_;
    std::vector<std::size_t> all_;
    std::uint64_t events_ = 0;
    std::uint64_t broken_ = 0;
};

// Once a node has been synchronized, its clock is not stepped, but to undo what others did.
class NoStepAfterSync : public Checker {
  public:
    void after_event(World& world, std::size_t host) override;
    void before_step(World& world, std::size_t host, Duration by) override;
    void exempt(std::size_t host) { exempt_.insert(host); }

  private:
    std::set<std::size_t> synchronized_;
    std::set<std::size_t> exempt_;
};

// No honest master is refused by anybody, or found to contradict itself.
class MasterBelieved : public Checker {
  public:
    void after_event(World& world, std::size_t host) override;
    void exempt(std::size_t host) { exempt_.insert(host); }

  private:
    std::set<std::size_t> exempt_;
};

// In one term at most one leads, at one moment at most one holds a lease, and whoever follows
// follows him whose term it is.
class OneMaster : public Checker {
  public:
    void after_event(World& world, std::size_t host) override;
    // Once a majority of the candidates' disks is lost, terms begin again.
    void forget() { by_term_.clear(); }
    std::size_t elections() const { return by_term_.size(); }

  private:
    std::map<Term, NodeId> by_term_;
};

// No node keeps more than its tables may hold, whatever it is sent.
class MemoryBounded : public Checker {
  public:
    explicit MemoryBounded(std::int64_t most) : most_(most) {}
    void after_event(World& world, std::size_t host) override;
    std::int64_t largest() const { return largest_; }

  private:
    std::int64_t most_;
    std::int64_t largest_ = 0;
};

// From when it is made: no member's clock is further from where its own raw clock had it than
// `at_once`, and `rate` of the time since.
class WithinReach : public Checker {
  public:
    WithinReach(World& world, Duration at_once, double rate);
    void after_event(World& world, std::size_t host) override;
    Duration furthest() const { return furthest_; }

  private:
    Duration at_once_;
    double rate_;
    TrueTime since_;
    std::map<std::size_t, TimeLine> held_;  // by member
    Duration furthest_{0};
};

// max − min of all clocks, running or not, but those left out.
Duration spread_now(World& world, const std::set<std::size_t>& left_out = {});

// The same, once in a period. Must live as long as the world runs.
class Spread {
  public:
    Spread(World& world, TrueTime from, const std::set<std::size_t>& left_out = {},
           Duration period = 1s);

    double rms_us() const { return samples_ == 0 ? 0 : std::sqrt(sum_of_squares_ / samples_); }
    double max_us() const { return max_us_; }
    double converged_s() const { return last_above_s_; }  // when it was last above 1 ms

  private:
    void sample();

    World& world_;
    TrueTime from_;
    std::set<std::size_t> left_out_;
    double sum_of_squares_ = 0;
    double samples_ = 0;
    double max_us_ = 0;
    double last_above_s_ = 0;
};

}  // namespace berkeley::sim
