// Waiting for what other processes do: always with an end.
#pragma once

#include <chrono>
#include <thread>

namespace berkeley::test {

using Seconds = std::chrono::duration<double>;

// Asks until the answer is yes; false if it is still no after `limit`.
template <class Condition>
bool wait_until(Seconds limit, Condition condition, Seconds between = Seconds{0.05}) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= end)
            return false;
        std::this_thread::sleep_for(between);
    }
    return true;
}

class Stopwatch {
  public:
    double seconds() const { return Seconds(std::chrono::steady_clock::now() - since_).count(); }

  private:
    std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
};

}  // namespace berkeley::test
