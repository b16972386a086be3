// Varlink. The first byte chooses: a stream at the daemon, cut into pieces of any size, as an
// operator's program or as anybody's; or an answer at berkeleyctl.
#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "ctl/client/view.hpp"
#include "daemon/control/framing.hpp"
#include "daemon/control/service.hpp"
#include "daemon/control/varlink.hpp"
#include "daemon/core/contract.hpp"
#include "tests/unit/control/fake_source.hpp"

namespace {

using namespace berkeley;

constexpr std::size_t kLongest = 4096;  // of a message

bool same(const varlink::Reply& a, const varlink::Reply& b) {
    return a.error == b.error && a.continues == b.continues && a.parameters == b.parameters;
}

// Whatever is asked, the answer is one that a client can read.
void answer(std::string_view message, bool may_change) {
    const auto call = varlink::decode_call(message);
    if (!call) {
        ensure(!call.error().empty(), "a call refused without words");
        return;
    }
    FakeSource source;
    FakeOperations operations;
    ControlService service(source, operations);
    const Answer given = service.answer(*call, {may_change ? 0 : 1000, 1, may_change});
    ensure(may_change || std::ranges::all_of(operations.asked,
                                             [](const std::string& asked) {
                                                 return asked.starts_with("refused ");
                                             }),
           "somebody changed what he may not");
    if (!given.reply)
        return;
    const std::string text = varlink::encode(*given.reply);
    ensure(text.find('\0') == text.size() - 1, "an answer is more than one message");
    const auto read = varlink::decode_reply(std::string_view(text).substr(0, text.size() - 1));
    ensure(read && same(*read, *given.reply), "an answer that reads otherwise");
}

void daemon_hears(std::span<const std::uint8_t> bytes, bool may_change) {
    FrameSplitter splitter(kLongest);
    while (!bytes.empty()) {
        const std::size_t size = std::min<std::size_t>(1 + bytes[0], bytes.size());
        splitter.feed({reinterpret_cast<const char*>(bytes.data()), size});
        bytes = bytes.subspan(size);
        for (;;) {
            const auto message = splitter.next();
            if (!message)
                return;
            if (!*message)
                break;
            ensure((*message)->size() <= kLongest, "a message too long came through");
            answer(**message, may_change);
        }
        ensure(splitter.buffered() <= kLongest, "more is kept than a message");
    }
}

void fit_for_a_terminal(std::string_view text) {
    ensure(std::ranges::none_of(text, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; }),
           "control characters on their way to a terminal");
}

void client_hears(std::string_view message) {
    const auto reply = varlink::decode_reply(message);
    if (!reply)
        return;
    const auto status = ctl::status_view(reply->parameters);
    for (const std::string* text : {&status.role, &status.state, &status.cluster, &status.node,
                                    &status.reason, &status.advice, &status.master_address})
        fit_for_a_terminal(*text);
    for (const auto& member : ctl::members_view(reply->parameters))
        fit_for_a_terminal(member.name + member.address + member.state + member.reason);
    for (const auto& invitation : ctl::invitations_view(reply->parameters))
        fit_for_a_terminal(invitation.id + invitation.used_by.value_or(""));
    for (const auto& node : ctl::enrolled_view(reply->parameters))
        fit_for_a_terminal(node.node + node.key);
    for (const auto& [reason, count] : ctl::tracking_view(reply->parameters).dropped)
        fit_for_a_terminal(reason);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const std::span<const std::uint8_t> rest(data + 1, size - 1);
    if (data[0] % 3 == 2)
        client_hears({reinterpret_cast<const char*>(rest.data()), rest.size()});
    else
        daemon_hears(rest, data[0] % 3 == 1);
    return 0;
}
