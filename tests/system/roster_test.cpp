// Candidates are replaced while the cluster runs, by commands on the master alone: no configuration
// is touched and no daemon restarted. Real daemons, simulated clocks.
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "daemon/core/trust/text_form.hpp"
#include "tests/support/node_keys.hpp"
#include "tests/system/support/cluster.hpp"
#include "tests/system/support/identity.hpp"
#include "tests/system/support/waiting.hpp"
#include "tests/system/support/watch.hpp"
#include "tests/system/support/wire.hpp"

namespace berkeley::test {
namespace {

constexpr double kApart_ns = 2e6;  // on a busy machine

std::string slurp(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

class ARoster : public testing::Test {
  protected:
    explicit ARoster(std::size_t candidates = 3) : cluster(shape(candidates)) {}

    boost::json::object candidates(const std::string& name) const {
        const Outcome asked = cluster[name].ctl({"candidates", "--json"});
        return asked.code == 0 ? boost::json::parse(asked.out).as_object() : boost::json::object{};
    }

    std::string names(const std::string& node) const {
        const boost::json::object roster = candidates(node);
        std::string all;
        if (const auto* list = roster.if_contains("nodes")) {
            for (const auto& each : list->as_array())
                all += (all.empty() ? "" : " ") + std::string(each.at("node").as_string());
        }
        return all;
    }

    std::int64_t serial(const std::string& node) const {
        const boost::json::object roster = candidates(node);
        return roster.empty() ? -1 : number(roster, "serial");
    }

    // A command, on whoever leads.
    Outcome on_master(const Arguments& words) const {
        std::string master;
        wait_until(Seconds{20}, [&] {
            for (const auto& node : cluster.nodes()) {
                if (node->running() && text(node->status(), "role") == "master")
                    master = node->name();
            }
            return !master.empty();
        });
        return cluster[master].ctl(words);
    }

    void expect_roster(const std::vector<std::string>& nodes, std::int64_t serial_wanted,
                       const std::string& names_wanted) const {
        for (const std::string& name : nodes) {
            EXPECT_TRUE(wait_until(Seconds{20}, [&] { return serial(name) == serial_wanted; }))
                << name << " holds " << serial(name);
            EXPECT_EQ(names(name), names_wanted) << name;
        }
    }

    // One master, whom all follow, and nobody was stepped.
    void expect_one_cluster(const std::vector<std::string>& nodes_wanted) const {
        std::vector<const NodeProcess*> nodes;
        for (const std::string& name : nodes_wanted) {
            EXPECT_TRUE(wait_until(Seconds{30},
                                   [&] {
                                       const auto status = cluster[name].status();
                                       return text(status, "state") == "synchronized" &&
                                              !text(status, "master").empty() &&
                                              text(status, "master") ==
                                                  text(cluster[nodes_wanted[0]].status(), "master");
                                   }))
                << name << ": " << text(cluster[name].status(), "reason");
            EXPECT_EQ(number(cluster[name].status(), "epoch"), 1) << name;
            EXPECT_EQ(cluster[name].log().find("stepped", steps_told.at(name)), std::string::npos)
                << name;
            nodes.push_back(&cluster[name]);
        }
        const auto apart = static_cast<double>(spread_ns(nodes));
        std::cout << fmt::format("  {} nodes of roster {}: {:.1f} us apart\n", nodes.size(),
                                 serial(nodes_wanted[0]), apart / 1e3);
        EXPECT_LT(apart, kApart_ns);
    }

    void begin(const std::vector<std::string>& nodes) {
        for (const std::string& name : nodes)
            cluster[name].start();
        for (const std::string& name : nodes) {
            ASSERT_TRUE(cluster[name].synchronized(Seconds{40})) << name;
            steps_told[name] = cluster[name].log().size();
        }
    }

    std::map<std::string, std::size_t> steps_told;
    Cluster cluster;

  private:
    static ClusterShape shape(std::size_t candidates) {
        return {.nodes = {{.name = "n1", .offset_ms = 3},
                          {.name = "n2", .offset_ms = -4},
                          {.name = "n3", .offset_ms = 5},
                          {.name = "n4", .offset_ms = -2},
                          {.name = "n5", .offset_ms = 1}},
                .step_threshold = kStepAtOnce,
                .candidates = candidates};
    }
};

// The first candidate dies; another takes its place. n5 is off through it all.
TEST_F(ARoster, LosesADeadCandidateAndGainsAnother) {
    begin({"n1", "n2", "n3", "n4", "n5"});
    ASSERT_EQ(text(cluster["n4"].status(), "master"), "n1");
    EXPECT_EQ(cluster["n5"].stop(), 0);
    std::map<std::string, std::string> configs;
    for (const auto& node : cluster.nodes())
        configs[node->name()] = slurp(node->config());
    cluster["n1"].kill();
    ASSERT_TRUE(wait_until(Seconds{20}, [this] {
        const std::string master = text(cluster["n4"].status(), "master");
        return !master.empty() && master != "n1";
    }));

    const Outcome promoted = on_master({"promote", "n4"});
    EXPECT_EQ(promoted.code, 0) << promoted.err;
    expect_roster({"n2", "n3", "n4"}, 1, "n1 n2 n3 n4");
    expect_one_cluster({"n2", "n3", "n4"});
    const Outcome retired = on_master({"retire", "n1"});
    EXPECT_EQ(retired.code, 0) << retired.err;
    expect_roster({"n2", "n3", "n4"}, 2, "n2 n3 n4");
    expect_one_cluster({"n2", "n3", "n4"});

    // Who was away learns both changes, from whoever it meets.
    cluster["n5"].start();
    steps_told["n5"] = std::string::npos;  // a made-up clock begins anew
    expect_roster({"n5"}, 2, "n2 n3 n4");
    expect_one_cluster({"n2", "n3", "n4", "n5"});

    // n4 counts: without either of the others there is a master.
    for (const char* gone : {"n2", "n3"}) {
        EXPECT_EQ(cluster[gone].stop(), 0);
        const std::string left = std::string(gone) == "n2" ? "n3" : "n2";
        expect_one_cluster({left, "n4", "n5"});
        cluster[gone].start();
        steps_told[gone] = std::string::npos;
        expect_one_cluster({"n2", "n3", "n4", "n5"});
    }

    // The dead one comes back: it learns that it is none any more, and goes on as a member.
    cluster["n1"].start();
    steps_told["n1"] = std::string::npos;
    expect_roster({"n1"}, 2, "n2 n3 n4");
    expect_one_cluster({"n2", "n3", "n4", "n5", "n1"});
    EXPECT_EQ(text(cluster["n1"].status(), "role"), "member");

    for (const auto& [name, config] : configs)
        EXPECT_EQ(slurp(cluster[name].config()), config) << name;
    const Outcome told = run({built("berkeleyctl"), "validate", cluster["n2"].config()});
    EXPECT_NE(told.out.find("the candidates are n2, n3, n4 (roster 2) now"), std::string::npos)
        << told.out;
    // A reload does not bring the old ones back.
    EXPECT_EQ(cluster["n2"].ctl({"reload"}).code, 0);
    expect_roster({"n2"}, 2, "n2 n3 n4");
    // Nor does a restart.
    EXPECT_EQ(cluster["n3"].stop(), 0);
    cluster["n3"].start();
    expect_roster({"n3"}, 2, "n2 n3 n4");
    expect_one_cluster({"n2", "n3", "n4", "n5", "n1"});
}

TEST_F(ARoster, LosesItsMaster) {
    const std::vector<std::string> all{"n1", "n2", "n3", "n4"};
    begin(all);
    Watch watch({&cluster["n1"], &cluster["n2"], &cluster["n3"]});
    const Outcome retired = cluster["n1"].ctl({"retire", "n1"});
    EXPECT_EQ(retired.code, 0) << retired.err;
    expect_roster(all, 1, "n2 n3");
    EXPECT_TRUE(wait_until(Seconds{20}, [this] {
        return text(cluster["n2"].status(), "role") == "master" ||
               text(cluster["n3"].status(), "role") == "master";
    }));
    watch.end();
    std::cout << fmt::format("  without a master for {:.2f} s\n", watch.longest_without_master());
    EXPECT_LT(watch.longest_without_master(), 2) << watch.account();
    EXPECT_NE(cluster["n1"].log().find("leads no more: it is a candidate no more"),
              std::string::npos)
        << cluster["n1"].log();
    for (const std::string& name : all)
        EXPECT_EQ(cluster[name].log().find("fell silent"), std::string::npos) << name;
    EXPECT_TRUE(wait_until(Seconds{20},
                           [this] { return text(cluster["n1"].status(), "role") == "member"; }));
    expect_one_cluster({"n2", "n3", "n1", "n4"});
}

class OneCandidate : public ARoster {
  protected:
    OneCandidate() : ARoster(1) {}
};

// Then two, which lead together; then three.
TEST_F(OneCandidate, BecomesThree) {
    begin({"n1", "n2", "n3"});
    const Outcome second = cluster["n1"].ctl({"promote", "n2"});
    EXPECT_EQ(second.code, 0) << second.err;
    Watch watch({&cluster["n1"], &cluster["n2"], &cluster["n3"]});
    expect_roster({"n1", "n2", "n3"}, 1, "n1 n2");
    std::this_thread::sleep_for(Seconds{5});
    watch.end();
    EXPECT_TRUE(watch.always_led_by("n1")) << watch.account();
    expect_one_cluster({"n1", "n2", "n3"});
    for (const char* name : {"n1", "n2", "n3"})
        EXPECT_EQ(cluster[name].log().find("fell silent"), std::string::npos) << name;
    EXPECT_TRUE(
        wait_until(Seconds{20}, [this] { return cluster["n1"].ctl({"handover"}).code == 0; }));
    expect_one_cluster({"n1", "n2", "n3"});
    EXPECT_TRUE(wait_until(Seconds{20},
                           [this] { return text(cluster["n2"].status(), "role") == "master"; }));
    const Outcome third = cluster["n2"].ctl({"promote", "n3"});
    EXPECT_EQ(third.code, 0) << third.err;
    expect_roster({"n1", "n2", "n3"}, 2, "n1 n2 n3");
    expect_one_cluster({"n1", "n2", "n3"});
    EXPECT_EQ(cluster["n1"].stop(), 0);
    expect_one_cluster({"n2", "n3"});
}

// All were certified by n1: its word alone makes no candidate, nor does anybody vote himself out.
TEST_F(ARoster, TakesTwoCandidatesWords) {
    begin({"n1", "n2", "n3", "n4"});
    const Outcome alone = cluster["n1"].ctl({"promote", "n4"});
    EXPECT_NE(alone.code, 0);
    EXPECT_NE(alone.err.find("handover"), std::string::npos) << alone.err;
    const Outcome elsewhere = cluster["n2"].ctl({"promote", "n4"});
    EXPECT_NE(elsewhere.code, 0);
    EXPECT_NE(elsewhere.err.find("on n1, type 'berkeleyctl promote n4'"), std::string::npos)
        << elsewhere.err;
    EXPECT_NE(cluster["n1"].ctl({"promote", "n9"}).code, 0);
    EXPECT_NE(cluster["n1"].ctl({"retire", "n4"}).code, 0);
    const Outcome losing = cluster["n1"].ctl({"retire", "n1", "--distrust"});
    EXPECT_NE(losing.code, 0);
    EXPECT_NE(losing.err.find("n4"), std::string::npos) << losing.err;
    expect_roster({"n1", "n2", "n3", "n4"}, 0, "n1 n2 n3");

    ASSERT_TRUE(wait_until(Seconds{30},
                           [this] { return cluster["n1"].ctl({"handover", "n2"}).code == 0; }));
    ASSERT_TRUE(wait_until(Seconds{20},
                           [this] { return text(cluster["n2"].status(), "role") == "master"; }));
    EXPECT_TRUE(wait_until(Seconds{20}, [this] {
        return cluster["n2"].ctl({"promote", "n4"}).code == 0;
    })) << cluster["n2"].ctl({"promote", "n4"}).err;
    expect_roster({"n1", "n2", "n3", "n4"}, 1, "n1 n2 n3 n4");
    expect_one_cluster({"n1", "n2", "n3", "n4"});
}

// Who has a member's key speaks for that member, and for nobody else: he says that there is a later
// roster, tells a forged one to who asks, proposes himself, and signs what nobody proposed.
TEST_F(ARoster, IsNotForAMemberToChange) {
    begin({"n1", "n2", "n3", "n4", "n5"});
    const std::string master = text(cluster["n4"].status(), "master");
    cluster["n5"].kill();
    const Wire wire;
    Roster founding;
    for (const char* name : {"n1", "n2", "n3"})
        founding.candidates.push_back(
            {NodeName::from(name).value(), "127.0.0.1", cluster.port(name), public_key(name)});
    const TokenCandidate self{NodeName::from("n5").value(), "127.0.0.1", cluster.port("n5"),
                              public_key("n5")};
    SignedChange forged{next_change(founding, kClusterName, RosterStep::promote, self), {}};
    for (std::uint8_t rank = 0; rank < 3; ++rank)
        forged.signatures.push_back({rank, sign(forged.change, *node_key("n5"), kClusterName)});
    RosterPart part;
    part.serial = 1;
    part.parts = 1;
    std::vector<std::uint8_t> bytes = encode(forged);
    part.parts = static_cast<std::uint8_t>(bytes.size() / kRosterPartSize + 1);
    bytes.resize(part.parts * kRosterPartSize);
    const std::size_t last = encode(forged).size() % kRosterPartSize;

    std::size_t asked = 0;
    for (int round = 0; round < 60; ++round) {
        for (const char* name : {"n1", "n2", "n3"}) {
            const Forger forger("n5", name);
            Header header = forger.header();
            header.roster = 7;
            RosterPart proposal = part;
            proposal.of = RosterPartOf::proposal;
            proposal.session = 5;
            const RosterSay say{5, RosterAnswer::signed_it, std::nullopt,
                                forged.signatures[0].signature};
            for (const Message& message :
                 {Message(Leave{1, 1}), Message(proposal), Message(say), Message(part)})
                wire.send(forger.sealed(header, message), cluster.port(name));
        }
        wait_until(Seconds{0.1}, [] { return false; });
        while (const auto heard = wire.receive()) {
            const auto envelope = decode(heard->bytes);
            const auto* ask = envelope ? std::get_if<RosterAsk>(&envelope->message) : nullptr;
            if (ask == nullptr)
                continue;
            ++asked;
            const Forger forger("n5", master);
            part.session = ask->session;
            part.part = ask->part;
            part.size =
                static_cast<std::uint8_t>(ask->part + 1 < part.parts ? kRosterPartSize : last);
            std::copy_n(bytes.begin() + ask->part * std::ptrdiff_t{kRosterPartSize},
                        kRosterPartSize, part.bytes.begin());
            Header header = forger.header();
            header.roster = 7;
            wire.send(forger.sealed(header, part), cluster.port(master));
        }
    }
    EXPECT_GE(asked, 1U) << "nobody was tried";
    expect_roster({"n1", "n2", "n3", "n4"}, 0, "n1 n2 n3");
    expect_one_cluster({"n1", "n2", "n3", "n4"});
    EXPECT_EQ(text(cluster["n4"].status(), "master"), master);
    for (const char* name : {"n1", "n2", "n3"})
        EXPECT_EQ(cluster[name].log().find("signed the"), std::string::npos) << name;
}

// A file that cannot be believed does not bring an old vote back.
TEST_F(ARoster, InDoubtNeitherVotesNorLeads) {
    begin({"n1", "n2", "n3", "n4"});
    const Outcome retired = cluster["n1"].ctl({"retire", "n3"});
    EXPECT_EQ(retired.code, 0) << retired.err;
    expect_roster({"n1", "n2", "n3", "n4"}, 1, "n1 n2");
    EXPECT_EQ(cluster["n3"].stop(), 0);
    std::ofstream(cluster["n3"].state_dir() / "roster.json") << "{";
    cluster["n3"].start();
    EXPECT_NE(cluster["n3"].log().find("neither votes nor leads"), std::string::npos)
        << cluster["n3"].log();
    // It learns the roster anew from the others, and has a file again.
    expect_roster({"n3"}, 1, "n1 n2");
    EXPECT_TRUE(wait_until(Seconds{20}, [this] {
        return text(cluster["n3"].status(), "state") == "synchronized";
    })) << text(cluster["n3"].status(), "reason");
}

// By a token of today: it holds the roster of today.
TEST_F(ARoster, IsToldToWhoJoins) {
    begin({"n1", "n2", "n3", "n4"});
    EXPECT_EQ(cluster["n1"].ctl({"retire", "n3"}).code, 0);
    expect_roster({"n1", "n2", "n3", "n4"}, 1, "n1 n2");
    const Outcome invited = cluster["n1"].ctl({"invite"});
    ASSERT_EQ(invited.code, 0) << invited.err;
    const std::filesystem::path home = cluster.folder() / "home";
    std::filesystem::create_directory(home);
    const auto begin_of = invited.out.find("berkeleyd-invitation-1:");
    ASSERT_NE(begin_of, std::string::npos);
    const std::string token =
        invited.out.substr(begin_of, invited.out.find('\n', begin_of) - begin_of);
    const Outcome joined = run({built("berkeleyctl"), "join", token, "--node", "n9", "--config",
                                (home / "n9.toml").string()});
    ASSERT_EQ(joined.code, 0) << joined.err;
    const std::string config = slurp(home / "n9.toml");
    EXPECT_NE(config.find("roster = 1\n"), std::string::npos) << config;
    EXPECT_NE(config.find("former_keys = [\"" + to_text(public_key("n3"))), std::string::npos)
        << config;
}

}  // namespace
}  // namespace berkeley::test
