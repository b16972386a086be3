// Bytes read as choices and numbers, for scripts that come from a fuzzer.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "daemon/core/time/instant.hpp"

namespace berkeley::test {

// Reads zeros beyond its end.
class ByteScript {
  public:
    explicit ByteScript(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

    bool done() const { return at_ >= bytes_.size(); }
    std::uint8_t byte() { return done() ? 0 : bytes_[at_++]; }
    bool flag() { return byte() % 2 == 1; }
    std::size_t below(std::size_t end) { return byte() % end; }

    std::uint64_t word() {
        std::uint64_t value = 0;
        for (int i = 0; i < 8; ++i)
            value = value << 8 | byte();
        return value;
    }

    // From 0 to `last`, the ends as often as all between them.
    std::int64_t number(std::int64_t last) {
        switch (below(6)) {
            case 0:
                return 0;
            case 1:
                return last;
            case 2:
                return std::min<std::int64_t>(last, byte());
            case 3:
                return last - std::min<std::int64_t>(last, byte());
            case 4:  // of any size
                return static_cast<std::int64_t>(word() >> (1 + below(62))) % (last / 2 + 1);
            default:
                return static_cast<std::int64_t>(word() >> 1) % (last / 2 + 1) + last / 2;
        }
    }

    std::uint64_t count() {
        constexpr std::uint64_t kLastTerm = std::uint64_t{1} << 62;
        switch (below(5)) {
            case 0:
                return byte();
            case 1:
                return kLastTerm - 1 - byte() % 2;
            case 2:
                return kLastTerm;
            case 3:
                return ~std::uint64_t{0};
            default:
                return word();
        }
    }

    template <class Clock>
    Instant<Clock> instant() {
        return {number(kEnd<Clock> - 1)};
    }
    Duration duration() { return Duration{number(std::int64_t{1} << 60)}; }
    double rate() { return static_cast<double>(static_cast<std::int8_t>(byte())) / 640; }

    std::span<const std::uint8_t> some(std::size_t most) {
        const std::size_t wanted = below(most);
        const auto left = bytes_.subspan(std::min(at_, bytes_.size()));
        const auto taken = left.first(std::min(wanted, left.size()));
        at_ += taken.size();
        return taken;
    }

  private:
    std::span<const std::uint8_t> bytes_;
    std::size_t at_ = 0;
};

}  // namespace berkeley::test
