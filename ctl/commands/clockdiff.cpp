#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include <arpa/inet.h>
#include <boost/json.hpp>
#include <fmt/format.h>
#include <netdb.h>

#include "ctl/client/view.hpp"
#include "ctl/clockdiff/timestamp_socket.hpp"
#include "ctl/commands/commands.hpp"
#include "ctl/commands/common.hpp"
#include "ctl/render/screens.hpp"
#include "daemon/config/wording.hpp"

namespace berkeley::ctl {
namespace {

namespace json = boost::json;

struct Host {
    std::string name;  // as it was typed
    std::optional<in_addr> address;
    std::string trouble;  // that it has no address
};

std::string text_of(const in_addr& address) {
    std::array<char, INET_ADDRSTRLEN> text{};
    inet_ntop(AF_INET, &address, text.data(), text.size());
    return text.data();
}

// "192.0.2.7:10525"
std::string without_port(const std::string& address) {
    return address.substr(0, address.rfind(':'));
}

std::optional<in_addr> resolved(const std::string& name) {
    addrinfo hints{};
    hints.ai_family = AF_INET;
    hints.ai_socktype = SOCK_RAW;
    addrinfo* found = nullptr;
    if (getaddrinfo(name.c_str(), nullptr, &hints, &found) != 0)
        return std::nullopt;
    const in_addr address = reinterpret_cast<const sockaddr_in*>(found->ai_addr)->sin_addr;
    freeaddrinfo(found);
    return address;
}

// What the local daemon knows of the clocks, if there is one. Of offsets it knows nothing where it
// works on another clock than this machine's own.
struct Known {
    std::vector<MemberView> members;  // itself first
    std::optional<std::int64_t> own_offset_ns;

    const MemberView* find(const Host& host) const {
        for (const MemberView& member : members) {
            const bool same_place = host.address && !member.address.empty() &&
                                    without_port(member.address) == text_of(*host.address);
            if (member.name == host.name || same_place)
                return &member;
        }
        return nullptr;
    }
};

Known ask_daemon(const std::string& socket) {
    Known known;
    auto client = Client::connect(socket);
    if (!client)
        return known;
    const auto status = client->call("Status");
    const auto members = client->call("Members");
    if (!status || !members)
        return known;
    known.members = members_view(*members);
    if (!known.members.empty() && status_view(*status).clock != "simulated")
        known.own_offset_ns = known.members.front().offset_ns;
    return known;
}

// A name, or a node's.
Host host_of(const std::string& name, const Known& known) {
    Host host{name, resolved(name), {}};
    if (host.address)
        return host;
    const MemberView* member = known.find(host);
    in_addr address{};
    if (member != nullptr &&
        inet_pton(AF_INET, without_port(member->address).c_str(), &address) == 1) {
        host.address = address;
    } else {
        host.trouble =
            "no host, and no node that berkeleyd here knows, has that name and an IPv4 address "
            "(IPv6 has no time stamps)";
    }
    return host;
}

std::string trouble_with(const Comparison& comparison) {
    if (comparison.answered == 0)
        return "no answer: is it up, and does no firewall drop ICMP timestamps (types 13 and 14)?";
    if (comparison.estimate.contradicts())
        return "the two clocks moved against each other meanwhile: one was set or is being slewed; "
               "try again later";
    if (comparison.estimate.exchanges() > 0)
        return {};
    return comparison.non_standard > 0
               ? "its stamps are not milliseconds since midnight UT (it sets the non-standard bit)"
               : "its stamps make no sense";
}

ClockDifferenceView compared(const Host& host, std::size_t probes, const Known& known,
                             std::optional<ClientError>& error) {
    ClockDifferenceView view;
    view.host = printable(host.name);
    view.trouble = host.trouble;
    if (const MemberView* member = known.find(host); member != nullptr) {
        view.node = member->name;
        if (member->offset_ns && known.own_offset_ns)
            view.berkeleyd_ns = *member->offset_ns - *known.own_offset_ns;
    }
    if (!host.address)
        return view;
    view.address = text_of(*host.address);
    const auto comparison = compare_clocks(*host.address, probes);
    if (!comparison) {
        error = comparison.error();
        view.trouble = comparison.error().message;
        return view;
    }
    view.sent = comparison->sent;
    view.answered = comparison->answered;
    view.round_trip_ns = comparison->estimate.least_round_trip_ns();
    view.trouble = trouble_with(*comparison);
    if (const auto difference = comparison->estimate.difference()) {
        view.offset_ns = difference->offset_ns;
        view.error_ns = difference->error_ns;
    }
    return view;
}

json::value number_or_null(std::optional<std::int64_t> number) {
    return number ? json::value(*number) : json::value(nullptr);
}

json::value text_or_null(const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

json::object as_json(const ClockDifferenceView& view) {
    return {{"host", view.host},
            {"address", text_or_null(view.address)},
            {"offset_ns", number_or_null(view.offset_ns)},
            {"error_ns", number_or_null(view.error_ns)},
            {"round_trip_ns", number_or_null(view.round_trip_ns)},
            {"sent", view.sent},
            {"answered", view.answered},
            {"node", text_or_null(view.node)},
            {"node_offset_ns", number_or_null(view.berkeleyd_ns)},
            {"reason", text_or_null(view.trouble)}};
}

}  // namespace

ExitCode clockdiff_command(const Context& context, const ClockDiffOptions& options) {
    const Known known = ask_daemon(context.socket);
    std::vector<ClockDifferenceView> views;
    for (const std::string& name : options.hosts) {
        std::optional<ClientError> error;
        views.push_back(compared(host_of(name, known), options.probes, known, error));
        if (error && error->kind == ClientError::Kind::not_permitted)
            return fail(*error);
    }
    if (context.json) {
        json::array all;
        for (const ClockDifferenceView& view : views)
            all.emplace_back(as_json(view));
        print_json(all);
    } else {
        print(render_differences(views, context.style));
    }
    const bool all_good = std::ranges::all_of(
        views, [](const ClockDifferenceView& view) { return view.offset_ns.has_value(); });
    return all_good ? ExitCode::good : ExitCode::failed;
}

}  // namespace berkeley::ctl
