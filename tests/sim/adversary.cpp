#include "tests/sim/adversary.hpp"

#include <array>
#include <cmath>

#include <fmt/format.h>

#include "tests/support/node_keys.hpp"
#include "tests/support/sample_messages.hpp"

namespace berkeley::sim {

// ---- dice

double Dice::between(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random_);
}

Duration Dice::any_size(Duration least, Duration most) {
    const double size = std::exp(between(std::log(as_ns(least)), std::log(as_ns(most))));
    return nanoseconds_of(chance(0.5) ? size : -size);
}

std::size_t Dice::one_of(std::size_t count) {
    return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_);
}

// ---- on the path

OnPath::OnPath(World& world) : world_(world), dice_(world) {
    constexpr std::array<Duration, 4> kDelays{0ms, 5ms, 300ms, 2s};
    drops_ = dice_.chance(0.5) ? dice_.between(0, 0.5) : 0;
    delays_ = dice_.between(0, 0.5);
    most_delay_ = kDelays[dice_.one_of(kDelays.size())];
    slow_host_ = dice_.one_of(world.size());
    slower_by_ = dice_.chance(0.5) ? seconds(dice_.between(0, 0.2)) : 0ns;
    replays_ = dice_.between(0, 0.5);
    mirrors_ = dice_.between(0, 0.3);
    world.on_path = [this](std::size_t from, std::size_t to, const Datagram& bytes,
                           std::vector<Duration>& copies) { meet(from, to, bytes, copies); };
}

void OnPath::meet(std::size_t from, std::size_t to, const Datagram& bytes,
                  std::vector<Duration>& copies) {
    constexpr std::size_t kRemembered = 500;
    if (heard_.size() < kRemembered)
        heard_.emplace_back();
    heard_[next_++ % heard_.size()] = {to, World::endpoint_of(from), bytes};

    if (dice_.chance(drops_))
        copies.clear();
    for (Duration& copy : copies) {
        if (dice_.chance(delays_))
            copy += gained(most_delay_, dice_.between(0, 1));
        if (from == slow_host_)
            copy += slower_by_;
    }
    if (dice_.chance(mirrors_))
        say_later(from, World::endpoint_of(to), bytes, 200us);
    if (dice_.chance(replays_)) {
        const Heard& old = heard_[dice_.one_of(heard_.size())];
        // To whom it was meant, or to whom it was not.
        const std::size_t whom = dice_.chance(0.8) ? old.to : dice_.one_of(world_.size());
        say_later(whom, old.from, old.bytes, seconds(dice_.between(0, 5)));
    }
}

void OnPath::say_later(std::size_t to, const Endpoint& from, const Datagram& bytes,
                       Duration later) {
    const std::vector<std::uint8_t> said(bytes.begin(), bytes.end());
    world_.at(world_.now() + later, [this, to, from, said] { world_.inject(to, from, said); });
}

// ---- beside it

Beside::Beside(World& world) : world_(world), dice_(world) {
    world.every(seconds(1 / dice_.between(1, 200)), [this] {
        if (!stopped_)
            forge();
    });
}

void Beside::forge() {
    const std::size_t to = dice_.one_of(world_.size());
    world_.inject(to, anywhere(), forgery(to));
}

std::vector<std::uint8_t> Beside::forgery(std::size_t to) {
    std::vector<std::uint8_t> bytes(dice_.one_of(2 * kDatagramSize));
    if (dice_.chance(0.2)) {
        for (std::uint8_t& byte : bytes)
            byte = static_cast<std::uint8_t>(dice_.number());
        return bytes;
    }
    static const std::vector<Message> samples = test::sample_messages();
    Message message = samples[dice_.one_of(samples.size())];
    const std::string from = any_name();
    if (auto* join = std::get_if<Join>(&message)) {
        join->name = *NodeName::from(from);
        join->session = dice_.number();
        join->cookie = dice_.chance(0.5) ? 0 : dice_.number();
    }
    const std::string target = World::name_of(to);
    Datagram datagram =
        encode({id_of(from), id_of(target), dice_.one_of(9), dice_.one_of(9)}, message);
    // A key that nobody has, the one of zeros, or none.
    if (dice_.chance(0.5))
        seal(datagram, dice_.chance(0.5) ? test::seal_of(from, target, {"stranger", target, "sim"})
                                         : SealingKey{});
    return {datagram.begin(), datagram.end()};
}

std::string Beside::any_name() {
    if (dice_.chance(0.5))
        return World::name_of(dice_.one_of(world_.size()));
    return fmt::format("ghost{}", dice_.one_of(30));
}

Endpoint Beside::anywhere() {
    Endpoint from = World::endpoint_of(dice_.one_of(3) == 0 ? dice_.one_of(world_.size())
                                                            : dice_.one_of(60'000));
    if (dice_.chance(0.7))
        from.address[3] = static_cast<std::uint8_t>(dice_.number());
    return from;
}

}  // namespace berkeley::sim
