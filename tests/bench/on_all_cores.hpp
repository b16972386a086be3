// Independent jobs, on so many threads, begun in order.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

namespace berkeley::bench {

inline std::size_t cores() {
    return std::max(1U, std::thread::hardware_concurrency());
}

inline void run_jobs(std::size_t number, std::size_t threads,
                     const std::function<void(std::size_t)>& job) {
    std::atomic<std::size_t> next = 0;
    std::vector<std::jthread> running;
    for (std::size_t i = 0; i < threads; ++i) {
        running.emplace_back([&next, &job, number] {
            for (std::size_t each = next++; each < number; each = next++)
                job(each);
        });
    }
}

}  // namespace berkeley::bench
