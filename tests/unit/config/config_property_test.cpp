// Whatever the bytes, parse_config ends, and tells its errors in text fit for a terminal.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "daemon/config/config.hpp"
#include "daemon/config/wording.hpp"
#include "daemon/core/trust/text_form.hpp"
#include "tests/support/sample_trust.hpp"

namespace berkeley {
namespace {

void check(const std::string& text) {
    const auto config = parse_config(text, "b.toml", {"here"});
    if (config) {
        RC_ASSERT(valid_name(config->node.name));
        RC_ASSERT(valid_name(config->node.cluster));
        RC_ASSERT(config->candidates.size() == 1U);
        RC_ASSERT(config->candidate_keys.size() == 1U);
        RC_ASSERT(!config->listen.empty());
        RC_ASSERT(config->node.poll_min <= config->node.poll_max);
        return;
    }
    RC_ASSERT(!config.error().empty());
    for (const ConfigError& error : config.error()) {
        RC_ASSERT(error.line >= 1U);
        RC_ASSERT(printable(error.message) == error.message);
    }
}

const std::string kRest = "cluster = 'a'\ncandidates = ['b']\nkeys.b = '" +
                          to_text(test::secret_key(test::kCandidateSeed).public_key()) + "'\n";

RC_GTEST_PROP(ConfigProperty, AnyBytes, (const std::string& text)) {
    check(text);
}

RC_GTEST_PROP(ConfigProperty, AnyBytesAsAKey, (const std::string& value)) {
    check("cluster = 'a'\ncandidates = ['b']\nkeys.b = 'berkeleyd-key-1:" + value + "'\n");
}

RC_GTEST_PROP(ConfigProperty, AnyBytesAsAValue, (const std::string& value)) {
    check(kRest + "name = " + value + "\n");
}

// Pieces of the language itself, in any order: gets further in than bytes do.
RC_GTEST_PROP(ConfigProperty, AnyPieces, ()) {
    const auto piece = rc::gen::element<std::string>(
        "name", "cluster", "listen", "candidates", "expect", "clock", "socket", "step_policy",
        "simulated", "keys", "b", "poll", "min", "max", ".", " = ", "\n", "[", "]", "[poll]\n",
        "[[", "{", "}", ",", "'a'", "\"b=c:1\"", "'[::1]:5'", "1", "-0.5", "1e400", "inf", "true",
        "1979-05-27", "\"\\u0000\"", "'''", "#", "\xef\xbb\xbf", "\r\n", "'simulated'");
    std::string text;
    for (const std::string& part : *rc::gen::container<std::vector<std::string>>(piece))
        text += part;
    check(text);
}

}  // namespace
}  // namespace berkeley
