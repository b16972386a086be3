// What people get wrong: each ends with the right exit code, and with words that say where and what
// to do.
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "daemon/platform/roster_file.hpp"
#include "tests/support/node_keys.hpp"
#include "tests/system/support/cluster.hpp"
#include "tests/system/support/identity.hpp"
#include "tests/system/support/requirement.hpp"

namespace berkeley::test {
namespace {

constexpr int kFailed = 1;
constexpr int kConfiguration = 2;

struct Given {
    std::string name = "n1";
    std::string clock = "simulated";
    // NOLINTBEGIN(readability-redundant-member-init): GCC warns without
    std::string listen = {};  // one that is free
    std::string candidate = {};
    std::string state_dir = {};  // below the folder
    // NOLINTEND(readability-redundant-member-init)
};

class WrongInput : public testing::Test {
  protected:
    WrongInput() { write_key(key, "n1"); }

    // A good configuration, but for what is given.
    std::filesystem::path config(const Given& given = {}) const {
        const std::string here = fmt::format("127.0.0.1:{}", port);
        return folder.write(
            given.name + ".toml",
            fmt::format("name = \"{0}\"\ncluster = \"lab\"\ncandidates = [\"n1={1}\"]\n"
                        "listen = \"{2}\"\nclock = \"{3}\"\nsocket = \"{4}/{0}.sock\"\n"
                        "state_dir = \"{4}/{8}\"\nkey_file = \"{5}\"\n"
                        "certificate_file = \"{6}\"\n{7}",
                        given.name, given.candidate.empty() ? here : given.candidate,
                        given.listen.empty() ? here : given.listen, given.clock,
                        folder.path().string(), key.string(), certificate.string(), pinned("n1"),
                        given.state_dir.empty() ? given.name : given.state_dir));
    }

    // n1 leads, and that is what the key is for until this.
    void become_member_n2() const {
        write_key(key, "n2");
        write_certificate(certificate, "lab", "n2", "n1");
    }

    static Outcome daemon(const std::filesystem::path& config, const Arguments& wrapper = {}) {
        Arguments command = wrapper;
        command.insert(command.end(), {built("berkeleyd"), "--config", config});
        return run(command, {}, Seconds{10});
    }

