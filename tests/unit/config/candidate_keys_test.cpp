// The table [keys].
#include <gtest/gtest.h>

#include "daemon/config/config.hpp"
#include "daemon/core/trust/text_form.hpp"
#include "tests/support/sample_trust.hpp"

namespace berkeley {
namespace {

std::string key_text(std::uint8_t seed) {
    return to_text(test::secret_key(seed).public_key());
}

std::string errors_of(const std::string& candidates, const std::string& keys) {
    const auto config = parse_config("cluster = 'lab'\ncandidates = [" + candidates + "]\n" + keys,
                                     "b.toml", {"here"});
    std::string all;
    if (!config) {
        for (const ConfigError& error : config.error())
            all += to_string(error) + "\n";
    }
    return all;
}

std::string errors_of(const std::string& keys) {
    return errors_of("'node1'", keys);
}

TEST(CandidateKeys, AreInTheOrderOfTheCandidates) {
    const auto config = parse_config(
        "cluster = 'lab'\ncandidates = ['n.1']\n[keys]\n\"n.1\" = '" + key_text(1) + "'\n",
        "b.toml", {"here"});
    ASSERT_TRUE(config) << to_string(config.error().front());
    EXPECT_EQ(config->candidate_keys, std::vector<PublicKey>{test::secret_key(1).public_key()});
}

TEST(CandidateKeys, EveryCandidateHasOne) {
    EXPECT_EQ(errors_of(""),
              "b.toml:1:1: '[keys]' is missing: it has the public key of every candidate, NAME = "
              "\"berkeleyd-key-1:...\"; `berkeleyctl key --public` prints it there\n");
    EXPECT_EQ(errors_of("[keys]\n"),
              "b.toml:3:1: [keys] lacks the public key of the candidate 'node1': `berkeleyctl key "
              "--public` prints it there\n");
    EXPECT_EQ(errors_of("keys = 3\n"),
              "b.toml:3:8: 'keys' is an integer: it is a table, written '[keys]' on a line of its "
              "own\n");
}

TEST(CandidateKeys, NobodyElseHasOneThere) {
    const std::string good = "[keys]\nnode1 = '" + key_text(1) + "'\n";
    EXPECT_EQ(errors_of(good), "");
    EXPECT_EQ(errors_of(good + "stranger = '" + key_text(2) + "'\n"),
              "b.toml:5:1: 'keys.stranger' is the key of no candidate: remove it; only the keys of "
              "'candidates' stand here\n");
    EXPECT_EQ(errors_of(good + "nod1 = '" + key_text(2) + "'\n"),
              "b.toml:5:1: 'keys.nod1' is the key of no candidate: did you mean 'node1'?\n");
    EXPECT_EQ(errors_of(good + "listen = '::'\n"),
              "b.toml:5:1: 'keys.listen' is the key of no candidate: 'listen' belongs above the "
              "first [table] header\n");
}

TEST(CandidateKeys, WhatIsNoPublicKeyIsToldWithWhatItIs) {
    EXPECT_EQ(errors_of("[keys]\nnode1 = 3\n"),
              "b.toml:4:9: 'keys.node1' is an integer: give the public key as a string, in "
              "quotes\n");
    EXPECT_EQ(errors_of("'n.1'", "[keys]\nn.1 = '" + key_text(1) + "'\n").substr(0, 80),
              "b.toml:3:1: [keys] lacks the public key of the candidate 'n.1': `berkeleyctl key");
    EXPECT_NE(errors_of("'n', 'n.1'", "[keys]\nn.1 = '" + key_text(1) + "'\n")
                  .find("'keys.n' is a table: a name with dots in it stands in quotes"),
              std::string::npos);
    EXPECT_EQ(
        errors_of("[keys]\nnode1 = '" + to_text(test::sample_certificate()) + "'\n"),
        "b.toml:4:9: 'keys.node1': this is a certificate, not a public key: give the one line "
        "that begins with 'berkeleyd-key-1:'\n");
    const std::string whole = key_text(1);
    EXPECT_EQ(errors_of("[keys]\nnode1 = '" + whole.substr(0, whole.size() - 1) + "'\n"),
              "b.toml:4:9: 'keys.node1': this public key is cut short or mistyped: copy its whole "
              "line again\n");
    const std::string secret(secret_text(test::secret_key(1)).view());
    const std::string told = errors_of("[keys]\nnode1 = '" + secret + "'\n");
    EXPECT_NE(told.find("this is a secret key"), std::string::npos);
    EXPECT_EQ(told.find(secret.substr(20)), std::string::npos);  // it may be a real one
}

TEST(CandidateKeys, NoTwoShareOne) {
    const std::string errors = errors_of("'node1', 'node2', 'node3'",
                                         "[keys]\nnode1 = '" + key_text(1) + "'\nnode2 = '" +
                                             key_text(2) + "'\nnode3 = '" + key_text(1) + "'\n");
    EXPECT_NE(errors.find("b.toml:6:9: 'keys.node3' is the key of 'node1', too: every node has a "
                          "key of its own\n"),
              std::string::npos)
        << errors;
    EXPECT_EQ(errors.find("keys.node2"), std::string::npos);
}

}  // namespace
}  // namespace berkeley
