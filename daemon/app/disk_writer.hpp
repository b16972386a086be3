// Writes to disk in a thread of its own: a disk may take seconds, and the clock may not.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <tl/expected.hpp>

namespace berkeley {

// How long a disk is waited for by the thread that steers the clock: at its end, and for the sake
// of an operator's call, in less than the shortest time for which a master's votes are good.
inline constexpr std::chrono::milliseconds kPatienceAtTheEnd{5000};
inline constexpr std::chrono::milliseconds kPatienceOfACall{500};

// One write at a time; of those that come meanwhile the last one is written next, and the others
// never. All calls are made in the thread that runs `context`, and `written` is called there. The
// thread begins with the first write: what privileges were given up before, it never had.
class DiskWriter {
  public:
    using Result = tl::expected<void, std::string>;
    using Job = std::function<Result()>;
    using Ticket = std::uint64_t;  // the owner's own name for a job
    using Written = std::function<void(Ticket ticket, const Result& result)>;

    DiskWriter(boost::asio::io_context& context, Written written);
    ~DiskWriter();  // does not wait for a disk that does not answer
    DiskWriter(const DiskWriter&) = delete;
    DiskWriter& operator=(const DiskWriter&) = delete;

    // The job is done in the other thread, and may be so after the writer is gone.
    void write(Ticket ticket, Job job);

    // Waits until the last job is done, and tells of it. False if it is not, after `most`.
    bool finish(std::chrono::milliseconds most);

  private:
    struct Desk;  // what the two threads share

    static void work(const std::shared_ptr<Desk>& desk);
    void tell();

    std::shared_ptr<Desk> desk_;
    Written written_;
    std::thread thread_;
};

}  // namespace berkeley
