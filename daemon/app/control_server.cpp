#include "daemon/app/control_server.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/control/framing.hpp"
#include "daemon/platform/error_text.hpp"
#include "daemon/platform/peer_credentials.hpp"
#include "daemon/platform/socket_address.hpp"

namespace berkeley {
namespace {

using boost::system::error_code;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using Protocol = boost::asio::local::stream_protocol;

constexpr std::size_t kReadBytes = 4096;
constexpr int kBacklog = 128;

enum class Listener { none, alive, unclear };

// Whether somebody listens on the socket file `path`.
Listener probe(const std::filesystem::path& path) {
    const auto address = unix_address(path);
    if (!address)
        return Listener::unclear;
    const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (probe < 0)
        return Listener::unclear;
    const int result = connect(probe, address->get(), address->size);
    const int cause = errno;
    close(probe);
    // EAGAIN: its queue is full, so it has one.
    if (result == 0 || cause == EAGAIN)
        return Listener::alive;
    return cause == ECONNREFUSED ? Listener::none : Listener::unclear;
}

std::string because(std::string_view what, const std::filesystem::path& path, int cause) {
    return fmt::format("{} {}: {}", what, path.native(), error_text(cause));
}

tl::expected<void, std::string> clear_the_way(const std::filesystem::path& path) {
    struct stat found{};
    if (lstat(path.c_str(), &found) != 0) {
        if (errno == ENOENT)
            return {};
        return tl::unexpected(because("cannot look at the control socket", path, errno));
    }
    if (!S_ISSOCK(found.st_mode))
        return tl::unexpected(
            fmt::format("{} is there and is no socket: remove it, or set 'socket' to another path",
                        path.native()));
    switch (probe(path)) {
        case Listener::none:
            break;
        case Listener::alive:
            return tl::unexpected(fmt::format(
                "another daemon answers on {}: stop it, or set 'socket' to another path",
                path.native()));
        case Listener::unclear:
            return tl::unexpected(fmt::format(
                "cannot tell whether another daemon uses {} ({}): remove it if none does",
                path.native(), error_text(errno)));
    }
    if (unlink(path.c_str()) != 0)
        return tl::unexpected(because("cannot remove the stale socket", path, errno));
    return {};
}

}  // namespace

// One client. It is served one call at a time: while it does not read an answer, nothing more is
// read from it, so that what is kept for it is at most one call and one answer.
class ControlServer::Session : public std::enable_shared_from_this<Session> {
  public:
    Session(ControlServer& server, Protocol::socket socket)
        : server_(server),
          peer_(peer_credentials(socket.native_handle())),
          socket_(std::move(socket)),
          frames_(server.limits_.message_bytes),
          deadline_(server.context_),
          next_turn_(server.context_) {}

    void start() {
        set_deadline(server_.limits_.idle);
        read();
    }

    void close() {
        error_code ignored;
        socket_.close(ignored);
        deadline_.cancel();
        next_turn_.cancel();
    }

    const PeerCredentials& peer() const { return peer_; }
    bool watching() const { return watch_interval_.has_value(); }
    steady_clock::time_point last_served() const { return last_served_; }

  private:
    void leave() {
        close();
        server_.remove(*this);
    }

    void set_deadline(milliseconds from_now) {
        deadline_.expires_after(from_now);
        deadline_.async_wait([self = shared_from_this()](const error_code& error) {
            // A deadline moved while this handler was on its way has not passed.
            if (!error && self->socket_.is_open() &&
                self->deadline_.expiry() <= steady_clock::now())
                self->leave();
        });
    }

    void read() {
        socket_.async_read_some(
            boost::asio::buffer(input_),
            [self = shared_from_this()](const error_code& error, std::size_t size) {
                self->have_read(error, size);
            });
    }

    void have_read(const error_code& error, std::size_t size) {
        if (!socket_.is_open())
            return;
        // A watcher may close its sending side: then a failing write tells when it is gone.
        if (error)
            return watching() ? void() : leave();
        frames_.feed({input_.data(), size});
        if (!watching())
            return serve();
        // A stream ends only with the connection, so nothing that comes now is ever answered.
        if (frames_.buffered() > server_.limits_.message_bytes)
            return leave();
        read();
    }

