// The real berkeleyctl, which lies beside the test program, against real sockets.
#include <cstdio>
#include <cstring>
#include <fstream>
#include <regex>
#include <sstream>

#include <boost/json.hpp>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/core/trust/text_form.hpp"
#include "tests/support/sample_trust.hpp"
#include "tests/unit/ctl/ctl_fixture.hpp"

namespace berkeley {
namespace {

FakeSource in_state(NodeState state) {
    FakeSource source;
    source.node.state = state;
    return source;
}

const std::string kKeys =
    "keys.node1 = '" + to_text(test::secret_key(test::kCandidateSeed).public_key()) + "'\n";

// The candidate's, whose public half is pinned above.
void keep_key(const std::filesystem::path& file) {
    std::ofstream(file) << secret_text(test::secret_key(test::kCandidateSeed)).view();
    chmod(file.c_str(), 0600);
}

TEST_F(Ctl, StatusEndsWellOnlyWhenSynchronized) {
    ServerThread good;
    const Outcome outcome = run(good, "status");
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_TRUE(outcome.out.starts_with("node1 is synchronized\n"));
    EXPECT_NE(outcome.out.find("node2 silent: no answer for 40 s"), std::string::npos);
    for (const NodeState state : {NodeState::starting, NodeState::synchronizing,
                                  NodeState::holdover, NodeState::refusing}) {
        ServerThread bad(in_state(state));
        const Outcome told = run(bad, "status");
        EXPECT_EQ(told.code, 1);
        EXPECT_TRUE(told.out.starts_with("node1 is "));
        EXPECT_EQ(run(bad, "status --json").code, 1);
    }
}

TEST_F(Ctl, JsonIsOneLineOfTheShapePromised) {
    ServerThread server;
    const auto status = boost::json::parse(run(server, "status --json").out);
    EXPECT_EQ(status.at("offset_ns"), -12'345);
    EXPECT_EQ(status.at("role"), "master");
    const auto members = boost::json::parse(run(server, "--json members").out);
    EXPECT_EQ(members.as_array().size(), 2U);
    EXPECT_EQ(members.at(1).at("state"), "silent");
    const auto tracking = boost::json::parse(run(server, "tracking --json").out);
    EXPECT_EQ(tracking.at("host_raw_ns"), 77);
    const auto version = boost::json::parse(run(server, "version --json").out);
    EXPECT_EQ(version.at("berkeleyctl"), version.at("berkeleyd"));
}

TEST_F(Ctl, WatchPrintsOneUpdateAfterTheOther) {
    ServerThread server;
    const Outcome json = run(server, "watch --json --count 3 --interval 0.05");
    EXPECT_EQ(json.code, 0) << json.err;
    std::istringstream lines(json.out);
    int seen = 0;
    for (std::string line; std::getline(lines, line); ++seen)
        EXPECT_TRUE(boost::json::parse(line).as_object().contains("members"));
    EXPECT_EQ(seen, 3);
    const Outcome plain = run(server, "watch --count 2 --interval 0.05");
    EXPECT_EQ(plain.out.find('\x1b'), std::string::npos);
    EXPECT_NE(plain.out.find("\n\nnode1 is synchronized\n"), std::string::npos);
}

TEST_F(Ctl, WatchEndsWellOnCtrlC) {
    ServerThread server;
    const std::string socket = " --socket " + server.path().native();
    const Outcome outcome = run("watch --interval 0.05" + socket, "timeout -s INT 0.5");
    EXPECT_EQ(outcome.code, 124) << outcome.err;  // timeout(1)'s own
    EXPECT_EQ(run("watch" + socket, "timeout --preserve-status -s INT 0.5").code, 0);
}

TEST_F(Ctl, WaitsyncWaitsForStateAndBound) {
    ServerThread good;
    EXPECT_EQ(run(good, "waitsync --timeout 5").code, 0);
    EXPECT_EQ(run(good, "waitsync --timeout 5 --bound 84.1").code, 0);
    const Outcome tight = run(good, "waitsync --timeout 0.3 --bound 84");
    EXPECT_EQ(tight.code, 1);
    EXPECT_NE(tight.err.find("not within 0.3 s to ±84 µs: node1 is synchronized"),
              std::string::npos)
        << tight.err;
    ServerThread starting(in_state(NodeState::starting));
    EXPECT_EQ(run(starting, "waitsync --timeout 0").code, 1);
}

TEST_F(Ctl, ChangingVerbsSayWhatWasDone) {
    ServerThread server;
    EXPECT_EQ(run(server, "poll").out, "2 nodes are asked now\n");
    EXPECT_EQ(run(server, "step").out, "stepped the clock by -1.500 s, onto cluster time\n");
    EXPECT_EQ(
        run(server, "reload").out,
        "the daemon goes by the new expect now\nrestart the daemon for the new listen, name\n");
    EXPECT_EQ(run(server, "loglevel notice").out,
              "the log level is notice, until the next reload or restart\n");
    EXPECT_EQ(run(server, "handover").out, "node2 is to lead from now on\n");
    EXPECT_EQ(run(server, "handover node3").out, "node3 is to lead from now on\n");
    EXPECT_EQ(run(server, "handover --json").out, "{\"master\":\"node2\"}\n");
    const std::string moved = run(server, "settime -1500ms --step").out;
    EXPECT_TRUE(moved.starts_with("cluster time moves by -1.500 s in 10.00 s, from 20")) << moved;
    EXPECT_NE(moved.find("all nodes step their clocks at one instant, and epoch 2 begins\n"
                         "to slew takes about 22 s\nnote: mind this\n'berkeleyctl status'"),
              std::string::npos)
        << moved;
    const std::string planned = run(server, "settime '2026-11-27 18:00' --dry-run").out;
    EXPECT_TRUE(planned.starts_with("cluster time would move")) << planned;
    EXPECT_EQ(planned.find("--cancel"), std::string::npos);
    const std::string little = run(server, "settime +500ms").out;
    EXPECT_TRUE(std::regex_search(little, std::regex("from [-0-9]+ [:0-9]+\\.[0-9]{3} to ")))
        << little;
    EXPECT_EQ(run(server, "settime --cancel").out, "the move of cluster time is called off\n");
    EXPECT_EQ(run(server, "step --all").out,
              "in 10.00 s all nodes step their clocks onto cluster time, at one instant; epoch 2 "
              "begins\n");
    EXPECT_EQ(run(server, "form").out,
              "cluster time is formed with the clocks that are here: 1 of 5\n");
    EXPECT_EQ(run(server, "form --json").out, "{\"formed\":true,\"clocks\":\"1 of 5\"}\n");
    EXPECT_EQ(run(server, "settime").code, 2);
    EXPECT_EQ(run(server, "settime soon").code, 2);
    EXPECT_EQ(run(server, "settime +1s --step --slew").code, 2);
    EXPECT_EQ(run(server, "settime +1s --cancel").code, 2);
    EXPECT_EQ(run(server, "poll --json").out, "{\"nodes\":2}\n");
    EXPECT_EQ(run(server, "loglevel loud").code, 2);
    EXPECT_EQ(run(server, "loglevel").code, 2);
}

TEST_F(Ctl, HandoverIsNoErrorWhereThereIsNothingToHandOver) {
    ServerThread leading;
    EXPECT_EQ(run(leading, "handover --if-leading").out, "node2 is to lead from now on\n");
    FakeSource member;
    member.node.role = Role::member;
    ServerThread following(member);
    const Outcome outcome = run(following, "handover --if-leading");
    EXPECT_EQ(outcome.code, 0);
    EXPECT_EQ(outcome.out, "this node does not lead: nothing is handed over\n");
}

TEST_F(Ctl, ChangingVerbsSayWhyNot) {
    ServerThread server({}, {}, "there is nothing to step");
    for (const char* verb :
         {"poll", "step", "step --all", "settime +1s", "settime --cancel", "form", "handover"}) {
        const Outcome outcome = run(server, verb);
        EXPECT_EQ(outcome.code, 1);
        EXPECT_EQ(outcome.err, "berkeleyctl: not done: there is nothing to step\n");
    }
    EXPECT_EQ(run(server, "reload").err,
              "berkeleyctl: the configuration is wrong, and nothing is changed:\n"
              "  there is nothing to step\n  another\n");
}

TEST_F(Ctl, TheLocaleDecidesTheSpelling) {
    ServerThread server;
    const std::string socket = " --socket " + server.path().native();
    EXPECT_NE(run("status" + socket, "LC_ALL=C.UTF-8").out.find("±84.10 µs"), std::string::npos);
    const Outcome plain = run("status" + socket, "LC_ALL=C");
    EXPECT_NE(plain.out.find("+/-84.10 us"), std::string::npos) << plain.out;
    const Outcome late = run("waitsync --timeout 0 --bound 1" + socket, "LC_ALL=C");
    EXPECT_NE(late.err.find("to +/-1 us"), std::string::npos) << late.err;
    EXPECT_EQ(run("status --json" + socket, "LC_ALL=C").out,
              run("status --json" + socket, "LC_ALL=C.UTF-8").out);
}

TEST_F(Ctl, NoDaemonSaysWhereAndWhatToDo) {
    const std::string nowhere = (folder / "none.sock").native();
    for (const char* verb : {"status", "members", "tracking", "watch", "waitsync",
                             "waitsync --timeout 0.3", "status --json"}) {
        const Outcome outcome = run(std::string(verb) + " --socket " + nowhere);
        EXPECT_EQ(outcome.code, 3) << verb;
        EXPECT_EQ(outcome.out, "");
        EXPECT_NE(outcome.err.find(nowhere), std::string::npos);
        EXPECT_NE(outcome.err.find("systemctl status berkeleyd"), std::string::npos);
    }
    EXPECT_EQ(run("status", "BERKELEYD_SOCKET=" + nowhere).code, 3);
    EXPECT_EQ(run("version --socket " + nowhere).code, 0);
}

TEST_F(Ctl, WrongUsageIsTwo) {
    for (const char* arguments :
         {"", "statsu", "status extra", "--bogus", "waitsync --timeout x", "waitsync --bound -1",
          "watch --interval 0", "watch --count 0", "init", "revoke", "certify a", "--socket"})
        EXPECT_EQ(run(arguments).code, 2) << arguments;
    for (const char* arguments :
         {"watch --count -1", "waitsync --timeout 10x", "invite --voting --no-voting",
          "metrics --format json", "clockdiff h --count 0", "watch --interval nan"})
        EXPECT_EQ(run(arguments).code, 2) << arguments;
    EXPECT_EQ(run("--help").code, 0);
    EXPECT_EQ(run("waitsync --help").code, 0);
}

TEST_F(Ctl, WrongUsageIsToldInOneSentence) {
    const std::vector<std::pair<std::string, std::string>> told = {
        {"", "which verb? 'berkeleyctl --help' lists them"},
        {"statsu", "unknown verb 'statsu': did you mean 'status'?"},
        {"status --jsn", "status has no option '--jsn': did you mean '--json'?"},
        {"init --adress X", "init has no option '--adress': did you mean '--address'?"},
        {"init --adress=X --name lab", "init has no option '--adress': did you mean '--address'?"},
        {"--bogus", "berkeleyctl has no option '--bogus': 'berkeleyctl --help' tells more"},
        {"status extra",
         "'extra' is one argument too many: 'berkeleyctl status --help' tells more"},
        {"init", "--name is required; 'berkeleyctl init --help' tells more"},
        {"metrics --format json",
         "--format: 'json' is not 'openmetrics' or 'prometheus': give one of these; 'berkeleyctl "
         "metrics --help' tells more"},
        {"loglevel inof",
         "LEVEL: 'inof' is not 'error', 'warning', 'notice' or 'info': did you mean 'info'?; "
         "'berkeleyctl loglevel --help' tells more"},
        {"watch --count -1",
         "--count: '-1' is no whole number of 1 or more; 'berkeleyctl watch --help' tells more"},
        {"waitsync --timeout soon",
         "--timeout: 'soon' is no time from 0 s to 1000000000 s: write 30s, 10m, 1h or 7d, or a "
         "number of seconds; 'berkeleyctl waitsync --help' tells more"},
        {"settime 1h", "an amount is written with its sign: did you mean '+1h', or '-1h'?"}};
    for (const auto& [arguments, words] : told) {
        const Outcome outcome = run(arguments);
        EXPECT_EQ(outcome.code, 2) << arguments;
        EXPECT_EQ(outcome.err, "berkeleyctl: " + words + "\n") << arguments;
        EXPECT_EQ(outcome.out, "");
    }
}

TEST_F(Ctl, HelpIsFreeOfThePartsOfItsParser) {
    for (const char* verb : {"", "init", "invite", "join", "watch", "waitsync", "metrics",
                             "loglevel", "clockdiff", "settime", "certify", "validate", "key"}) {
        const std::string help = run(std::string(verb) + " --help").out;
        for (const char* noise : {"{false}", "UINT", "INT", "FLOAT", "TEXT", "ENUM", " in ["})
            EXPECT_EQ(help.find(noise), std::string::npos) << verb << ": " << noise;
    }
    EXPECT_TRUE(run("--version").out.starts_with("berkeleyctl "));
    EXPECT_EQ(run("--version").code, 0);
}

TEST_F(Ctl, ClockdiffKnowsNodesAlsoWhereTheClockIsSimulated) {
    if (geteuid() != 0)
        GTEST_SKIP() << "needs a raw socket";
    FakeSource source;
    source.node.clock = ClockMode::simulated;
    source.list[1].address->address[12] = 127;
    source.list[1].address->address[13] = 0;
    source.list[1].address->address[14] = 0;
    source.list[1].address->address[15] = 1;
    source.list[1].offset = 5ms;
    ServerThread simulated(source);
    const auto of = [this](const ServerThread& server) {
        return boost::json::parse(run(server, "clockdiff 127.0.0.1 --count 1 --json").out).at(0);
    };
    EXPECT_EQ(of(simulated).at("node"), "node2");
    EXPECT_TRUE(of(simulated).at("node_offset_ns").is_null());
    source.node.clock = ClockMode::system;
    ServerThread own(source);
    EXPECT_EQ(of(own).at("node_offset_ns"), 5'012'345);
}

TEST_F(Ctl, WaitsyncTakesATimeWithItsUnit) {
    ServerThread starting(in_state(NodeState::holdover));
    const Outcome late = run(starting, "waitsync --timeout 300ms");
    EXPECT_EQ(late.code, 1);
    EXPECT_TRUE(late.err.starts_with("berkeleyctl: not within 0.3 s: node1 is in holdover, "))
        << late.err;
}

TEST_F(Ctl, ADaemonThatTalksNonsenseIsAFailure) {
    const auto path = folder / "rude.sock";
    const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.native().size());
    ASSERT_EQ(bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(listen(listener, 5), 0);
    const std::vector<std::pair<std::string, int>> rude = {
        {"garbage", 1},
        {R"({"parameters":{}})", 1},
        {R"({"error":"org.berkeleyd.Control.\u001b[31m","parameters":{}})", 1},
        {R"({"error":"org.varlink.service.PermissionDenied"})", 4}};
    std::thread server([listener, &rude] {
        for (const auto& [answer, code] : rude) {
            const int client = accept(listener, nullptr, nullptr);
            send(client, answer.c_str(), answer.size() + 1, MSG_NOSIGNAL);
            std::array<char, 100> rest;
            while (recv(client, rest.data(), rest.size(), 0) > 0) {
            }
            close(client);
        }
    });
    for (const auto& [answer, code] : rude) {
        const Outcome outcome = run("status --socket " + path.native());
        EXPECT_EQ(outcome.code, code) << answer;
        EXPECT_EQ(outcome.err.find('\x1b'), std::string::npos);
    }
    server.join();
    close(listener);
    EXPECT_EQ(run("status --socket " + path.native()).code, 3);  // a socket nobody listens on
}

TEST_F(Ctl, ValidateTellsPlacesAndNotes) {
    const std::string file = (folder / "b.toml").native();
    std::ofstream(file) << "cluster = 'lab'\ncandidates = ['node1']\nlissen = '::'\n" << kKeys;
    const Outcome bad = run("validate " + file);
    EXPECT_EQ(bad.code, 1);
    EXPECT_EQ(bad.err, file + ":3:1: unknown key 'lissen': did you mean 'listen'?\n");
    const auto json = boost::json::parse(run("validate --json " + file).out);
    EXPECT_EQ(json.at("valid"), false);
    EXPECT_EQ(json.at("errors").at(0).at("line"), 3);

    const std::string key = (folder / "missing.key").native();
    std::ofstream(file) << "name = 'node1'\ncluster = 'lab'\ncandidates = ['node1']\nkey_file = '"
                        << key << "'\n"
                        << kKeys;
    const std::string good = file + " is good\nnote: this node is the master\n";
    const Outcome keyless = run("validate " + file);
    EXPECT_EQ(keyless.code, 1);
    EXPECT_TRUE(keyless.err.starts_with("berkeleyctl: " + file +
                                        " is good, and what belongs to it here is not: there is "
                                        "no key file " +
                                        key))
        << keyless.err;
    EXPECT_EQ(keyless.out, "note: this node is the master\n");
    const auto told = boost::json::parse(run("validate --json " + file).out);
    EXPECT_EQ(told.at("valid"), true);
    EXPECT_EQ(told.at("problems").as_array().size(), 1U);
    EXPECT_EQ(run("validate --file-only " + file).out, good);
    keep_key(key);
    EXPECT_EQ(run("validate " + file).out, good);
    std::ofstream(file) << "name = 'node1'\ncluster = 'lab'\ncandidates = ['node1', 'node2']\n"
                        << "key_file = '" << key << "'\n"
                        << kKeys << "keys.node2 = '"
                        << to_text(test::secret_key(test::kCandidateSeed + 1).public_key())
                        << "'\n";
    EXPECT_NE(run("validate " + file).out.find("one of 2 candidates"), std::string::npos);
    EXPECT_EQ(run("validate " + (folder / "none").native()).code, 1);
    const Outcome open_to_all = run("validate /tmp");
    EXPECT_EQ(open_to_all.code, 1);
    EXPECT_EQ(open_to_all.err,
              "berkeleyctl: cannot read the configuration file /tmp: it is a "
              "folder\n");
}

TEST_F(Ctl, ValidateReadsDropInsAndSaysWhich) {
    const std::string file = (folder / "b.toml").native();
    std::filesystem::create_directory(file + ".d");
    std::ofstream(file) << "name = 'node1'\ncluster = 'lab'\ncandidates = ['node1']\n"
                        << kKeys << "key_file = '" << (folder / "key").native() << "'\n";
    keep_key(folder / "key");
    const std::string drop_in = file + ".d/10-site.toml";
    std::ofstream(drop_in) << "expect = 5\n";
    EXPECT_EQ(run("validate " + file).out, file + " is good\nnote: " + drop_in +
                                               " was read, too\nnote: this node is the master\n");
    const auto json = boost::json::parse(run("validate --json " + file).out);
    EXPECT_EQ(json.at("files"), (boost::json::array{file, drop_in}));

    std::ofstream(drop_in) << "\nexpct = 5\n";
    const Outcome bad = run("validate " + file);
    EXPECT_EQ(bad.code, 1);
    EXPECT_EQ(bad.err, drop_in + ":2:1: unknown key 'expct': did you mean 'expect'?\n");
    EXPECT_EQ(bad.out, "note: " + drop_in + " was read, too\n");
    std::filesystem::remove(drop_in);
    std::filesystem::create_directory(drop_in);
    EXPECT_EQ(run("validate " + file).code, 1);
}

}  // namespace
}  // namespace berkeley
