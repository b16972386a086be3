#include "ctl/client/client.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl/client/view.hpp"
#include "daemon/config/wording.hpp"
#include "daemon/control/interface.hpp"
#include "daemon/control/operations.hpp"

namespace berkeley::ctl {
namespace {

using Kind = ClientError::Kind;
using std::chrono::steady_clock;

tl::unexpected<ClientError> no_daemon(const std::string& path, std::string_view why) {
    return tl::unexpected(ClientError{
        Kind::no_daemon, fmt::format("no daemon answers on {} ({}): is it running? "
                                     "'systemctl status berkeleyd' tells; --socket names another",
                                     printable(path), why)});
}

tl::unexpected<ClientError> not_connected(const std::string& path, int cause) {
    if (cause == EACCES || cause == EPERM)
        return tl::unexpected(ClientError{
            Kind::not_permitted, fmt::format("not permitted to use {}: look at its mode and its "
                                             "directory's, or try as root",
                                             printable(path))});
    return no_daemon(path, cause == EAGAIN ? "it does not take connections" : std::strerror(cause));
}

// What the daemon's Varlink error says, for people.
ClientError refusal(const std::string& name, const boost::json::object& parameters) {
    const bool denied = name.ends_with(".PermissionDenied");
    if (denied) {
        return {Kind::not_permitted,
                fmt::format("not permitted: only root, the daemon's own user and the members of "
                            "the group {0} may change what it does ('usermod -aG {0} USER', then "
                            "log in again)",
                            kOperatorsGroup)};
    }
    const boost::json::value* reason = parameters.if_contains("reason");
    if (name.ends_with(".NotPossible") && reason != nullptr && reason->is_string())
        return {Kind::failed, "not done: " + printable(std::string_view(reason->get_string()))};
    if (name.ends_with(".InvalidConfiguration")) {
        return {Kind::failed,
                fmt::format("the configuration is wrong, and nothing is changed:\n  {}",
                            fmt::join(strings_in(parameters, "errors"), "\n  "))};
    }
    const bool unknown = name.ends_with(".MethodNotFound") || name.ends_with(".InterfaceNotFound");
    const std::string_view advice =
        unknown ? ": is the daemon older than berkeleyctl? 'berkeleyctl version' tells both" : "";
    return {Kind::failed, fmt::format("the daemon refuses: {} {}{}", printable(name),
                                      printable(boost::json::serialize(parameters), 200), advice)};
}

}  // namespace

ExitCode exit_code_of(const ClientError& error) {
    switch (error.kind) {
        case Kind::no_daemon:
            return ExitCode::no_daemon;
        case Kind::not_permitted:
            return ExitCode::not_permitted;
        case Kind::interrupted:
        case Kind::failed:
            break;
    }
    return ExitCode::failed;
}

Client::Client(int socket, int interrupt, std::string path)
    : socket_(socket), interrupt_(interrupt), path_(std::move(path)) {}

Client::Client(Client&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)),
      interrupt_(other.interrupt_),
      path_(std::move(other.path_)),
      frames_(std::move(other.frames_)) {}

Client::~Client() {
    if (socket_ >= 0)
        close(socket_);
}

tl::expected<Client, ClientError> Client::connect(const std::string& path, int interrupt) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path)
        return no_daemon(path, "no path of a Unix socket is empty or longer than 107 bytes");
    std::memcpy(address.sun_path, path.c_str(), path.size());
    const int made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (made < 0)
        return tl::unexpected(
            ClientError{Kind::failed, fmt::format("no socket: {}", std::strerror(errno))});
    Client client(made, interrupt, path);
    // For connect(2), too, where the daemon's queue is full.
    const timeval patience{std::chrono::duration_cast<std::chrono::seconds>(kPatience).count(), 0};
    setsockopt(made, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (::connect(made, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return not_connected(path, errno);
    return client;
}

tl::expected<boost::json::object, ClientError> Client::call(std::string_view method,
                                                            boost::json::object parameters) {
    varlink::Call call;
    call.parameters = std::move(parameters);
    call.method = fmt::format("{}.{}", kControlInterface, method);
    return send(call).and_then([this] { return receive(kPatience); });
}

tl::expected<void, ClientError> Client::send(const varlink::Call& call) {
    const std::string message = varlink::encode(call);
    std::string_view rest = message;
    while (!rest.empty()) {
        const ssize_t sent = ::send(socket_, rest.data(), rest.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return no_daemon(path_, std::strerror(errno));
        rest.remove_prefix(static_cast<std::size_t>(sent));
    }
    return {};
}

tl::expected<boost::json::object, ClientError> Client::receive(std::chrono::milliseconds patience) {
    const auto until = steady_clock::now() + patience;
    while (true) {
        const auto message = frames_.next();
        if (!message)
            return tl::unexpected(ClientError{
                Kind::failed, "the daemon's answer makes no sense: " + message.error()});
        if (*message) {
            auto reply = varlink::decode_reply(**message);
            if (!reply)
                return tl::unexpected(ClientError{
                    Kind::failed, "the daemon's answer makes no sense: " + reply.error()});
            if (reply->error)
                return tl::unexpected(refusal(*reply->error, reply->parameters));
            return std::move(reply->parameters);
        }
        if (auto more = await_bytes(until); !more)
            return tl::unexpected(std::move(more.error()));
    }
}

tl::expected<void, ClientError> Client::await_bytes(steady_clock::time_point until) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now());
    std::array<pollfd, 2> waiting{{{socket_, POLLIN, 0}, {interrupt_, POLLIN, 0}}};
    const int ready = poll(waiting.data(), waiting.size(),
                           static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready < 0 && errno != EINTR)
        return no_daemon(path_, std::strerror(errno));
    if (ready == 0)
        return no_daemon(path_, "it took the call and gave no answer");
    if (waiting[1].revents != 0)
        return tl::unexpected(ClientError{Kind::interrupted, "interrupted"});
    std::array<char, 65'536> bytes;
    const ssize_t size = recv(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (size > 0)
        frames_.feed({bytes.data(), static_cast<std::size_t>(size)});
    else if (size == 0)
        return no_daemon(path_, "it closed the connection");
    else if (errno != EINTR && errno != EAGAIN)
        return no_daemon(path_, std::strerror(errno));
    return {};
}

}  // namespace berkeley::ctl
