// 128 bits of a state: with 10^9 states, two different ones are taken for one with a chance below
// 10^-20.
#pragma once

#include <cstdint>

namespace berkeley::test {

class FingerprintMaker {
  public:
    template <class... Values>
    void add(const Values&... values) {
        (mix(static_cast<std::uint64_t>(values)), ...);
    }
    std::uint64_t low() const { return low_; }
    std::uint64_t high() const { return high_; }

  private:
    // The finalizer of SplitMix64 (Steele, Lea and Flood, 2014).
    static std::uint64_t scatter(std::uint64_t x) {
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
        x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
        return x ^ (x >> 31);
    }
    void mix(std::uint64_t value) {
        low_ = scatter(low_ + value + 0x9e3779b97f4a7c15U);
        high_ = scatter((high_ ^ value) + 0xd1b54a32d192ed03U);
    }

    std::uint64_t low_ = 1;
    std::uint64_t high_ = 2;
};

// Of a set of things, each of which has one.
struct FingerprintSum {
    void add(const FingerprintMaker& maker) {
        low += maker.low();
        high += maker.high();
    }
    std::uint64_t low = 0;
    std::uint64_t high = 0;
};

}  // namespace berkeley::test
