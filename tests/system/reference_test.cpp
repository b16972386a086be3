// A node that says it has outside time is a reference only once the master's configuration names
// it, and then by what the kernel of this machine says.
#include <gtest/gtest.h>

#include "daemon/platform/kernel_timex.hpp"
#include "tests/system/support/cluster.hpp"

namespace berkeley::test {
namespace {

TEST(Reference, IsOneByTheMastersWordAndNotByItsOwn) {
    Cluster cluster(
        {.nodes = {{.name = "n1"}, {.name = "n2"}, {.name = "gps", .clock = "reference"}},
         .step_threshold = kStepAtOnce});
    cluster.start();
    const NodeProcess& master = cluster["n1"];
    const NodeProcess& reference = cluster["gps"];
    ASSERT_TRUE(cluster["n2"].synchronized(Seconds{20}));
    const timex before = read_timex();

    ASSERT_TRUE(wait_until(Seconds{10}, [&master] {
        return text(master.member("gps"), "reference_reason").find("does not name it") !=
               std::string::npos;
    })) << boost::json::serialize(master.members());
    EXPECT_EQ(master.member("gps").at("reference"), false);
    EXPECT_TRUE(master.member("n2").at("reference").is_null());
    EXPECT_EQ(number(master.status(), "references"), 0);
    EXPECT_EQ(text(reference.status(), "clock"), "reference");
    EXPECT_NE(text(reference.status(), "reason").find("does not name it"), std::string::npos)
        << reference.status();
    EXPECT_NE(text(reference.status(), "advice").find("`references`"), std::string::npos);

    std::filesystem::create_directory(master.config().string() + ".d");
    cluster.folder().write("n1.toml.d/50-test.toml", "references = [\"gps\"]\n");
    EXPECT_EQ(master.ctl({"reload"}).out, "the daemon goes by the new references now\n");
    const bool in_order = !to_reading(before).unsynchronized;
    const std::string now = in_order ? "being measured" : "not synchronized";
    EXPECT_TRUE(wait_until(Seconds{10}, [&master, &now] {
        return text(master.member("gps"), "reference_reason").find(now) != std::string::npos;
    })) << boost::json::serialize(master.members());
    EXPECT_EQ(number(cluster["n2"].status(), "references"), 1);
    EXPECT_EQ(text(cluster["n2"].status(), "timescale"), "ensemble") << "not believed yet";

    const timex after = read_timex();
    EXPECT_EQ(after.freq, before.freq);
    EXPECT_EQ(after.tick, before.tick);
    EXPECT_EQ(after.status, before.status);
    EXPECT_EQ(number(reference.tracking(), "steps"), 0);
}

}  // namespace
}  // namespace berkeley::test
