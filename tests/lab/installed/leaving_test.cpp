// Upgrade and removal: what runs goes on, what is removed leaves nothing.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <sstream>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "tests/lab/installed/installed_machine.hpp"
#include "tests/system/support/node_process.hpp"

namespace berkeley::test {
namespace {

using Lines = std::set<std::string>;

Lines lines_of(const std::string& text) {
    std::istringstream stream(text);
    Lines lines;
    for (std::string line; std::getline(stream, line);)
        lines.insert(line);
    return lines;
}

Lines only_in(const Lines& some, const Lines& others) {
    Lines found;
    std::ranges::set_difference(some, others, std::inserter(found, found.end()));
    return found;
}

TEST_F(Installed, AnUpgradeRestartsWhatRunsAndStartsNothingElse) {
    machine->well({"apt-get", "install", "--yes", "--reinstall", deb_inside});
    EXPECT_EQ(property("ActiveState"), "inactive");

    configure_alone();
    start();
    const std::string pid = property("MainPID");
    machine->well({"apt-get", "install", "--yes", "--reinstall", deb_inside});
    EXPECT_EQ(property("ActiveState"), "active");
    EXPECT_NE(property("MainPID"), pid);
    EXPECT_EQ(machine->as_root({"systemctl", "is-enabled", "berkeleyd"}).out, "disabled\n");
    machine->well({"berkeleyctl", "waitsync", "--timeout", "30"});
}

// The same package by another version number, on this machine.
std::filesystem::path renumbered(const std::filesystem::path& deb, const std::string& version,
                                 const TemporaryFolder& folder) {
    const std::filesystem::path tree = folder / "tree";
    const std::filesystem::path made = folder / (version + ".deb");
    run_well({"dpkg-deb", "--raw-extract", deb, tree});
    run_well({"sed", "-i", "s/^Version: .*/Version: " + version + "/", tree / "DEBIAN/control"});
    run_well({"dpkg-deb", "--build", "-Znone", tree, made});
    return made;
}

class InstalledAndUpgraded : public Installed {
  protected:
    void SetUp() override {
        Installed::SetUp();
        if (IsSkipped() || HasFailure())
            return;
        machine->copy_in(renumbered(machine->path(deb_inside), "99-1", folder), newer);
        configure_with_peer();
        machine->well({"systemctl", "enable", "berkeleyd"});
        start();
    }

    std::string version() {
        return machine->well({"dpkg-query", "-W", "-f", "${Version}", "berkeleyd"});
    }
    std::string epoch() {
        const std::string status = machine->well({"berkeleyctl", "status", "--json"});
        return std::to_string(number(boost::json::parse(status).as_object(), "epoch"));
    }
    std::string configuration() {
        return machine->well({"sh", "-c", "find /etc/berkeleyd -type f | sort | xargs sha256sum"});
    }

    TemporaryFolder folder;
    const std::string newer = "/var/tmp/newer.deb";
};

TEST_F(InstalledAndUpgraded, ItGoesOnWithWhatItHasLearnedAndStepsNothing) {
    machine->well({"systemctl", "start", "berkeleyd-wait-sync"});
    ASSERT_TRUE(is_active("time-sync.target"));
    wait_until_a_rate_is_kept();
    const std::string pid = property("MainPID");
    const std::string epoch_before = epoch();
    const std::string configuration_before = configuration();
    peer_hangs(true);
    const Stopwatch upgrading;
    machine->well({"apt-get", "install", "--yes", newer});
    const double installed = upgrading.seconds();
    EXPECT_EQ(version(), "99-1");
    EXPECT_NE(property("MainPID"), pid);
    expect_gone_on_at_the_kept_rate();
    peer_hangs(false);
    machine->well({"berkeleyctl", "waitsync", "--timeout", "30"});
    EXPECT_EQ(tracked("steps"), 0);
    EXPECT_EQ(epoch(), epoch_before);
    EXPECT_EQ(configuration(), configuration_before);
    EXPECT_EQ(machine->well({"systemctl", "is-enabled", "berkeleyd"}), "enabled\n");
    EXPECT_TRUE(is_active("time-sync.target"));
    std::cout << fmt::format("  upgraded in {:.1f} s, synchronized after {:.1f} s\n", installed,
                             upgrading.seconds());
}

// A later version may keep its state in a form that this one does not know.
TEST_F(InstalledAndUpgraded, ADowngradeIsMadeOnlyWhenAskedForAndIsSafe) {
    machine->well({"apt-get", "install", "--yes", newer});
    EXPECT_NE(machine->as_root({"apt-get", "install", "--yes", deb_inside}).code, 0);
    EXPECT_EQ(version(), "99-1");

    const std::string configuration_before = configuration();
    machine->well({"systemctl", "stop", "berkeleyd"});
    machine->well(
        {"sed", "-i", "s/\"version\":[0-9]*/\"version\":99/", "/var/lib/berkeleyd/state.json"});
    machine->well({"apt-get", "install", "--yes", "--allow-downgrades", deb_inside});
    EXPECT_NE(version(), "99-1");
    start();
    EXPECT_TRUE(holds(journal(), "\"version\" is not 1 or 2, which this program knows"))
        << journal();
    EXPECT_EQ(tracked("steps"), 0);
    EXPECT_EQ(configuration(), configuration_before);
}

TEST_F(Installed, APurgeLeavesNothingButTheUser) {
    configure_alone();
    machine->well({"systemctl", "enable", "berkeleyd"});
    start();
    machine->well({"apt-get", "remove", "--yes", "berkeleyd"});
    EXPECT_NE(machine->as_root({"pidof", "berkeleyd"}).code, 0);
    EXPECT_EQ(machine->as_root({"test", "-e", "/run/berkeleyd"}).code, 1);
    for (const char* kept : {"/etc/berkeleyd/berkeleyd.toml", "/etc/berkeleyd/node.key",
                             "/var/lib/berkeleyd/state.json"})
        EXPECT_EQ(machine->as_root({"test", "-e", kept}).code, 0) << kept;

    machine->well({"dpkg", "--purge", "berkeleyd"});
    const Lines left = files();
    EXPECT_EQ(fmt::format("{}", fmt::join(only_in(left, files_before), " ")), "");
    EXPECT_EQ(fmt::format("{}", fmt::join(only_in(files_before, left), " ")), "");
    EXPECT_EQ(machine->well({"find", "/run", "/tmp", "-name", "*berkeleyd*"}), "");
    EXPECT_TRUE(holds(machine->as_root({"dpkg-query", "-W", "berkeleyd"}).err, "no packages"));

    const Lines users =
        only_in(lines_of(machine->well({"cat", "/etc/passwd"})), lines_of(users_before));
    ASSERT_EQ(users.size(), 1U);
    EXPECT_TRUE(users.begin()->starts_with("berkeleyd:")) << *users.begin();
    std::cout << fmt::format("  {} files before and after; left: the user {}\n", left.size(),
                             *users.begin());
}

TEST_F(Installed, APurgeLeavesFilesThatAreNotOurs) {
    configure_alone();
    machine->write("/etc/berkeleyd/notes", "mine\n");
    const std::string said = machine->well({"dpkg", "--purge", "berkeleyd"});
    EXPECT_TRUE(holds(said, "files of yours are left in /etc/berkeleyd")) << said;
    EXPECT_EQ(machine->well({"ls", "/etc/berkeleyd"}), "notes\n");
}

}  // namespace
}  // namespace berkeley::test
