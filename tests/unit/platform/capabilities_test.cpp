#include "daemon/platform/capabilities.hpp"

#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace berkeley {
namespace {

constexpr const char* kClockAlone = "0000000002000000";
constexpr const char* kNone = "0000000000000000";
constexpr const char* kAll = "000001ffffffffff";

struct Proc {
    std::string held = kClockAlone;
    std::string inheritable = kNone;
    std::string ambient = kNone;
    std::string bounds = kNone;
    std::string no_new_privileges = "1";
    std::string uid = "0";
    std::string groups = " ";
};

// As the kernel writes it.
std::string text(const Proc& proc) {
    return fmt::format(
        "Name:\tberkeleyd\nUid:\t{0}\t{0}\t{0}\t{0}\nGid:\t{0}\t{0}\t{0}\t{0}\n"
        "Groups:\t{1}\nCapInh:\t{2}\nCapPrm:\t{3}\nCapEff:\t{3}\nCapBnd:\t{4}\nCapAmb:\t{5}\n"
        "NoNewPrivs:\t{6}\n",
        proc.uid, proc.groups, proc.inheritable, proc.held, proc.bounds, proc.ambient,
        proc.no_new_privileges);
}

constexpr Droppable kByRoot{.bounds = true, .groups = true};
constexpr Droppable kByUser{};
const Privileges kSteers{.set_clock = true, .account = std::nullopt};
const Privileges kObserves{};

TEST(ExcessPrivileges, AreFoundInProc) {
    EXPECT_EQ(excess_privileges(text({}), kSteers, kByRoot), "");
    EXPECT_EQ(excess_privileges(text({.held = kNone}), kObserves, kByRoot), "");
    EXPECT_NE(excess_privileges(text({}), kObserves, kByRoot), "");
    EXPECT_NE(excess_privileges(text({.held = kNone}), kSteers, kByRoot), "");
    EXPECT_NE(excess_privileges(text({.held = kAll}), kSteers, kByRoot), "");
    EXPECT_NE(excess_privileges(text({.inheritable = kClockAlone}), kSteers, kByRoot), "");
    EXPECT_NE(excess_privileges(text({.ambient = kClockAlone}), kSteers, kByRoot), "");
    EXPECT_NE(excess_privileges(text({.no_new_privileges = "0"}), kSteers, kByRoot), "");
    EXPECT_NE(excess_privileges("", kSteers, kByRoot), "");
}

TEST(ExcessPrivileges, AreWhatOnlyRootCanGiveUp) {
    EXPECT_NE(excess_privileges(text({.bounds = kAll}), kSteers, kByRoot), "");
    EXPECT_EQ(excess_privileges(text({.bounds = kAll}), kSteers, kByUser), "");
    EXPECT_NE(excess_privileges(text({.groups = "4 27 "}), kSteers, kByRoot), "");
    EXPECT_EQ(excess_privileges(text({.groups = "4 27 "}), kSteers, kByUser), "");
}

TEST(ExcessPrivileges, IncludeTheWrongUser) {
    const Privileges wanted{.set_clock = true, .account = Account{65'534, 65'534}};
    EXPECT_NE(excess_privileges(text({}), wanted, kByRoot), "");
    EXPECT_EQ(excess_privileges(text({.uid = "65534"}), wanted, kByRoot), "");
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