    // Serves what has come in whole, up to the first answer to be written.
    void serve() {
        while (true) {
            if (const milliseconds wait = until_allowed(); wait > milliseconds::zero())
                return serve_after(wait);
            const auto message = frames_.next();
            if (!message)
                return leave();
            if (!*message)
                return read();
            // Counted from call to call, not from byte to byte: one byte a minute keeps no place.
            set_deadline(server_.limits_.idle);
            calls_.count();
            server_.calls_[peer_.uid].count();
            last_served_ = steady_clock::now();
            const auto call = varlink::decode_call(**message);
            if (!call)
                return leave();
            Answer answer = server_.service_.answer(*call, caller());
            watch_interval_ = answer.watch_interval;
            if (answer.reply)
                return write(varlink::encode(*answer.reply));
        }
    }

    // Who we are ourselves may have changed since the server began.
    Caller caller() const {
        return {static_cast<std::int64_t>(peer_.uid), peer_.pid,
                may_change(peer_, geteuid(), server_.access_.operators)};
    }

    milliseconds until_allowed() {
        const ControlLimits& limits = server_.limits_;
        return std::max(calls_.wait(limits.calls_per_second),
                        server_.calls_[peer_.uid].wait(limits.user_calls_per_second));
    }

    void serve_after(milliseconds wait) {
        set_deadline(wait + server_.limits_.idle);
        next_turn_.expires_after(wait);
        next_turn_.async_wait([self = shared_from_this()](const error_code& error) {
            if (!error && self->socket_.is_open())
                self->serve();
        });
    }

    void write(std::string message) {
        output_ = std::move(message);
        set_deadline(server_.limits_.write);
        boost::asio::async_write(socket_, boost::asio::buffer(output_),
                                 [self = shared_from_this()](const error_code& error, std::size_t) {
                                     self->have_written(error);
                                 });
    }

    void have_written(const error_code& error) {
        if (!socket_.is_open())
            return;
        if (error)
            return leave();
        output_ = {};  // a list of ten thousand members is not to be kept
        if (!watching()) {
            set_deadline(server_.limits_.idle);
            return serve();
        }
        if (!std::exchange(streaming_, true))
            read();
        deadline_.cancel();
        next_turn_.expires_after(*watch_interval_);
        next_turn_.async_wait([self = shared_from_this()](const error_code& cancelled) {
            if (!cancelled && self->socket_.is_open())
                self->write(varlink::encode(self->server_.service_.watch_update()));
        });
    }

