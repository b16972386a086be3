// A node that says it has outside time is a reference only once the master's configuration names
// it, and then by what the kernel of this machine says.
#include <cstdlib>
#include <thread>

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
    EXPECT_TRUE(wait_until(Seconds{5}, [&cluster] {
        return number(cluster["n2"].status(), "references") == 1;
    })) << "it is told by its next poll";
    EXPECT_EQ(text(cluster["n2"].status(), "timescale"), "ensemble") << "not believed yet";

    const timex after = read_timex();
    EXPECT_EQ(after.freq, before.freq);
    EXPECT_EQ(after.tick, before.tick);
    EXPECT_EQ(after.status, before.status);
    EXPECT_EQ(number(reference.tracking(), "steps"), 0);
}

// gps reads this machine's clock, and its kernel says what the test has it say.
class OutsideTime : public ::testing::Test {
  protected:
    void says(const std::string& words) {
        cluster.folder().write("kernel.new", words);
        std::filesystem::rename(cluster.folder() / "kernel.new", kernel);
    }

    void start_reference() {
        cluster["gps"].start({"LD_PRELOAD=" OUTSIDE_TIME_LIBRARY,
                              "ASAN_OPTIONS=verify_asan_link_order=0",
                              "OUTSIDE_TIME=" + kernel.string()});
    }

    bool goes_by(const std::string& timescale, Seconds within) const {
        return wait_until(within, [this, &timescale] {
            return text(cluster["n2"].status(), "timescale") == timescale;
        });
    }

    // Of a simulated clock, against this machine's, which is right.
    std::int64_t wrong_ns(std::string_view name) const {
        return reading_of(cluster[name]).over_raw() - reading_of_machine().over_raw();
    }

    static constexpr std::string_view kGranted = "references = [\"gps\"]\n";
    Cluster cluster{{.nodes = {{.name = "n1", .offset_ms = 400, .more = std::string(kGranted)},
                               {.name = "n2", .offset_ms = 380},
                               {.name = "n3", .offset_ms = 420, .drift_ppm = 3},
                               {.name = "gps", .clock = "reference"}},
                     .step_threshold = kStepAtOnce}};
    std::filesystem::path kernel = cluster.folder() / "kernel";
};

TEST_F(OutsideTime, IsFollowedAndItsLossMovesNobody) {
    says("1 800 50 0 37");
    start_reference();
    for (const char* name : {"n1", "n2", "n3"})
        cluster[name].start();
    ASSERT_TRUE(cluster["n2"].synchronized(Seconds{40}));
    ASSERT_TRUE(cluster["n3"].synchronized(Seconds{40}));
    ASSERT_TRUE(goes_by("reference", Seconds{40})) << cluster["n2"].status();
    for (const char* name : {"n1", "n2", "n3"})
        EXPECT_LT(std::abs(wrong_ns(name)), 5'000'000) << name << ": it was 400 ms off";
    EXPECT_EQ(number(cluster["n2"].status(), "references_believed"), 1);
    EXPECT_EQ(number(cluster["n2"].status(), "tai_offset_s"), 37);
    EXPECT_EQ(cluster["n1"].member("gps").at("reference"), true);
    EXPECT_EQ(cluster["gps"].state(), "synchronized") << cluster["gps"].log();

    const std::int64_t steps = number(cluster["n2"].tracking(), "steps");
    says("0 16000000 16000000 0 37");
    ASSERT_TRUE(goes_by("ensemble", Seconds{15}));
    EXPECT_NE(text(cluster["n1"].member("gps"), "reference_reason").find("not synchronized"),
              std::string::npos)
        << cluster["n1"].member("gps");
    EXPECT_NE(cluster["n1"].log().find("no reference is believed any more"), std::string::npos);
    EXPECT_TRUE(wait_until(Seconds{5}, [this] {
        return text(cluster["gps"].status(), "reason").find("not believed") != std::string::npos;
    })) << cluster["gps"].status();
    std::this_thread::sleep_for(Seconds{5});
    for (const char* name : {"n1", "n2", "n3"}) {
        EXPECT_LT(std::abs(wrong_ns(name)), 5'000'000) << name;
        EXPECT_EQ(cluster[name].state(), "synchronized") << name;
    }
    EXPECT_LT(spread_ns({&cluster["n1"], &cluster["n2"], &cluster["n3"]}), 2'000'000);
    EXPECT_EQ(number(cluster["n2"].status(), "epoch"), 1);

    says("1 800 50 0 37");
    EXPECT_TRUE(goes_by("reference", Seconds{60})) << "it has to prove itself for 30 s";
    EXPECT_EQ(number(cluster["n2"].tracking(), "steps"), steps);
}

TEST_F(OutsideTime, ThatComesLaterIsNotSteppedTo) {
    says("0 16000000 16000000 0 0");
    for (const char* name : {"n1", "n2", "n3"})
        cluster[name].start();
    start_reference();
    ASSERT_TRUE(wait_until(Seconds{180}, [this] {
        return cluster["n2"].state() == "synchronized";
    })) << "references are waited for for two minutes";
    EXPECT_EQ(text(cluster["n2"].status(), "timescale"), "ensemble");
    const std::int64_t before = wrong_ns("n2");
    EXPECT_GT(before, 300'000'000) << "after the clocks of the nodes";
    const std::int64_t steps = number(cluster["n2"].tracking(), "steps");
    says("1 800 50 0 37");
    ASSERT_TRUE(goes_by("reference", Seconds{60}));
    std::this_thread::sleep_for(Seconds{3});
    EXPECT_NEAR(static_cast<double>(wrong_ns("n2")), static_cast<double>(before), 5e6);
    EXPECT_EQ(number(cluster["n2"].tracking(), "steps"), steps);
    EXPECT_NE(text(cluster["n2"].status(), "reason").find("is brought to them"), std::string::npos)
        << cluster["n2"].status();
    const std::string advice = text(cluster["n1"].status(), "advice");
    const std::size_t at = advice.find("settime ");
    ASSERT_NE(at, std::string::npos) << advice;

    const std::string by = advice.substr(at + 8, advice.find('\'', at) - at - 8);
    const Outcome moved = cluster["n1"].ctl({"settime", by});
    EXPECT_EQ(moved.code, 0) << moved.err;
    EXPECT_TRUE(wait_until(Seconds{30}, [this] { return std::abs(wrong_ns("n2")) < 5'000'000; }))
        << "by the operator's word, as the advice has it: " << by;
    EXPECT_EQ(text(cluster["n2"].status(), "timescale"), "reference")
        << "it did not jump: cluster time did";
    EXPECT_TRUE(wait_until(Seconds{10}, [this] {
        return text(cluster["n1"].status(), "advice").find("settime") == std::string::npos;
    }));
}

}  // namespace
}  // namespace berkeley::test
