// What happens to a datagram on its way.
#pragma once

#include <functional>
#include <vector>

#include "tests/sim/oscillator.hpp"

namespace berkeley::sim {

struct PathShape {
    Duration base = 100us;         // the least that one way takes
    Duration mean_jitter = 100us;  // on top, exponential
    Duration asymmetry{0};         // more on the way from the higher-numbered host
    double heavy_tail = 0;         // share of datagrams whose jitter is ten times as large
    double loss = 0;
    double duplication = 0;
    Duration reordering{0};  // up to this much more, for one datagram in ten
};

class Network {
  public:
    Network(const PathShape& shape, std::uint64_t seed) : shape_(shape), random_(seed) {}

    PathShape& shape() { return shape_; }

    // True: nothing passes from the first to the second.
    using Cut = std::function<bool(std::size_t from, std::size_t to)>;
    void cut(Cut cut) { cut_ = std::move(cut); }
    void heal() { cut_ = nullptr; }

    // How long each copy takes; none if it is lost.
    std::vector<Duration> carry(std::size_t from, std::size_t to);

  private:
    Duration one_way(std::size_t from, std::size_t to);
    bool chance(double probability);

    PathShape shape_;
    Random random_;
    Cut cut_;
};

}  // namespace berkeley::sim
