#include "ctl/commands/common.hpp"

#include <cerrno>
#include <cstdio>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "ctl/render/charset.hpp"
#include "daemon/config/wording.hpp"
#include "daemon/control/interface.hpp"

namespace berkeley::ctl {
namespace {

// One call on a connection of its own.
tl::expected<boost::json::object, ClientError> ask(const std::string& socket,
                                                   std::string_view method,
                                                   boost::json::object parameters = {}) {
    auto client = Client::connect(socket);
    if (!client)
        return tl::unexpected(std::move(client.error()));
    return client->call(method, std::move(parameters));
}

}  // namespace

void print(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
}

void print_error(std::string_view message) {
    const std::string shown = locale_is_utf8() ? std::string(message) : in_ascii(message);
    fmt::print(stderr, "berkeleyctl: {}\n", shown);
}

std::string safe_json(const boost::json::value& value) {
    const std::string plain = boost::json::serialize(value);
    std::string safe;
    safe.reserve(plain.size());
    for (std::size_t i = 0; i < plain.size(); ++i) {
        const auto byte = static_cast<unsigned char>(plain[i]);
        const auto next = i + 1 < plain.size() ? static_cast<unsigned char>(plain[i + 1]) : 0U;
        if (byte == 0x7f) {
            safe += "\\u007f";
        } else if (byte == 0xc2 && next < 0xa0) {  // C1 controls, U+0080 to U+009F
            safe += fmt::format("\\u{:04x}", next);
            ++i;
        } else {
            safe += plain[i];
        }
    }
    return safe;
}

void print_json(const boost::json::value& value) {
    print(safe_json(value) + "\n");
}

ExitCode fail(const ClientError& error) {
    print_error(error.message);
    return exit_code_of(error);
}

ExitCode exit_code_of(const FileError& error) {
    const bool forbidden = error.cause == EACCES || error.cause == EPERM;
    return forbidden ? ExitCode::not_permitted : ExitCode::failed;
}

ExitCode fail(const FileError& error) {
    print_error(printable(error.message));
    return exit_code_of(error);
}

tl::expected<boost::json::value, ClientError> fetch(const std::string& socket,
                                                    std::string_view method, std::string_view key) {
    auto reply = ask(socket, method);
    if (!reply)
        return tl::unexpected(std::move(reply.error()));
    boost::json::value* found = reply->if_contains(key);
    if (found == nullptr)
        return tl::unexpected(
            ClientError{ClientError::Kind::failed,
                        fmt::format("the daemon's answer makes no sense: it has no \"{}\"", key)});
    return std::move(*found);
}

ExitCode tell_daemon(const Context& context, std::string_view method,
                     boost::json::object parameters,
                     const std::function<std::string(const boost::json::object&)>& say) {
    const auto reply = ask(context.socket, method, std::move(parameters));
    if (!reply)
        return fail(reply.error());
    if (context.json)
        print_json(*reply);
    else
        print(say(*reply));
    return ExitCode::good;
}

std::optional<std::string> daemon_version(const std::string& socket) {
    static constexpr std::chrono::milliseconds kPatience{1000};
    auto client = Client::connect(socket);
    if (!client)
        return std::nullopt;
    varlink::Call call;
    call.method = fmt::format("{}.GetInfo", kServiceInterface);
    const auto info = client->send(call).and_then([&client] { return client->receive(kPatience); });
    const boost::json::value* version = info ? info->if_contains("version") : nullptr;
    if (version == nullptr || !version->is_string())
        return std::nullopt;
    return printable(std::string_view(version->get_string()), 100);
}

}  // namespace berkeley::ctl
