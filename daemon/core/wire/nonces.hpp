// Numbers that nobody can foretell, from one draw of the system's entropy.
#pragma once

#include <array>
#include <cstdint>

namespace berkeley {

class Nonces {
  public:
    Nonces() = default;
    explicit Nonces(const std::array<std::uint8_t, 32>& entropy) : entropy_(entropy) {}

    std::uint64_t next();  // never 0

  private:
    std::array<std::uint8_t, 32> entropy_{};
    std::uint64_t drawn_ = 0;
};

}  // namespace berkeley
