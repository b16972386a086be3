// What happens to a datagram on its way. Every ordered pair of hosts has its own weather, drawn
// from a stream of its own: what one pair is sent changes nothing in what another sees, so that a
// run with a fault can be held against the same run without.
#pragma once

#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "tests/sim/oscillator.hpp"

namespace berkeley::sim {

// A queue that fills now and then, for an exponentially distributed while.
struct Bursts {
    Duration every{0};  // mean, from the end of one to the next; 0: never
    Duration lasts{0};  // mean
    Duration delay{0};  // mean of what is added meanwhile, exponential
};

// A link that is full for a while, one way only: to the higher-numbered host.
struct Congestion {
    Duration every{0};  // 0: never; the first begins when half of this is over
    Duration lasts{0};
    Duration standing{0};  // the queue that is never empty meanwhile
    Duration delay{0};     // mean of what comes on top, exponential
};

struct PathShape {
    Duration base = 100us;         // the least that one way takes
    Duration mean_jitter = 100us;  // on top, exponential
    Duration asymmetry{0};         // more on the way from the higher-numbered host
    double heavy_tail = 0;         // share of datagrams whose jitter is ten times as large
    double loss = 0;
    double duplication = 0;
    Duration reordering{0};  // up to this much more, for one datagram in ten
    Bursts bursts;
    Congestion congestion;
};

class Network {
  public:
    Network(const PathShape& shape, std::uint64_t seed) : shape_(shape), seed_(seed) {}

    PathShape& shape() { return shape_; }

    // True: nothing passes from the first to the second.
    using Cut = std::function<bool(std::size_t from, std::size_t to)>;
    void cut(Cut cut) { cut_ = std::move(cut); }
    void heal() { cut_ = nullptr; }

    // How long each copy takes that is sent `now`; none if it is lost. Successive calls must not go
    // back in time.
    std::vector<Duration> carry(std::size_t from, std::size_t to, TrueTime now);

  private:
    struct Way {
        Random random;
        bool in_burst = false;
        TrueTime burst_turns;  // begins or ends
    };

    Way& way(std::size_t from, std::size_t to);
    Duration one_way(Way& way, bool up, TrueTime now) const;
    Duration burst(Way& way, TrueTime now) const;
    Duration congestion(Way& way, TrueTime now) const;

    PathShape shape_;
    std::uint64_t seed_;
    std::map<std::pair<std::size_t, std::size_t>, Way> ways_;
    Cut cut_;
};

}  // namespace berkeley::sim
