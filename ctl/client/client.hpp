// A blocking Varlink client on the daemon's Unix socket. Nothing waits for ever.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>
#include <tl/expected.hpp>

#include "ctl/exit_code.hpp"
#include "daemon/control/framing.hpp"
#include "daemon/control/varlink.hpp"

namespace berkeley::ctl {

struct ClientError {
    enum class Kind {
        no_daemon,      // nobody there, or there and silent
        not_permitted,  // by the file's mode, or by the daemon
        interrupted,    // by the operator
        failed,         // an answer that makes no sense, or an error as the answer
    };
    Kind kind = Kind::failed;
    std::string message;  // what is wrong and what to do
};

ExitCode exit_code_of(const ClientError& error);

class Client {
  public:
    static constexpr std::chrono::milliseconds kPatience{5000};  // for connecting and for an answer
    static constexpr std::size_t kLongestReply =
        std::size_t{16} * 1024 * 1024;  // 10,000 members are 3 MB

    // `interrupt`, a descriptor, makes waiting end when it becomes readable; −1 for none.
    static tl::expected<Client, ClientError> connect(const std::string& path, int interrupt = -1);

    ~Client();
    Client(Client&& other) noexcept;
    Client& operator=(Client&&) = delete;
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    // Calls org.berkeleyd.Control.<method> and gives the reply's parameters.
    tl::expected<boost::json::object, ClientError> call(std::string_view method,
                                                        boost::json::object parameters = {});

    // One part at a time, for streams. `method` is the full name.
    tl::expected<void, ClientError> send(const varlink::Call& call);
    tl::expected<boost::json::object, ClientError> receive(std::chrono::milliseconds patience);

  private:
    Client(int socket, int interrupt, std::string path);
    tl::expected<void, ClientError> await_bytes(std::chrono::steady_clock::time_point until);

    int socket_;
    int interrupt_;
    std::string path_;
    FrameSplitter frames_{kLongestReply};
};

}  // namespace berkeley::ctl
