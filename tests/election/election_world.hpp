// Candidates in simulated time: clocks that differ, a network that delays, loses and is cut, disks
// that take their time, machines that crash and pause. Everything follows from the seed.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include "daemon/core/election/election.hpp"

namespace berkeley::test {

struct ElectionShape {
    std::uint64_t seed = 1;
    std::size_t candidates = 3;
    Duration poll = 1s;
    Duration least_delay = 100us;  // one way
    Duration mean_jitter = 100us;  // exponential, on top
    double loss = 0;
    double duplication = 0;
    Duration disk = 10ms;  // mean time of a write, exponential
};

// Since the beginning, by a clock that nobody has.
using TrueTime = Instant<struct TrueClock>;

class ElectionWorld {
  public:
    explicit ElectionWorld(const ElectionShape& shape);

    TrueTime now() const { return now_; }
    std::size_t size() const { return hosts_.size(); }
    double uniform(double low, double high);
    // From 0 to below `end`.
    template <class Integer>
    Integer pick(Integer end) {
        return std::uniform_int_distribution<Integer>(0, end - 1)(random_);
    }

    void run_until(TrueTime end);
    // Runs until there is a master, for `most` at the longest.
    std::optional<std::size_t> await_master(Duration most);
    void at(TrueTime when, std::function<void()> what);

    // That holds a lease now; paused or crashed ones are looked at, too.
    std::optional<std::size_t> master() const;
    bool up(std::size_t host) const { return hosts_[host]->up; }
    bool paused(std::size_t host) const { return hosts_[host]->paused; }
    Term term(std::size_t host) const { return hosts_[host]->election->term(); }

    void crash(std::size_t host);
    void lose_disk(std::size_t host);  // of one that is down
    void set_disk(std::size_t host, const ElectionMemory& memory);
    void start(std::size_t host);
    void pause(std::size_t host);
    void resume(std::size_t host);
    void set_fitness(std::size_t host, Fitness fitness);
    void hand_over(std::size_t from, NodeId to = {});
    void withdraw_trust(std::size_t from, std::size_t master, Duration lasts);

    // Whether a datagram gets through.
    std::function<bool(std::size_t from, std::size_t to)> passes;
    void heal();
    double loss = 0;

    std::size_t elections() const { return elected_.size(); }
    std::uint64_t datagrams() const { return datagrams_; }  // of the election alone, no polls
    const std::vector<std::string>& violations() const { return violations_; }

    static NodeId id(std::size_t host) { return NodeId{host + 1}; }

  private:
    struct Host {
        std::unique_ptr<Election> election;
        double rate = 0;  // of its clock against the stage's
        SteadyTime begins;
        Fitness fitness = Fitness::fit;
        ElectionMemory disk;
        std::uint64_t life = 0;  // what was planned in an earlier one does not happen
        bool up = false;
        bool paused = false;
        std::deque<std::function<void()>> missed;  // while it was paused
        std::optional<TrueTime> wakes;
    };
    struct Planned {
        TrueTime when;
        std::uint64_t order;
        std::function<void()> what;
        bool operator>(const Planned& other) const {
            return when != other.when ? when > other.when : order > other.order;
        }
    };

    SteadyTime clock(const Host& host) const;
    TrueTime true_time(const Host& host, SteadyTime at) const;
    void run_one();
    void on_host(std::size_t host, Duration after, std::function<void()> what);
    void feed(std::size_t host, const ElectionEvent& event);
    void carry_out(std::size_t host, const ElectionAction& action);
    void wake(std::size_t host);
    void send(std::size_t from, std::size_t to, const std::function<void()>& arrives);
    void poll(std::size_t master, std::size_t other, Term reign);
    Duration delay();
    void begin_leading(std::size_t host, Term term);
    void check();

    ElectionShape shape_;
    std::mt19937_64 random_;
    TrueTime now_;
    std::uint64_t order_ = 0;
    std::priority_queue<Planned, std::vector<Planned>, std::greater<>> queue_;
    std::vector<std::unique_ptr<Host>> hosts_;
    std::vector<std::pair<Term, std::size_t>> elected_;
    bool disks_were_lost_ = false;
    std::uint64_t datagrams_ = 0;
    std::vector<std::string> violations_;
};

}  // namespace berkeley::test
