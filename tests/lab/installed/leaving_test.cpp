// Upgrade and removal: what runs goes on, what is removed leaves nothing.
#include <algorithm>
#include <iostream>
#include <iterator>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "tests/lab/installed/installed_machine.hpp"

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
