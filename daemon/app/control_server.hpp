// The control socket: Varlink on a Unix stream socket. It runs in the daemon's one thread beside
// the clock's work, so whatever clients do is limited: how many there are, what each may send and
// ask in a second, how long it may take to read its answer.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <sys/types.h>
#include <tl/expected.hpp>

#include "daemon/control/service.hpp"

namespace berkeley {

struct ControlLimits {
    std::size_t clients = 64;
    std::size_t message_bytes = 64 * 1024;
    std::size_t calls_per_second = 200;        // of each client; what is beyond waits
    std::size_t user_calls_per_second = 1000;  // of all clients of a user, likewise
    std::size_t accepts_per_second = 500;      // of all; what is beyond waits in the kernel's queue
    std::chrono::milliseconds idle{60'000};    // for a whole call to come in
    std::chrono::milliseconds write{10'000};   // for an answer to be read
};

// Counts what happens within a second.
class RateLimit {
  public:
    // How long to wait before it may happen again; zero: now.
    std::chrono::milliseconds wait(std::size_t most);
    void count();
    bool idle() const {
        return std::chrono::steady_clock::now() - since_ > std::chrono::seconds(1);
    }

  private:
    void begin_anew_if_over(std::chrono::steady_clock::time_point now);

    std::chrono::steady_clock::time_point since_;
    std::size_t counted_ = 0;
};

class ControlServer {
  public:
    // Who may change something beside root and the daemon's own user.
    struct Access {
        std::optional<gid_t> operators;
    };

    // `context`, `source` and `operations` must outlive the server, and `context` be run by one
    // thread. After stop() the server must not be destroyed until `context` has run the handlers
    // that were under way, or is run no more.
    ControlServer(boost::asio::io_context& context, std::filesystem::path path, StateSource& source,
                  Operations& operations, Access access, ControlLimits limits = {});
    ~ControlServer();
    ControlServer(const ControlServer&) = delete;
    ControlServer& operator=(const ControlServer&) = delete;

    // Makes the socket, open to all local users. A socket file that nobody listens on any more is
    // replaced; one that answers is another daemon's, and an error. The error says what to do.
    tl::expected<void, std::string> start();

    // Closes all and removes the socket file if it is still ours. May be called again.
    void stop();

    std::size_t clients() const { return sessions_.size(); }

  private:
    class Session;
    using Protocol = boost::asio::local::stream_protocol;

    tl::expected<void, std::string> open();
    void accept();
    void accepted(const boost::system::error_code& error, Protocol::socket socket);
    void pause_accepting(std::chrono::milliseconds pause);
    void make_room();
    void remove(const Session& session);

    boost::asio::io_context& context_;
    std::filesystem::path path_;
    ControlService service_;
    Access access_;
    ControlLimits limits_;
    Protocol::acceptor acceptor_;
    boost::asio::steady_timer accept_pause_;
    std::list<std::shared_ptr<Session>> sessions_;  // oldest first
    RateLimit accepts_;
    std::map<uid_t, RateLimit> calls_;  // of users who have clients, or had just now
    dev_t device_ = 0;                  // of the socket file that start() made
    ino_t inode_ = 0;
};

}  // namespace berkeley
