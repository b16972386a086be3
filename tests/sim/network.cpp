#include "tests/sim/network.hpp"

namespace berkeley::sim {

std::vector<Duration> Network::carry(std::size_t from, std::size_t to) {
    std::vector<Duration> copies;
    if ((cut_ && cut_(from, to)) || chance(shape_.loss))
        return copies;
    copies.push_back(one_way(from, to));
    if (chance(shape_.duplication))
        copies.push_back(one_way(from, to));
    return copies;
}

Duration Network::one_way(std::size_t from, std::size_t to) {
    std::exponential_distribution<double> exponential;
    double jitter = as_ns(shape_.mean_jitter) * exponential(random_);
    if (chance(shape_.heavy_tail))
        jitter *= 10;
    Duration delay = shape_.base + nanoseconds_of(jitter);
    if (from > to)
        delay += shape_.asymmetry;
    if (shape_.reordering > 0ns && chance(0.1)) {
        delay += gained(shape_.reordering, std::uniform_real_distribution<double>()(random_));
    }
    return delay;
}

bool Network::chance(double probability) {
    return probability > 0 && std::uniform_real_distribution<double>()(random_) < probability;
}

}  // namespace berkeley::sim
