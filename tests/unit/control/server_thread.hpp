// A ControlServer over a FakeSource, run by a thread of its own, on a socket in a new directory.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <future>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include "daemon/app/control_server.hpp"
#include "tests/unit/control/fake_source.hpp"

namespace berkeley {

class TemporaryFolder {
  public:
    TemporaryFolder() {
        std::string name = "/tmp/berkeleyd-test-XXXXXX";
        EXPECT_NE(mkdtemp(name.data()), nullptr);
        path_ = name;
    }
    ~TemporaryFolder() { std::filesystem::remove_all(path_); }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

  private:
    std::filesystem::path path_;
};

class ServerThread {
  public:
    explicit ServerThread(FakeSource source = {}, ControlLimits limits = {},
                          std::string refusal = {})
        : source_(std::move(source)),
          path_(folder_ / "control.sock"),
          server_(context_, path_, source_, operations_, {}, limits),
          work_(context_.get_executor()) {
        operations_.refusal = std::move(refusal);
        const auto started = server_.start();
        EXPECT_TRUE(started) << started.error();
        thread_ = std::thread([this] { context_.run(); });
    }

    ~ServerThread() {
        boost::asio::post(context_, [this] { server_.stop(); });
        work_.reset();
        thread_.join();
    }
    ServerThread(const ServerThread&) = delete;
    ServerThread& operator=(const ServerThread&) = delete;

    const std::filesystem::path& path() const { return path_; }

    std::size_t clients() {
        std::packaged_task<std::size_t()> count([this] { return server_.clients(); });
        boost::asio::post(context_, [&count] { count(); });
        return count.get_future().get();
    }

  private:
    boost::asio::io_context context_;
    TemporaryFolder folder_;
    FakeSource source_;
    FakeOperations operations_;
    std::filesystem::path path_;
    ControlServer server_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::thread thread_;
};

}  // namespace berkeley