    TemporaryFolder folder;
    std::filesystem::path key = folder / "node.key";
    std::filesystem::path certificate = folder / "node.cert";
    std::uint16_t port = free_port();
};

std::string secret_of(const std::filesystem::path& key) {
    std::string text;
    std::ifstream(key) >> text;
    return text;
}

std::string another_address() {
    return fmt::format("127.0.0.1:{}", free_port());
}

void expect_told(const Outcome& outcome, int code, const std::vector<std::string>& words) {
    EXPECT_EQ(outcome.code, code) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    for (const std::string& word : words)
        EXPECT_NE(outcome.err.find(word), std::string::npos) << word << "\n  in " << outcome.err;
}

// Without these capabilities, though root: nobody else's files, or no setting of the clock.
Arguments without(const std::string& capability) {
    if (!is_root())
        return {};
    return {"setpriv", "--bounding-set", "-" + capability, "--inh-caps", "-" + capability};
}

TEST_F(WrongInput, TyposAreAllToldWithTheirPlaces) {
    const auto file = folder.write("typo.toml",
                                   "cluster = \"lab\"\n"
                                   "candidates = [\"n1\"]\n"
                                   "  lissen = \"[::]:10525\"\n"
                                   "clock = \"sistem\"\n"
                                   "expect = \"five\"\n");
    const Outcome outcome = daemon(file);
    expect_told(outcome, kConfiguration,
                {file.string() + ":3:3: unknown key 'lissen': did you mean 'listen'?",
                 file.string() + ":4:9: ", "did you mean 'system'?", file.string() + ":5:10: "});
    const Outcome by_ctl = run({built("berkeleyctl"), "validate", file});
    expect_told(by_ctl, kFailed, {file.string() + ":3:3: unknown key 'lissen'"});
}

TEST_F(WrongInput, WhatIsNoTomlIsToldWithItsPlace) {
    const auto file = folder.write("broken.toml", "cluster = \"lab\"\ncandidates = [\"n1\"\n= 3\n");
    expect_told(daemon(file), kConfiguration, {file.string() + ":3:1: not TOML: "});
}

TEST_F(WrongInput, AMissingOrUnreadableConfiguration) {
    const auto missing = folder / "missing.toml";
    expect_told(daemon(missing), kConfiguration,
                {"there is no configuration file " + missing.string(), "in no cluster yet",
                 "'berkeleyctl init'", "'berkeleyctl join'", "berkeleyd.toml(5)", "--config"});
    expect_told(daemon(folder.path()), kConfiguration,
                {"cannot read the configuration file " + folder.path().string()});
    const auto file = config();
    chmod(file.c_str(), 0);
    expect_told(daemon(file, without("dac_override,-dac_read_search")), kConfiguration,
                {"cannot read the configuration file " + file.string(), "Permission denied"});
}

TEST_F(WrongInput, ADropInIsToldByItsOwnNameAndPlace) {
    const auto file = config();
    std::filesystem::create_directory(file.string() + ".d");
    const auto drop_in = folder.write("n1.toml.d/50-typo.toml", "\n expct = 3\n");
    expect_told(daemon(file), kConfiguration,
                {drop_in.string() + ":2:2: unknown key 'expct': did you mean 'expect'?"});
    std::filesystem::remove(drop_in);
    std::filesystem::create_directory(drop_in);
    expect_told(daemon(file), kConfiguration,
                {"cannot read the configuration file " + drop_in.string() + ": it is a folder"});
}

TEST_F(WrongInput, AMissingKey) {
    std::filesystem::remove(key);
    expect_told(
        daemon(config()), kConfiguration,
        {"there is no key file " + key.string(), "`berkeleyctl init`", "`berkeleyctl join`"});
}

TEST_F(WrongInput, AKeyThatOthersCanReadOrWeCannot) {
    chmod(key.c_str(), 0644);
    expect_told(daemon(config()), kConfiguration,
                {key.string(), "can be read or written by others (mode 0644)",
                 "chmod 600 " + key.string()});
    chmod(key.c_str(), 0);
    expect_told(daemon(config(), without("dac_override,-dac_read_search")), kConfiguration,
                {"not permitted to read the key file " + key.string(), "chown"});
}

TEST_F(WrongInput, AKeyOfAnotherUser) {
    BERKELEYD_REQUIRE(is_root(), "needs root to give a file away");
    ASSERT_EQ(chown(key.c_str(), 12'345, 12'345), 0);
    expect_told(daemon(config()), kConfiguration,
                {key.string() + " belongs to user 12345", "chown 0 " + key.string()});
}

TEST_F(WrongInput, AKeyThatIsNone) {
    const std::string good = secret_of(key);
    folder.write("node.key", good.substr(0, 40));
    const Outcome outcome = daemon(config());
    expect_told(outcome, kConfiguration, {key.string() + " is not valid", "cut short or mistyped"});
    EXPECT_EQ(outcome.err.find(good.substr(20, 15)), std::string::npos);  // a key is not for logs
}

TEST_F(WrongInput, AKeyThatIsNotThePinnedOne) {
    write_key(key, "another");
    expect_told(daemon(config()), kConfiguration, {"[keys] has ", "berkeleyctl key --public"});
}

TEST_F(WrongInput, TheStateOfAnEarlierBeginning) {
    const auto file = config();
    std::filesystem::create_directory(folder / "n1");
    const TokenCandidate before{NodeName::from("n1").value(), "127.0.0.1", 10525,
                                public_key("n1 of before")};
    ASSERT_TRUE(store_roster(folder / "n1/roster.json", {{{0, {before}, {}}, {}}, std::nullopt}));
    const std::vector<std::string> words = {(folder / "n1/roster.json").string() +
                                                " is of another cluster than this lab, or of an "
                                                "earlier beginning of it",
                                            "move " + (folder / "n1").string() + " away"};
    expect_told(daemon(file), kConfiguration, words);
    const Outcome by_ctl = run({built("berkeleyctl"), "validate", file});
    EXPECT_EQ(by_ctl.code, kFailed);
    for (const std::string& word : words)
        EXPECT_NE(by_ctl.err.find(word), std::string::npos) << by_ctl.err;
    EXPECT_EQ(by_ctl.out.find("is good"), std::string::npos) << by_ctl.out;
}

TEST_F(WrongInput, AMemberWithoutACertificateOfItsOwn) {
    const auto file = config({.name = "n2"});
    expect_told(daemon(file), kConfiguration,
                {"is that of n1: every node needs one of its own", "join anew"});
    write_key(key, "n3");
    expect_told(daemon(file), kConfiguration,
                {"there is no certificate file " + certificate.string(), "berkeleyctl invite"});
    write_certificate(certificate, "lab", "n3", "n1");
    expect_told(daemon(file), kConfiguration,
                {"the certificate " + certificate.string() + " is for the name n3, not for n2"});
    write_certificate(certificate, "lab", "n2", "n1");
    expect_told(daemon(file), kConfiguration, {"is for another key than the one in"});
    write_key(key, "n2");
    write_certificate(certificate, "lab", "n2", "stranger");
    expect_told(daemon(file), kConfiguration, {"was issued by none of the candidates"});
}

TEST_F(WrongInput, APortThatIsTaken) {
    NodeProcess first(folder, "n1");
    config();
    first.start();
    become_member_n2();
    const Outcome second = daemon(config({.name = "n2"}));
    expect_told(second, kFailed,
                {fmt::format("cannot listen on UDP 127.0.0.1:{}: berkeleyd (pid {}) has that port",
                             port, first.pid()),
                 "choose another port with `listen`"});
}

TEST_F(WrongInput, AControlSocketThatIsTaken) {
    NodeProcess first(folder, "n1");
    config();
    first.start();
    const auto other = config({.listen = another_address(), .state_dir = "other"});
    expect_told(daemon(other), kFailed,
                {"another daemon answers on " + first.socket().string(), "'socket'"});
    EXPECT_NE(first.ctl({"status"}).code, 3);  // and is left alone
}

// Each would put its state in place of the other's, votes and all.
TEST_F(WrongInput, AStateFolderThatIsTaken) {
    NodeProcess first(folder, "n1");
    config();
    first.start();
    const auto other = config({.listen = another_address()});
    expect_told(daemon(other), kFailed,
                {fmt::format("berkeleyd (pid {}) keeps its state in {}", first.pid(),
                             first.state_dir().string()),
                 "`state_dir`"});
}

TEST_F(WrongInput, AnAddressThatThisMachineHasNot) {
    expect_told(daemon(config({.listen = "192.0.2.77:20000"})), kFailed,
                {"cannot listen on UDP 192.0.2.77:20000", "no such address", "`listen`"});
}

TEST_F(WrongInput, ACandidateThatDoesNotResolve) {
    become_member_n2();
    config({.name = "n2", .candidate = "no-such-host.invalid"});
    NodeProcess node(folder, "n2");
    node.start({"RES_OPTIONS=timeout:1 attempts:1"});
    EXPECT_TRUE(wait_until(Seconds{20}, [&node] {
        return node.log().find("cannot find candidate n1: no-such-host.invalid") !=
               std::string::npos;
    })) << node.log();
    EXPECT_NE(node.log().find("check `candidates` and the name service"), std::string::npos);
    const Outcome status = node.ctl({"status"});
    EXPECT_EQ(status.code, 1);
    EXPECT_NE(status.out.find("the host name of n1 does not resolve"), std::string::npos)
        << status.out;
    EXPECT_EQ(node.stop(), 0);
}

// The C library asks such a one for 10 s and more, in a thread that cannot be called off.
TEST_F(WrongInput, ANameServerThatSaysNothingHoldsNoStopUp) {
    BERKELEYD_REQUIRE(is_root(), "needs root for a network namespace");
    become_member_n2();
    config({.name = "n2", .listen = "0.0.0.0:20000", .candidate = "no-such-host.example:20001"});
    const auto resolv = folder.write("resolv.conf", "nameserver 192.0.2.1\n");
    const std::string silent_net =
        "ip link set lo up && ip link add v0 type veth peer name v1 && ip link set v0 up && "
        "ip link set v1 up && ip addr add 192.0.2.2/24 dev v0 && "
        "ip neigh add 192.0.2.1 lladdr 02:00:00:00:00:01 dev v0 nud permanent && mount --bind " +
        resolv.string() + " /etc/resolv.conf && exec \"$@\"";
    NodeProcess node(folder, "n2");
    node.start({}, {"unshare", "--net", "--mount", "sh", "-c", silent_net, "sh"});
    std::this_thread::sleep_for(Seconds{0.3});
    const auto before = std::chrono::steady_clock::now();
    EXPECT_EQ(node.stop(), 0);
    EXPECT_LT(std::chrono::steady_clock::now() - before, Seconds{2});
}

TEST_F(WrongInput, WithoutCapSysTimeTheRealClockIsNotTouched) {
    const auto file = config({.clock = "system"});
    expect_told(daemon(file, without("sys_time")), kFailed,
                {"not permitted to steer the system clock (CAP_SYS_TIME is missing)",
                 "AmbientCapabilities=CAP_SYS_TIME", "clock = \"observe\""});
    EXPECT_FALSE(std::filesystem::exists(folder / "n1"));  // told before anything is changed
}

TEST_F(WrongInput, AnOptionThatBerkeleydHasNot) {
    const Outcome outcome = run({built("berkeleyd"), "--konfig", "x"});
    EXPECT_EQ(outcome.code, kConfiguration);
    EXPECT_NE(outcome.err.find("--konfig"), std::string::npos) << outcome.err;
}

// ---- berkeleyctl

TEST_F(WrongInput, BerkeleyctlWithoutADaemon) {
    for (const char* verb : {"status", "members", "tracking", "watch", "waitsync"}) {
        const auto socket = folder / "nobody.sock";
        expect_told(run({built("berkeleyctl"), "--socket", socket, verb}), 3,
                    {"no daemon answers on " + socket.string(), "is it running?",
                     "systemctl status berkeleyd"});
    }
}

TEST_F(WrongInput, BerkeleyctlUsedWrongly) {
    const std::vector<std::pair<Arguments, std::string>> wrong = {
        {{"statsu"}, "did you mean 'status'?"},
        {{"status", "--jsn"}, "did you mean '--json'?"},
        {{"waitsync", "--timeout", "soon"}, "--timeout"},
        {{"watch", "--interval", "0"}, "--interval"},
        {{}, "which verb?"}};
    for (const auto& [words, told] : wrong) {
        Arguments command{built("berkeleyctl")};
        command.insert(command.end(), words.begin(), words.end());
        expect_told(run(command), 2, {told});
    }
}

TEST_F(WrongInput, BerkeleyctlWithoutPermission) {
    NodeProcess node(folder, "n1");
    config();
    node.start();
    chmod(node.socket().c_str(), 0);
    Arguments command = without("dac_override,-dac_read_search");
    command.insert(command.end(), {built("berkeleyctl"), "--socket", node.socket(), "status"});
    expect_told(run(command), 4, {"not permitted to use " + node.socket().string()});
}

TEST_F(WrongInput, StatusOfADaemonThatIsNotSynchronized) {
    become_member_n2();
    config({.name = "n2", .listen = another_address()});
    NodeProcess member(folder, "n2");
    member.start();  // there is no n1
    const Outcome status = member.ctl({"status"});
    EXPECT_EQ(status.code, 1);
    EXPECT_TRUE(status.out.starts_with("n2 is starting")) << status.out;
    EXPECT_NE(status.out.find("no answer from n1 at "), std::string::npos) << status.out;
    EXPECT_EQ(member.ctl({"status", "--json"}).code, 1);
    const Outcome waited = member.ctl({"waitsync", "--timeout", "0.3"});
    EXPECT_EQ(waited.code, 1);
    EXPECT_NE(waited.err.find("not within 0.3 s"), std::string::npos) << waited.err;
}

}  // namespace
}  // namespace berkeley::test
