#include <boost/json.hpp>
#include <fmt/format.h>

#include "ctl/commands/commands.hpp"
#include "ctl/commands/common.hpp"
#include "daemon/config/wording.hpp"
#include "daemon/core/trust/text_form.hpp"
#include "daemon/files/node_files.hpp"

namespace berkeley::ctl {

ExitCode key_command(const Context& context, const KeyOptions& options) {
    const auto key =
        options.only_public ? read_secret_key(options.file) : create_secret_key(options.file);
    if (!key)
        return fail(key.error());
    const std::string text = to_text(key->public_key());
    if (context.json)
        print_json({{"file", options.file}, {"key", text}});
    else
        print(text + "\n");
    return ExitCode::good;
}

}  // namespace berkeley::ctl
