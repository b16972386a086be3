#include "daemon/platform/capabilities.hpp"

#include <cstdio>
#include <cstdlib>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace berkeley {
namespace {

std::string proc_status(const char* held, const char* inheritable = "0000000000000000",
                        const char* uid = "0") {
    const std::string u = uid;
    return "Name:\tberkeleyd\nUid:\t" + u + "\t" + u + "\t" + u + "\t" + u + "\nGid:\t" + u + "\t" +
           u + "\t" + u + "\t" + u + "\nCapInh:\t" + inheritable + "\nCapPrm:\t" + held +
           "\nCapEff:\t" + held + "\nCapBnd:\t000001ffffffffff\nCapAmb:\t0000000000000000\n";
}

TEST(ExcessPrivileges, AreFoundInProc) {
    const Privileges steers{.set_clock = true, .account = std::nullopt};
    const Privileges observes{};
    EXPECT_EQ(excess_privileges(proc_status("0000000002000000"), steers), "");
    EXPECT_EQ(excess_privileges(proc_status("0000000000000000"), observes), "");
    EXPECT_NE(excess_privileges(proc_status("0000000002000000"), observes), "");
    EXPECT_NE(excess_privileges(proc_status("0000000000000000"), steers), "");
    EXPECT_NE(excess_privileges(proc_status("000001ffffffffff"), steers), "");
    EXPECT_NE(excess_privileges(proc_status("0000000002000000", "0000000002000000"), steers), "");
    EXPECT_NE(excess_privileges("", steers), "");
}

TEST(ExcessPrivileges, IncludeTheWrongUser) {
    const Privileges wanted{.set_clock = true, .account = Account{65'534, 65'534}};
    const char* held = "0000000002000000";
    EXPECT_NE(excess_privileges(proc_status(held), wanted), "");
    EXPECT_EQ(excess_privileges(proc_status(held, "0000000000000000", "65534"), wanted), "");
}

TEST(FindAccount, SaysHowToMakeOne) {
    EXPECT_EQ(find_account("root")->uid, 0U);
    const auto nobody = find_account("no-such-user-here");
    ASSERT_FALSE(nobody);
    EXPECT_NE(nobody.error().find("useradd"), std::string::npos);
}

// In a process of its own, as it cannot be undone. 0 if confined as asked.
int confined_exit_code(const Privileges& privileges) {
    const pid_t child = fork();
    if (child == 0) {
        const auto confined = confine(privileges);
        if (!confined)
            std::fprintf(stderr, "%s\n", confined.error().c_str());
        const bool as_asked = confined && may_set_clock() == privileges.set_clock;
        _exit(as_asked ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Confine, WorksForBothNormalStarts) {
    if (geteuid() != 0 || !may_set_clock()) {
        if (std::getenv("REQUIRE_ALL") != nullptr)
            FAIL() << "not root with CAP_SYS_TIME";
        GTEST_SKIP() << "not root with CAP_SYS_TIME";
    }
    EXPECT_EQ(confined_exit_code({.set_clock = true, .account = std::nullopt}), 0);
    EXPECT_EQ(confined_exit_code({.set_clock = false, .account = std::nullopt}), 0);
    EXPECT_EQ(confined_exit_code({.set_clock = true, .account = Account{65'534, 65'534}}), 0);
    EXPECT_EQ(confined_exit_code({.set_clock = false, .account = Account{65'534, 65'534}}), 0);
}

}  // namespace
}  // namespace berkeley
