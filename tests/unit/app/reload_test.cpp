#include "daemon/app/reload.hpp"

#include <gtest/gtest.h>

#include "daemon/core/trust/text_form.hpp"
#include "tests/support/sample_trust.hpp"

namespace berkeley {
namespace {

Config config(const std::string& more = {}) {
    auto parsed = parse_config(
        "name = 'n1'\ncluster = 'lab'\ncandidates = ['n1=192.0.2.1']\nkeys.n1 = '" +
            to_text(test::secret_key(test::kCandidateSeed).public_key()) + "'\n" + more,
        "b.toml", {});
    EXPECT_TRUE(parsed) << to_string(parsed.error().front());
    return *parsed;
}

std::string changes(const Config& fresh, const Config& running = config()) {
    const ConfigChanges found = changes_between(running, fresh);
    return listed(found.taken_over) + " | " + listed(found.needs_restart);
}

TEST(Reload, EveryKeyIsTakenOverOrNeedsARestart) {
    EXPECT_EQ(changes(config()), " | ");
    EXPECT_EQ(changes(config("expect = 3\nfailure_domains.a = ['b']\nreferences = "
                             "['b']\nstep_threshold = 1\nstep_policy = 'never'\n"
                             "move_limit = 9\nlog_level = 'error'\npoll = {min = 0.1, max = 9}\n")),
              "expect, failure_domains, references, step_threshold, step_policy, move_limit, "
              "log_level, poll.min, "
              "poll.max | ");
    EXPECT_EQ(changes(config("listen = '127.0.0.1'\nclock = 'observe'\nsocket = '/s'\n"
                             "state_dir = '/d'\nkey_file = '/k'\n")),
              " | listen, clock, socket, state_dir, key_file");
    EXPECT_EQ(changes(config("clock = 'simulated'\nsimulated.drift_ppm = 1"),
                      config("clock = 'simulated'")),
              " | simulated");
    Config other = config();
    other.node.name = "n2";
    other.node.cluster = "yard";
    other.node.candidates.front().key = test::secret_key(2).public_key();
    other.node.key = std::make_shared<const SecretKey>(test::secret_key(3));
    other.node.certificate = test::sample_certificate().certificate;
    EXPECT_EQ(changes(other), " | name, cluster, keys, key_file, certificate_file");
}

TEST(Reload, ACandidateMayMoveButNotBeAnother) {
    Config moved = config();
    moved.candidates.front().host = "192.0.2.9";
    EXPECT_EQ(changes(moved), "candidates | ");
    EXPECT_EQ(taken_over(config(), moved).candidates, moved.candidates);
    Config other = moved;
    other.node.candidates.front().name = "n9";
    other.candidates.front().name = "n9";
    EXPECT_EQ(changes(other), " | candidates");
    EXPECT_EQ(taken_over(config(), other).candidates, config().candidates);
}

// So that it is said again at every reload, until the restart.
TEST(Reload, WhatNeedsARestartStaysAsItWas) {
    const Config fresh = config("listen = '127.0.0.1'\nexpect = 7\nlog_level = 'error'\n");
    const Config now = taken_over(config(), fresh);
    EXPECT_EQ(now.listen, config().listen);
    EXPECT_EQ(now.node.expect, std::optional<std::size_t>(7));
    EXPECT_EQ(now.log_level, Priority::error);
    EXPECT_EQ(changes(fresh, now), " | listen");
}

}  // namespace
}  // namespace berkeley
