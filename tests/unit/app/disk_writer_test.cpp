// A disk that takes its time, or for ever.
#include "daemon/app/disk_writer.hpp"

#include <atomic>
#include <future>
#include <mutex>
#include <vector>

#include <boost/asio/steady_timer.hpp>
#include <gtest/gtest.h>

namespace berkeley {
namespace {

using std::chrono::milliseconds;
using Result = DiskWriter::Result;

// Shared, as a store may be called after the test is over.
struct Disk {
    std::mutex mutex;
    std::vector<std::uint64_t> written;
    std::atomic<int> at_once = 0;
    std::atomic<int> most_at_once = 0;
    std::promise<void> answers;
    std::shared_future<void> answered = answers.get_future().share();

    Result store(std::uint64_t epoch) {
        most_at_once = std::max<int>(most_at_once, ++at_once);
        answered.wait();
        --at_once;
        const std::lock_guard lock(mutex);
        written.push_back(epoch);
        return {};
    }
};

DiskWriter::Job number(std::uint64_t epoch, const std::shared_ptr<Disk>& disk) {
    return [disk, epoch] { return disk->store(epoch); };
}

TEST(DiskWriter, DelaysNothingWritesOneAtATimeAndTheLastOneWins) {
    boost::asio::io_context context(1);
    const auto disk = std::make_shared<Disk>();
    std::vector<DiskWriter::Ticket> told;
    DiskWriter writer(context, [&told](DiskWriter::Ticket ticket, const Result& result) {
        EXPECT_TRUE(result);
        told.push_back(ticket);
    });
    const auto began = std::chrono::steady_clock::now();
    writer.write(1, number(1, disk));
    for (int i = 0; i < 1000 && disk->at_once == 0; ++i)
        std::this_thread::sleep_for(milliseconds(1));
    for (std::uint64_t epoch = 2; epoch <= 9; ++epoch)
        writer.write(epoch, number(epoch, disk));
    boost::asio::steady_timer timer(context, milliseconds(20));
    bool fired = false;
    timer.async_wait([&fired](const boost::system::error_code&) { fired = true; });
    context.run_for(milliseconds(200));
    EXPECT_TRUE(fired);  // while the disk does not answer
    EXPECT_TRUE(told.empty());
    EXPECT_LT(std::chrono::steady_clock::now() - began, milliseconds(1500));

    disk->answers.set_value();
    EXPECT_TRUE(writer.finish(milliseconds(5000)));
    EXPECT_EQ(disk->written, (std::vector<std::uint64_t>{1, 9}));
    EXPECT_EQ(disk->most_at_once, 1);
    EXPECT_EQ(told.back(), 9U);
}

TEST(DiskWriter, TellsInTheLoopsThread) {
    boost::asio::io_context context(1);
    const auto disk = std::make_shared<Disk>();
    disk->answers.set_value();
    std::thread::id told_in;
    DiskWriter writer(context, [&told_in](DiskWriter::Ticket, const Result&) {
        told_in = std::this_thread::get_id();
    });
    writer.write(1, number(1, disk));
    for (int i = 0; i < 100 && told_in == std::thread::id{}; ++i) {
        context.restart();
        context.run_for(milliseconds(50));
        std::this_thread::sleep_for(milliseconds(1));  // without work, a loop does not wait
    }
    EXPECT_EQ(told_in, std::this_thread::get_id());
}

TEST(DiskWriter, FailuresAreHandedOn) {
    boost::asio::io_context context(1);
    std::string failure;
    DiskWriter writer(context, [&failure](DiskWriter::Ticket, const Result& result) {
        failure = result ? "" : result.error();
    });
    writer.write(1, []() -> Result { return tl::unexpected(std::string("full")); });
    EXPECT_TRUE(writer.finish(milliseconds(5000)));
    EXPECT_EQ(failure, "full");
}

TEST(DiskWriter, ADiskThatNeverAnswersIsNotWaitedForWithoutEnd) {
    const auto disk = std::make_shared<Disk>();
    boost::asio::io_context context(1);
    {
        DiskWriter writer(
            context, [](DiskWriter::Ticket, const Result&) { FAIL() << "nothing is written"; });
        writer.write(1, number(1, disk));
        const auto began = std::chrono::steady_clock::now();
        EXPECT_FALSE(writer.finish(milliseconds(100)));
        EXPECT_LT(std::chrono::steady_clock::now() - began, milliseconds(3000));
    }
    disk->answers.set_value();  // too late: nobody is told
    for (int i = 0; i < 100; ++i) {
        const std::lock_guard lock(disk->mutex);
        if (!disk->written.empty())
            break;
        std::this_thread::sleep_for(milliseconds(5));
    }
    context.run_for(milliseconds(20));
}

TEST(DiskWriter, WithoutAWriteHasNoThread) {
    boost::asio::io_context context(1);
    DiskWriter writer(context, [](DiskWriter::Ticket, const Result&) {});
    EXPECT_TRUE(writer.finish(milliseconds(0)));
}

}  // namespace
}  // namespace berkeley
