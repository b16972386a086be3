// Those who mean harm and have no keys, by where they stand. How each goes about it is drawn from
// the world's seed.
#pragma once

#include <vector>

#include "tests/sim/world.hpp"

namespace berkeley::sim {

// What an adversary draws.
class Dice {
  public:
    explicit Dice(World& world) : random_(world.random()()) {}
    explicit Dice(std::uint64_t seed) : random_(seed) {}

    double between(double low, double high);
    // Of either sign; as often between 1 µs and 1 ms as between 1 s and 1000 s.
    Duration any_size(Duration least, Duration most);
    std::size_t one_of(std::size_t count);
    bool chance(double probability) { return between(0, 1) < probability; }
    std::uint64_t number() { return random_(); }

  private:
    Random random_;
};

// On the path: hears all, drops, holds back, brings forward again, and mirrors to the sender.
class OnPath {
  public:
    explicit OnPath(World& world);
    void stop() { world_.on_path = nullptr; }

  private:
    struct Heard {
        std::size_t to;
        Endpoint from;
        Datagram bytes;
    };

    void meet(std::size_t from, std::size_t to, const Datagram& bytes,
              std::vector<Duration>& copies);
    void say_later(std::size_t to, const Endpoint& from, const Datagram& bytes, Duration later);

    World& world_;
    Dice dice_;
    double drops_ = 0;
    double delays_ = 0;
    Duration most_delay_{0};
    std::size_t slow_host_ = 0;  // whose datagrams all take longer
    Duration slower_by_{0};
    double replays_ = 0;
    double mirrors_ = 0;
    std::vector<Heard> heard_;  // the last few hundred
    std::size_t next_ = 0;
};

// Beside the path: hears nothing, forges anything, from any address.
class Beside {
  public:
    explicit Beside(World& world);
    void stop() { stopped_ = true; }

  private:
    void forge();
    std::vector<std::uint8_t> forgery(std::size_t to);
    std::string any_name();
    Endpoint anywhere();

    World& world_;
    Dice dice_;
    bool stopped_ = false;
};

}  // namespace berkeley::sim
