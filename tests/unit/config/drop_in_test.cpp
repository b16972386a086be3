// Several texts that make one configuration.
#include <gtest/gtest.h>

#include "daemon/config/config.hpp"
#include "daemon/core/trust/text_form.hpp"
#include "tests/support/sample_trust.hpp"

namespace berkeley {
namespace {

using Sources = std::vector<ConfigSource>;

std::string errors_of(const Sources& sources) {
    const auto config = parse_config(sources, {"here"});
    std::string all;
    if (!config) {
        for (const ConfigError& error : config.error())
            all += to_string(error) + "\n";
    }
    return all;
}

std::string key_line(std::string_view name) {
    return "keys." + std::string(name) + " = '" +
           to_text(test::secret_key(test::kCandidateSeed).public_key()) + "'\n";
}

const ConfigSource kMain{"b.toml", "cluster = 'lab'\ncandidates = ['node1']\nexpect = 3\n" +
                                       key_line("node1") + "[poll]\nmin = 0.1\nmax = 16\n"};

TEST(DropIns, LaterOnesOverrideKeyByKeyAlsoInTables) {
    const auto config = parse_config(Sources{kMain,
                                             {"10.toml", "expect = 5\npoll.max = 8"},
                                             {"20.toml", "listen = '127.0.0.1'\n[poll]\nmax = 4"}},
                                     {"here"});
    ASSERT_TRUE(config) << to_string(config.error().front());
    EXPECT_EQ(config->node.cluster, "lab");
    EXPECT_EQ(config->node.expect, std::optional<std::size_t>(5));
    EXPECT_EQ(config->node.poll_min, 100ms);
    EXPECT_EQ(config->node.poll_max, 4s);
}

TEST(DropIns, ArraysAreReplacedWhole) {
    const Sources main{{"b.toml", "cluster = 'lab'\ncandidates = ['node1']\n" + key_line("node2")},
                       {"10.toml", "candidates = ['node2=192.0.2.2']"}};
    const auto config = parse_config(main, {"here"});
    ASSERT_TRUE(config);
    EXPECT_EQ(config->node.candidates.at(0).name, "node2");
}

TEST(DropIns, EachErrorNamesItsFileInTheOrderOfReading) {
    EXPECT_EQ(
        errors_of({{"b.toml", "cluster = 'lab'\n\nlissen = 1\nkeys.a = 'x'\n"},
                   {"b.toml.d/10.toml", "\n  expect = 'five'\n"},
                   {"b.toml.d/20.toml", "[poll]\nmn = 1\n"}}),
        "b.toml:1:1: 'candidates' is missing: name the nodes of which one leads, candidates = "
        "[\"NAME=HOST\"]\n"
        "b.toml:3:1: unknown key 'lissen': did you mean 'listen'?\n"
        "b.toml.d/10.toml:2:12: 'expect' is a string: give a whole number from 1 to 1000\n"
        "b.toml.d/20.toml:2:1: unknown key 'poll.mn': did you mean 'min'?\n");
}

TEST(DropIns, WhatIsNoTomlIsToldOfEachFile) {
    const std::string errors = errors_of({{"a", "x = \n"}, kMain, {"c", "= 1\n"}});
    EXPECT_NE(errors.find("a:1:"), std::string::npos) << errors;
    EXPECT_NE(errors.find("\nc:1:1: not TOML"), std::string::npos) << errors;
}

TEST(DropIns, AContradictionIsToldWhereItWasMade) {
    EXPECT_EQ(errors_of({kMain, {"10.toml", "poll.min = 20"}}),
              "10.toml:1:12: 'poll.min' (20 s) is more than 'poll.max' (16 s): exchange them, or "
              "give both\n");
    EXPECT_EQ(errors_of({kMain, {"10.toml", "poll = 3"}}),
              "10.toml:1:8: 'poll' is an integer: it is a table, written '[poll]' on a line of its "
              "own\n");
    EXPECT_EQ(errors_of({{"b.toml", "poll = 3\n"}, kMain}), "");  // overridden
}

TEST(DropIns, AreLimitedTogether) {
    const ConfigSource blank{"half", std::string(kMaxConfigSize / 2, ' ')};
    EXPECT_EQ(errors_of({kMain, blank}), "");
    EXPECT_EQ(errors_of({kMain, blank, {"more", std::string(kMaxConfigSize / 2, '\n')}}),
              "more:1:1: the configuration is longer than 1048576 bytes: is it the right one?\n");
}

}  // namespace
}  // namespace berkeley
