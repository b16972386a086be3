// Writes states to disk in a thread of its own: a disk may take seconds, and the clock may not.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <tl/expected.hpp>

#include "daemon/platform/state_file.hpp"

namespace berkeley {

// One write at a time; of those that come meanwhile the last one is written next, and the others
// never. All calls are made in the thread that runs `context`, and `written` is called there. The
// thread begins with the first write: what privileges were given up before, it never had.
class StateWriter {
  public:
    using Result = tl::expected<void, std::string>;
    using Store = std::function<Result(const SavedState& state, const RawClockIdentity& clock)>;

    // `store` is called in the other thread, and may be so after the writer is gone.
    StateWriter(boost::asio::io_context& context, Store store,
                std::function<void(const Result&)> written);
    ~StateWriter();  // does not wait for a disk that does not answer
    StateWriter(const StateWriter&) = delete;
    StateWriter& operator=(const StateWriter&) = delete;

    void write(SavedState state, RawClockIdentity clock);

    // Waits until the last state is written, and tells of it. False if it is not, after `most`.
    bool finish(std::chrono::milliseconds most);

  private:
    struct Desk;  // what the two threads share

    static void work(const std::shared_ptr<Desk>& desk);
    void tell();

    std::shared_ptr<Desk> desk_;
    std::function<void(const Result&)> written_;
    std::thread thread_;
};

}  // namespace berkeley
