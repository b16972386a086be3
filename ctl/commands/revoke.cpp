#include <boost/json.hpp>
#include <fmt/format.h>

#include "ctl/client/view.hpp"
#include "ctl/commands/commands.hpp"
#include "ctl/commands/common.hpp"
#include "daemon/config/wording.hpp"
#include "daemon/core/trust/text_form.hpp"
#include "daemon/core/wire/identity.hpp"

namespace berkeley::ctl {
namespace {

constexpr std::string_view kBeginOfTexts = "berkeleyd-";

// Of the call; the error says what is wrong with what was typed.
tl::expected<boost::json::object, std::string> parameters(const std::string& node_or_key) {
    const auto key = parse_public_key(node_or_key);
    if (key)
        return boost::json::object{{"key", to_text(*key)}};
    if (node_or_key.starts_with(kBeginOfTexts) && node_or_key.find(':') != std::string::npos)
        return tl::unexpected(to_text(key.error()));
    if (valid_name(node_or_key))
        return boost::json::object{{"node", node_or_key}};
    return tl::unexpected(
        fmt::format("{} is neither a node's name nor a public key: "
                    "'berkeleyctl enrolled' shows both",
                    in_quotes(node_or_key)));
}

}  // namespace

ExitCode revoke_command(const Context& context, const std::string& node_or_key) {
    auto who = parameters(node_or_key);
    if (!who) {
        print_error(who.error());
        return ExitCode::usage;
    }
    return tell_daemon(context, "Revoke", std::move(*who), [](const boost::json::object& reply) {
        return fmt::format(
            "{} belongs to the cluster no more; from now on its key is refused:\n  {}\n",
            string_in(reply, "node"), string_in(reply, "key"));
    });
}

}  // namespace berkeley::ctl