    ControlServer& server_;
    PeerCredentials peer_;
    Protocol::socket socket_;
    FrameSplitter frames_;
    std::array<char, kReadBytes> input_{};
    std::string output_;
    boost::asio::steady_timer deadline_;
    boost::asio::steady_timer next_turn_;  // of a watcher, or of a client that calls too often
    std::optional<milliseconds> watch_interval_;
    bool streaming_ = false;  // the first update of a watch has been written
    RateLimit calls_;
    steady_clock::time_point last_served_ = steady_clock::now();
};

void RateLimit::begin_anew_if_over(steady_clock::time_point now) {
    if (now - since_ < std::chrono::seconds(1))
        return;
    since_ = now;
    counted_ = 0;
}

void RateLimit::count() {
    begin_anew_if_over(steady_clock::now());
    ++counted_;
}

milliseconds RateLimit::wait(std::size_t most) {
    const auto now = steady_clock::now();
    begin_anew_if_over(now);
    if (counted_ < most)
        return milliseconds::zero();
    return std::chrono::ceil<milliseconds>(since_ + std::chrono::seconds(1) - now);
}

ControlServer::ControlServer(boost::asio::io_context& context, std::filesystem::path path,
                             StateSource& source, Operations& operations, Access access,
                             ControlLimits limits)
    : context_(context),
      path_(std::move(path)),
      service_(source, operations),
      access_(access),
      limits_(limits),
      acceptor_(context),
      accept_pause_(context) {}

ControlServer::~ControlServer() {
    stop();
}

tl::expected<void, std::string> ControlServer::start() {
    if (path_.native().size() >= sizeof(sockaddr_un::sun_path))
        return tl::unexpected(
            fmt::format("the control socket's path {} is longer than {} bytes: "
                        "set 'socket' to a shorter one",
                        path_.native(), sizeof(sockaddr_un::sun_path) - 1));
    auto opened = clear_the_way(path_).and_then([this] { return open(); });
    if (opened)
        accept();
    return opened;
}

tl::expected<void, std::string> ControlServer::open() {
    error_code error;
    acceptor_.open(Protocol(), error);
    if (!error)
        acceptor_.bind(Protocol::endpoint(path_.native()), error);
    if (error) {
        error_code ignored;
        acceptor_.close(ignored);
        const bool no_folder = error == boost::system::errc::no_such_file_or_directory;
        return tl::unexpected(fmt::format(
            "cannot make the control socket {}: {}{}", path_.native(), error.message(),
            no_folder ? "; create its directory, or set 'socket' to another path" : ""));
    }
    struct stat made{};
    // Before listen(): nobody gets in with other rights than these.
    if (chmod(path_.c_str(), 0666) != 0 || lstat(path_.c_str(), &made) != 0) {
        const int cause = errno;
        unlink(path_.c_str());
        return tl::unexpected(because("cannot open to all users the control socket", path_, cause));
    }
    device_ = made.st_dev;
    inode_ = made.st_ino;
    acceptor_.listen(kBacklog, error);
    if (error) {
        stop();
        return tl::unexpected(
            fmt::format("cannot listen on {}: {}", path_.native(), error.message()));
    }
    return {};
}

void ControlServer::stop() {
    const bool open = acceptor_.is_open();
    error_code ignored;
    acceptor_.close(ignored);
    accept_pause_.cancel();
    for (const auto& session : std::exchange(sessions_, {}))
        session->close();
    struct stat found{};
    if (open && lstat(path_.c_str(), &found) == 0 && found.st_dev == device_ &&
        found.st_ino == inode_)
        unlink(path_.c_str());
}

void ControlServer::accept() {
    acceptor_.async_accept([this](const error_code& error, Protocol::socket socket) {
        if (error != boost::asio::error::operation_aborted)
            accepted(error, std::move(socket));
    });
}

void ControlServer::accepted(const error_code& error, Protocol::socket socket) {
    if (!acceptor_.is_open())
        return;
    if (error)
        return pause_accepting(milliseconds(1000));  // out of descriptors, most likely
    make_room();
    sessions_.push_back(std::make_shared<Session>(*this, std::move(socket)));
    sessions_.back()->start();
    std::erase_if(calls_, [](const auto& user) { return user.second.idle(); });
    accepts_.count();
    const milliseconds pause = accepts_.wait(limits_.accepts_per_second);
    if (pause == milliseconds::zero())
        return accept();
    pause_accepting(pause);
}

void ControlServer::pause_accepting(milliseconds pause) {
    accept_pause_.expires_after(pause);
    accept_pause_.async_wait([this](const error_code& error) {
        if (!error && acceptor_.is_open())
            accept();
    });
}

// All places taken: the user who holds most of them loses the one not served for longest, watchers
// last. So no user keeps the others out, and an operator gets in past his own forgotten clients.
void ControlServer::make_room() {
    if (sessions_.size() < limits_.clients)
        return;
    std::map<uid_t, std::size_t> held;
    for (const auto& session : sessions_)
        ++held[session->peer().uid];
    const auto greediest = std::ranges::max_element(
        held, {}, [](const std::pair<const uid_t, std::size_t>& entry) { return entry.second; });
    const auto rank = [uid = greediest->first](const std::shared_ptr<Session>& session) {
        return std::tuple(session->peer().uid != uid, session->watching(), session->last_served());
    };
    const auto victim = std::ranges::min_element(sessions_, {}, rank);
    (*victim)->close();
    sessions_.erase(victim);
}

void ControlServer::remove(const Session& session) {
    std::erase_if(sessions_, [&session](const std::shared_ptr<Session>& other) {
        return other.get() == &session;
    });
}

}  // namespace berkeley
