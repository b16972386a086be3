// Datagrams sent at a rate, from a thread of their own, whatever becomes of them.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "tests/system/support/wire.hpp"

namespace berkeley::test {

struct Aimed {
    Bytes bytes;
    std::uint16_t to_port = 0;
};

class Flood {
  public:
    // In turn, from one socket on 127.0.0.1; `per_second` is not passed, and may not be reached.
    Flood(std::vector<Aimed> datagrams, std::uint64_t per_second);
    ~Flood();
    Flood(const Flood&) = delete;
    Flood& operator=(const Flood&) = delete;

    std::uint64_t sent() const { return sent_; }

  private:
    void run(const std::stop_token& stop, std::uint64_t per_second);
    std::uint64_t send_some(std::uint64_t most);

    Wire wire_;
    std::vector<Aimed> datagrams_;
    std::size_t next_ = 0;
    std::atomic<std::uint64_t> sent_ = 0;
    std::jthread thread_;
};

}  // namespace berkeley::test
