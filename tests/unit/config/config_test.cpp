#include "daemon/config/config.hpp"

#include <gtest/gtest.h>

#include "daemon/core/trust/text_form.hpp"
#include "tests/support/sample_trust.hpp"

namespace berkeley {
namespace {

// A candidate's public key as text.
std::string key_text(std::uint8_t seed) {
    return to_text(test::secret_key(seed).public_key());
}

const std::string kLeast =
    "cluster = 'lab'\ncandidates = ['node1']\nkeys.node1 = '" + key_text(1) + "'\n";

// All errors, a line each; empty if the text is good.
std::string errors_of(std::string_view text, const ConfigDefaults& defaults = {"here"}) {
    const auto config = parse_config(text, "b.toml", defaults);
    std::string all;
    if (!config) {
        for (const ConfigError& error : config.error())
            all += to_string(error) + "\n";
        EXPECT_FALSE(all.empty());
    }
    return all;
}

std::string errors_with(std::string_view more) {
    return errors_of(kLeast + std::string(more));
}

TEST(Config, DefaultsOfAllThatIsNotAsked) {
    const auto config = parse_config(kLeast, "b.toml", {"here"});
    ASSERT_TRUE(config);
    EXPECT_EQ(config->node.name, "here");
    EXPECT_EQ(config->node.cluster, "lab");
    EXPECT_EQ(config->node.candidates.at(0).name, "node1");
    EXPECT_EQ(config->candidates,
              (std::vector<CandidateAddress>{{"node1", "node1", kDefaultPort}}));
    EXPECT_EQ(config->listen, (std::vector<ListenAddress>{{"::", kDefaultPort}}));
    EXPECT_EQ(config->node.expect, std::nullopt);
    EXPECT_EQ(config->node.clock, ClockMode::system);
    EXPECT_EQ(config->node.step_policy, StepPolicy::first);
    EXPECT_EQ(config->node.step_threshold, 500ms);
    EXPECT_EQ(config->node.poll_min, 50ms);
    EXPECT_EQ(config->node.poll_max, 1s);
    EXPECT_EQ(config->socket, "/run/berkeleyd/control.sock");
    EXPECT_EQ(config->state_dir, "/var/lib/berkeleyd");
    EXPECT_EQ(config->candidate_keys, std::vector<PublicKey>{test::secret_key(1).public_key()});
    EXPECT_EQ(config->key_file, "/etc/berkeleyd/node.key");
    EXPECT_EQ(config->certificate_file, "/etc/berkeleyd/node.cert");
    EXPECT_EQ(config->simulated, SimulatedClock{});
    EXPECT_EQ(config->log_level, Priority::info);
}

TEST(Config, AllKeysAreTaken) {
    const auto config = parse_config(R"(
keys.node1 = ")" + key_text(1) + R"("
name = "node7"
cluster = "lab"
listen = ["192.0.2.7", "[2001:db8::7]:99"]
candidates = ["node1=[2001:db8::1]:98"]
expect = 5
clock = "simulated"
socket = "/tmp/b.sock"
state_dir = "/tmp/state"
key_file = "/tmp/key"
certificate_file = "/tmp/cert"
step_threshold = 2
step_policy = "never"
move_limit = 0.25
log_level = "warning"
[simulated]
offset_ms = -250.5
drift_ppm = 37
[poll]
min = 0.1
max = 16
)",
                                     "b.toml", {"here"});
    ASSERT_TRUE(config) << to_string(config.error().front());
    EXPECT_EQ(config->node.name, "node7");
    EXPECT_EQ(config->listen,
              (std::vector<ListenAddress>{{"192.0.2.7", 10525}, {"2001:db8::7", 99}}));
    EXPECT_EQ(config->candidates, (std::vector<CandidateAddress>{{"node1", "2001:db8::1", 98}}));
    EXPECT_EQ(config->key_file, "/tmp/key");
    EXPECT_EQ(config->certificate_file, "/tmp/cert");
    EXPECT_EQ(config->node.expect, std::optional<std::size_t>(5));
    EXPECT_EQ(config->node.clock, ClockMode::simulated);
    EXPECT_EQ(config->node.step_threshold, 2s);
    EXPECT_EQ(config->node.step_policy, StepPolicy::never);
    EXPECT_EQ(config->node.move_limit, std::optional<Duration>(250ms));
    EXPECT_EQ(config->log_level, Priority::warning);
    EXPECT_EQ(config->simulated.offset, -250'500us);
    EXPECT_DOUBLE_EQ(config->simulated.drift, 37e-6);
    EXPECT_EQ(config->node.poll_min, 100ms);
    EXPECT_EQ(config->node.poll_max, 16s);
}

TEST(Config, AListenMayBeOneString) {
    EXPECT_EQ(errors_with("listen = '127.0.0.1:1'"), "");
    EXPECT_EQ(errors_with("listen = []"),
              "b.toml:4:10: 'listen' is empty: name at least one, or leave the key out if it has a "
              "default\n");
    EXPECT_EQ(errors_with("listen = ['a', 'a:10525']"),
              "b.toml:4:16: 'listen' names 'a:10525' twice: remove one\n");
}

TEST(Config, ATypoGetsAPlaceAndASuggestion) {
    EXPECT_EQ(errors_with("lissen = '::'"),
              "b.toml:4:1: unknown key 'lissen': did you mean 'listen'?\n");
    EXPECT_EQ(errors_with("[poll]\nmn = 1"),
              "b.toml:5:1: unknown key 'poll.mn': did you mean 'min'?\n");
    EXPECT_EQ(errors_with("  clock = 'sytem'"),
              "b.toml:4:11: unknown value 'sytem' of 'clock': did you mean 'system'?\n");
    EXPECT_EQ(errors_with("clock = 'ntp'"),
              "b.toml:4:9: unknown value 'ntp' of 'clock': use 'system', 'simulated', "
              "'observe' or 'reference'\n");
    EXPECT_EQ(errors_with("log_level = 'debug'"),
              "b.toml:4:13: unknown value 'debug' of 'log_level': use 'error', 'warning', 'notice' "
              "or 'info'\n");
    EXPECT_EQ(errors_with("potato = 1"),
              "b.toml:4:1: unknown key 'potato': berkeleyd.toml(5) lists the keys there are\n");
    EXPECT_EQ(errors_with("[poll]\nsocket = '/a'"),
              "b.toml:5:1: unknown key 'poll.socket': 'socket' belongs above the first [table] "
              "header\n");
}

TEST(Config, WhatIsMissingIsNamed) {
    const std::string errors = errors_of("", {""});
    EXPECT_NE(errors.find("b.toml:1:1: 'name' is missing"), std::string::npos) << errors;
    EXPECT_NE(errors.find("b.toml:1:1: 'cluster' is missing"), std::string::npos);
    EXPECT_NE(errors.find("b.toml:1:1: 'candidates' is missing"), std::string::npos);
    EXPECT_NE(errors.find("b.toml:1:1: '[keys]' is missing"), std::string::npos);
    EXPECT_NE(errors_of(kLeast, {"bad name"}).find("the default, 'bad name', is no valid name"),
              std::string::npos);
}

std::string text_with_candidates(std::size_t of) {
    std::string names;
    std::string keys = "\n[keys]\n";
    for (std::size_t i = 1; i <= of; ++i) {
        names += "'n" + std::to_string(i) + "', ";
        keys += "n" + std::to_string(i) + " = '" + key_text(static_cast<std::uint8_t>(i)) + "'\n";
    }
    return "cluster = 'lab'\ncandidates = [" + names + "]" + keys;
}

TEST(Config, OneToSevenCandidatesInOrderOfRank) {
    for (std::size_t of = 1; of <= kMostCandidates; ++of) {
        const auto config = parse_config(text_with_candidates(of), "b.toml", {"here"});
        ASSERT_TRUE(config) << errors_of(text_with_candidates(of));
        ASSERT_EQ(config->node.candidates.size(), of);
        EXPECT_EQ(config->node.candidates.back().name, "n" + std::to_string(of));
        EXPECT_EQ(config->node.candidates.back().key,
                  test::secret_key(static_cast<std::uint8_t>(of)).public_key());
    }
    EXPECT_EQ(errors_of(text_with_candidates(8)),
              "b.toml:2:57: 'candidates' has 8 entries, and 7 are the most: a majority of them "
              "elects the master, and all the others follow without a vote\n");
}

TEST(Config, AllErrorsAreToldInOrder) {
    EXPECT_EQ(errors_of("keys.node1 = '" + key_text(1) +
                        "'\nname = 3\n"
                        "cluster = 'a b'\n"
                        "candidates = ['node1', 'node1', '']\n"
                        "expect = 0\n"
                        "step_threshold = 'long'\n"
                        "socket = 'rel'\n"),
              "b.toml:2:8: 'name' is an integer: give a string, in quotes\n"
              "b.toml:3:11: 'cluster' is 'a b', which is no valid name: use 1 to 63 letters, "
              "digits, '.', '_' and '-'\n"
              "b.toml:4:24: 'candidates' names 'node1' twice: remove one\n"
              "b.toml:4:33: 'candidates': '' is no node's name: use 1 to 63 letters, digits, '.', "
              "'_' and '-'; an address goes behind it, 'NAME=HOST:PORT'\n"
              "b.toml:5:10: 'expect' is 0: it must lie between 1 and 1000\n"
              "b.toml:6:18: 'step_threshold' is a string: give a number (seconds)\n"
              "b.toml:7:10: 'socket' is 'rel': give an absolute path, beginning with '/'\n");
}

TEST(Config, NumbersHaveLimits) {
    for (const std::string_view bad :
         {"expect = 1001", "expect = 1.5", "expect = -1", "step_threshold = 0",
          "step_threshold = nan", "step_threshold = inf", "step_threshold = -1", "poll.min = 0.001",
          "poll.max = 1025", "poll.min = true", "clock = 'simulated'\nsimulated.drift_ppm = 10001",
          "clock = 'simulated'\nsimulated.offset_ms = 1e13"})
        EXPECT_NE(errors_with(bad), "") << bad;
    EXPECT_EQ(errors_with("poll.min = 0.01\npoll.max = 1024"), "");
}

TEST(Config, PollLimitsAreInOrderAlsoAgainstDefaults) {
    EXPECT_EQ(errors_with("poll.min = 2"),
              "b.toml:4:12: 'poll.min' (2 s) is more than 'poll.max' (1 s): exchange them, or give "
              "both\n");
    EXPECT_EQ(errors_with("[poll]\nmax = 0.02"),
              "b.toml:5:7: 'poll.min' (0.05 s) is more than 'poll.max' (0.02 s): exchange them, or "
              "give both\n");
}

TEST(Config, NodesOfAFailureDomainShareAVote) {
    const auto config = parse_config(
        kLeast + "expect = 5\n[failure_domains]\nhost7 = ['m1', 'm2']\n'rack 2' = ['m3']\n",
        "b.toml", {"here"});
    ASSERT_TRUE(config);
    const FailureDomains& domains = config->node.failure_domains;
    EXPECT_EQ(domains.vote_of("m1"), domains.vote_of("m2"));
    EXPECT_NE(domains.vote_of("m1"), domains.vote_of("m3"));
    EXPECT_EQ(domains.shared(), 1U);
}

TEST(Config, AFailureDomainIsOfNodesThatAreInNoOther) {
    EXPECT_EQ(errors_with("[failure_domains]\na = ['m1', 'm2']\nb = ['m1']"),
              "b.toml:6:6: 'failure_domains.b' names 'm1', which 'failure_domains.a' does: a clock "
              "has one vote, remove it from one of them\n");
    EXPECT_EQ(errors_with("[failure_domains]\na = ['m 1']"),
              "b.toml:5:6: 'failure_domains.a': 'm 1' is no node's name: use 1 to 63 letters, "
              "digits, '.', '_' and '-'\n");
    EXPECT_NE(errors_with("[failure_domains]\na = 'm1'").find("give an array of strings"),
              std::string::npos);
    EXPECT_NE(errors_with("failure_domains = 'host7'").find("it is a table"), std::string::npos);
}

TEST(Config, ASimulatedTableNeedsASimulatedClock) {
    EXPECT_NE(errors_with("[simulated]\noffset_ms = 1").find("asks for none"), std::string::npos);
    EXPECT_EQ(errors_with("clock = 'simulated'"), "");
}

TEST(Config, WrongKindsAreNamed) {
    EXPECT_NE(errors_with("poll = 3").find("'poll' is an integer: it is a table"),
              std::string::npos);
    EXPECT_NE(errors_with("listen = [1]").find("'listen' holds an integer"), std::string::npos);
    EXPECT_NE(errors_of("cluster='a'\ncandidates='node1'").find("give an array of strings"),
              std::string::npos);
    EXPECT_NE(errors_with("socket = '/" + std::string(107, 'x') + "'").find("108 bytes long"),
              std::string::npos);
    EXPECT_NE(errors_with("socket = \"/a\\u0000b\"").find("absolute path"), std::string::npos);
}

TEST(Config, BrokenTextIsRefusedWithItsPlace) {
    EXPECT_EQ(errors_with("expect = ").substr(0, 9), "b.toml:4:");
    EXPECT_NE(errors_with("name = '\xff'").find("not TOML"), std::string::npos);
    EXPECT_NE(errors_with("cluster = 'again'").find("not TOML"), std::string::npos);
    EXPECT_NE(errors_of(std::string(kMaxConfigSize + 1, ' ')).find("longer than 1048576"),
              std::string::npos);
    EXPECT_NE(errors_with(std::string(100'000, '[')).find("not TOML"), std::string::npos);
}

// toml++ 3.3 by itself fails an assertion or has undefined behaviour here (see
// daemon/config/toml.hpp).
TEST(Config, WhatTomlPlusPlusGetsWrongIsAnErrorAllTheSame) {
    for (const std::string_view text : {"µ = 1", "\xcc\xaa", "é", "±", "あ", "name = µ",
                                        "\xef\xba\xbf = 1", "[é]", "[&", "[[=", "[[[a]]]"})
        EXPECT_NE(errors_with(text).find("not TOML"), std::string::npos) << text;
    EXPECT_EQ(errors_with("# µ é ±\nstate_dir = '/µ'\nkey_file = \"\"\"\\\n/§\"\"\""), "");
}

TEST(Config, AHostileFileMakesNoHugeReport) {
    std::string text = kLeast;
    for (int i = 0; i < 20'000; ++i)
        text += "key" + std::to_string(i) + " = 1\n";
    const auto config = parse_config(text, "b.toml", {"here"});
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().size(), 100U);
}

TEST(Config, TheMachineMayNameTheFiles) {
    const ConfigDefaults given{"here", "/run/given/node.key", "/run/given/node.cert"};
    EXPECT_EQ(parse_config(kLeast, "b.toml", given)->key_file, "/run/given/node.key");
    EXPECT_EQ(parse_config(kLeast, "b.toml", given)->certificate_file, "/run/given/node.cert");
    EXPECT_EQ(parse_config(kLeast + "key_file = '/k'", "b.toml", given)->key_file, "/k");
}

TEST(Config, ReferencesAreGrantedByName) {
    const auto config = parse_config(
        kLeast + "clock = 'reference'\nreferences = ['gps1', 'gps2']\n", "b.toml", {"x"});
    ASSERT_TRUE(config);
    EXPECT_EQ(config->node.clock, ClockMode::reference);
    EXPECT_EQ(config->node.references, (std::vector<std::string>{"gps1", "gps2"}));
    EXPECT_EQ(errors_with("references = ['gps 1']"),
              "b.toml:4:15: 'references': 'gps 1' is no node's name: use 1 to 63 letters, digits, "
              "'.', '_' and '-'\n");
    EXPECT_EQ(errors_with("references = ['a', 'a']"),
              "b.toml:4:20: 'references' names 'a' twice: remove one\n");
    EXPECT_NE(errors_with("references = 'a'").find("give an array of strings"), std::string::npos);
}

}  // namespace
}  // namespace berkeley
