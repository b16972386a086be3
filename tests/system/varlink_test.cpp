// The control interface used by a client that was written without any of our code.
#include <filesystem>
#include <iostream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/system/support/cluster.hpp"
#include "tests/system/support/requirement.hpp"

namespace berkeley::test {
namespace {

class Varlink : public testing::Test {
  protected:
    void SetUp() override {
        BERKELEYD_REQUIRE(run({"/usr/bin/python3", "--version"}).code == 0,
                          "needs /usr/bin/python3");
        std::filesystem::copy_file(BERKELEYD_VARLINK_CLIENT, client);
        cluster.start();
        ASSERT_TRUE(cluster.synchronized(Seconds{20}));
    }

    // Errors that methods are to be answered with: "Step=NotPossible".
    void expect_as_described(const NodeProcess& node, const Arguments& errors,
                             const Arguments& wrapper = {}) const {
        Arguments command = wrapper;
        command.insert(command.end(), {"/usr/bin/python3", client, node.socket()});
        for (const std::string& error : errors)
            command.push_back("org.berkeleyd.Control." + error);
        const Outcome outcome = run(command);
        EXPECT_EQ(outcome.code, 0) << outcome.err;
        std::cout << node.name() << ": " << outcome.out;
    }

    Cluster cluster{{.nodes = {{.name = "n1"}, {.name = "n2", .offset_ms = 0.2}},
                     .step_threshold = kStepAtOnce}};
    // Another user may not read the tree, which root may have cloned at home.
    const std::filesystem::path client = cluster.folder() / "varlink_client.py";
};

// What only a candidate can, or a master.
Arguments on_a_member(Arguments errors) {
    for (const char* method : {"Invitations", "Enrolled", "Invite", "Revoke", "Handover", "SetTime",
                               "RecallMove", "Form", "Promote", "Retire"})
        errors.push_back(std::string(method) + "=NotPossible");
    return errors;
}

// It has nobody to hand over to, nor such a member or candidate; nothing to call off; and cluster
// time.
Arguments on_a_running_master(Arguments errors) {
    for (const char* method : {"Handover", "RecallMove", "Form", "Promote", "Retire"})
        errors.push_back(std::string(method) + "=NotPossible");
    return errors;
}

// Synchronized, there is nothing to step.
TEST_F(Varlink, EveryMethodIsAsItsDescriptionSays) {
    expect_as_described(cluster["n1"], on_a_running_master({"Step=NotPossible"}));
    expect_as_described(cluster["n2"], on_a_member({"Step=NotPossible"}));
}

TEST_F(Varlink, AlsoAStepThatIsDone) {
    const Cluster slewing({.nodes = {{.name = "n1"}, {.name = "n2", .offset_ms = 300}}});
    slewing["n1"].start();
    slewing["n2"].start();
    ASSERT_TRUE(wait_until(
        Seconds{10}, [&slewing] { return !slewing["n2"].status().at("offset_ns").is_null(); }));
    expect_as_described(slewing["n2"], on_a_member({}));
    EXPECT_EQ(number(slewing["n2"].tracking(), "steps"), 1);
}

TEST_F(Varlink, ErrorsToo) {
    std::filesystem::create_directory(cluster["n1"].config().string() + ".d");
    cluster.folder().write("n1.toml.d/1.toml", "lissen = 1\n");
    expect_as_described(cluster["n1"],
                        on_a_running_master({"Step=NotPossible", "Reload=InvalidConfiguration"}));
}

TEST_F(Varlink, WhoMayNotChangeAnythingIsToldSo) {
    BERKELEYD_REQUIRE(is_root(), "needs root to be another user");
    ASSERT_EQ(chmod(cluster.folder().path().c_str(), 0755), 0);
    expect_as_described(
        cluster["n2"],
        {"Poll=PermissionDenied", "Step=PermissionDenied", "Handover=PermissionDenied",
         "SetTime=PermissionDenied", "RecallMove=PermissionDenied", "Form=PermissionDenied",
         "Reload=PermissionDenied", "SetLogLevel=PermissionDenied", "Invite=PermissionDenied",
         "Revoke=PermissionDenied", "Promote=PermissionDenied", "Retire=PermissionDenied",
         "Invitations=NotPossible", "Enrolled=NotPossible"},
        {"setpriv", "--reuid", "60001", "--regid", "60001", "--clear-groups"});
}

}  // namespace
}  // namespace berkeley::test
