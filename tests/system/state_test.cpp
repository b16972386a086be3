// What is kept over a restart, and a daemon that finds it spoilt: it starts all the same, and says
// so.
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/system/support/cluster.hpp"
#include "tests/system/support/requirement.hpp"

namespace berkeley::test {
namespace {

std::string content_of(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

class State : public testing::Test {
  protected:
    State()
        : cluster({.nodes = {{.name = "n1"}, {.name = "n2", .drift_ppm = 40}}}),
          file(cluster["n2"].state_dir() / "state.json") {}

    void SetUp() override {
        cluster.start();
        ASSERT_TRUE(cluster.synchronized(Seconds{20}));
        ASSERT_EQ(cluster["n2"].stop(), 0);
        kept = content_of(file);
        ASSERT_FALSE(kept.empty());
    }

    // Starts n2 with this in place of what it kept; what it says of it.
    std::string log_with(const std::string& spoilt) {
        std::ofstream(file, std::ios::binary) << spoilt;
        NodeProcess& node = cluster["n2"];
        node.start();
        EXPECT_TRUE(node.synchronized(Seconds{20}));
        const std::string log = node.log();
        EXPECT_EQ(node.stop(), 0);
        EXPECT_NO_THROW(boost::json::parse(content_of(file))) << "is not replaced by a good one";
        return log;
    }

    Cluster cluster;
    std::filesystem::path file;
    std::string kept;
};

// The oscillator's error of last time is what it begins with, before it hears of a master.
TEST_F(State, ItsRateIsKeptAndUsedAtTheNextStart) {
    NodeProcess& node = cluster["n2"];
    node.start();
    ASSERT_TRUE(node.synchronized(Seconds{20}));
    std::this_thread::sleep_for(Seconds{5});
    // Cluster time runs somewhere between their rates, and both kernels follow it.
    const auto learned = number(node.tracking(), "kernel_frequency_ppb");
    const auto others = number(cluster["n1"].tracking(), "kernel_frequency_ppb");
    EXPECT_NEAR(static_cast<double>(learned - others), -40'000, 4'000);
    ASSERT_EQ(node.stop(), 0);
    const boost::json::value state = boost::json::parse(content_of(file));
    EXPECT_EQ(state.at("version"), 2);
    EXPECT_EQ(state.at("epoch"), 1);
    EXPECT_NEAR(state.at("rate").as_double() * 1e9, static_cast<double>(learned), 4'000);

    ASSERT_EQ(cluster["n1"].stop(), 0);
    node.start();
    EXPECT_TRUE(wait_until(Seconds{5}, [&node, learned] {
        return std::abs(number(node.tracking(), "kernel_frequency_ppb") - learned) < 4'000;
    }));
    EXPECT_EQ(node.state(), "starting");
    EXPECT_EQ(number(node.status(), "epoch"), 1);
    EXPECT_EQ(node.log().find("state"), std::string::npos) << node.log();
}

TEST_F(State, SpoiltInAnyWayItIsToldAndReplaced) {
    const std::string half = kept.substr(0, kept.size() / 2);
    std::string foreign = kept;
    foreign.replace(foreign.find("\"version\":2"), 11, "\"version\":9");
    const std::string corrupt = std::string(100, '\0') + "\xff\xfe no state";
    for (const std::string& spoilt :
         {half, foreign, corrupt, std::string{}, std::string(3'000'000, '[')}) {
        const std::string log = log_with(spoilt);
        EXPECT_NE(log.find("the saved state " + file.string() + " is not valid: "),
                  std::string::npos)
            << spoilt.substr(0, 100) << log;
        EXPECT_NE(log.find("starting without it, and it will be replaced"), std::string::npos);
    }
    EXPECT_NE(log_with(foreign).find("\"version\" is not 1 or 2, which this program knows"),
              std::string::npos);
}

TEST_F(State, InAFolderThatCannotBeWrittenIsToldOnce) {
    std::filesystem::remove(file);
    ASSERT_EQ(chmod(cluster["n2"].state_dir().c_str(), 0500), 0);
    NodeProcess& node = cluster["n2"];
    node.start();
    EXPECT_TRUE(node.synchronized(Seconds{20}));
    ASSERT_TRUE(wait_until(Seconds{10}, [&node] {
        return node.log().find("cannot save state to") != std::string::npos;
    })) << node.log();
    EXPECT_EQ(node.stop(), 0);
    const std::string log = node.log();
    EXPECT_NE(log.find(file.string() + ": Permission denied"), std::string::npos) << log;
    EXPECT_NE(log.find("must belong to the user that berkeleyd runs as"), std::string::npos);
    EXPECT_EQ(log.find("cannot save state to"), log.rfind("cannot save state to"));
}

// A disk of the daemon's own, in a mount namespace: a tmpfs of 64 KiB in place of its state_dir.
class SmallDisk {
  public:
    explicit SmallDisk(const std::filesystem::path& folder)
        : folder_(folder.string()),
          holder_({"unshare", "--mount", "sh", "-c",
                   "mount -t tmpfs -o size=64k tmpfs " + folder_ + " && touch " + folder_ +
                       "/mounted && exec sleep 600"}) {
        const bool mounted = wait_until(Seconds{10}, [this] {
            return !holder_.running() || sh("test -e " + folder_ + "/mounted").code == 0;
        });
        if (!mounted || !holder_.running())
            throw std::runtime_error("no tmpfs: " + holder_.err());
    }

    Arguments wrapper() const {
        return {"nsenter", "--target", std::to_string(holder_.pid()), "--mount"};
    }
    Outcome sh(const std::string& script) const {
        Arguments command = wrapper();
        command.insert(command.end(), {"sh", "-c", script});
        return run(command);
    }
    std::string kept() const { return sh("cat " + folder_ + "/state.json").out; }
    std::string files() const { return sh("ls " + folder_).out; }

  private:
    std::string folder_;
    Process holder_;
};

TEST_F(State, OnAFullDiskTheOldOneStaysWholeAndTheDaemonGoesOn) {
    BERKELEYD_REQUIRE(is_root(), "needs root to mount a small disk");
    const std::string folder = cluster["n2"].state_dir().string();
    const SmallDisk disk(cluster["n2"].state_dir());
    NodeProcess& node = cluster["n2"];
    node.start({}, disk.wrapper());
    ASSERT_TRUE(node.synchronized(Seconds{20}));
    ASSERT_EQ(node.stop(), 0);
    const std::string whole = disk.kept();
    ASSERT_NO_THROW(boost::json::parse(whole)) << whole;

    disk.sh("dd if=/dev/zero of=" + folder + "/filler bs=1k");
    node.start({}, disk.wrapper());
    EXPECT_TRUE(node.synchronized(Seconds{20}));
    ASSERT_TRUE(wait_until(Seconds{10}, [&node] {
        return node.log().find("No space left on device") != std::string::npos;
    })) << node.log();
    EXPECT_EQ(disk.kept(), whole);
    EXPECT_EQ(disk.files(), "filler\nmounted\nstate.json\n");  // and nothing half

    disk.sh("rm " + folder + "/filler");
    ASSERT_EQ(node.stop(), 0);
    EXPECT_NE(node.log().find("the state is saved to " + folder + "/state.json again"),
              std::string::npos)
        << node.log();
    EXPECT_NE(disk.kept(), whole);
    EXPECT_NO_THROW(boost::json::parse(disk.kept()));
}

TEST_F(State, OnADiskMountedReadOnlyIsToldOnce) {
    BERKELEYD_REQUIRE(is_root(), "needs root to mount a small disk");
    const SmallDisk disk(cluster["n2"].state_dir());
    disk.sh("mount -o remount,ro " + cluster["n2"].state_dir().string());
    NodeProcess& node = cluster["n2"];
    node.start({}, disk.wrapper());
    EXPECT_TRUE(node.synchronized(Seconds{20}));
    EXPECT_EQ(node.stop(), 0);
    const std::string log = node.log();
    EXPECT_NE(log.find("Read-only file system"), std::string::npos) << log;
    EXPECT_EQ(log.find("cannot save state to"), log.rfind("cannot save state to"));
}

TEST_F(State, WithoutAFolderForItIsTold) {
    std::filesystem::remove_all(cluster["n2"].state_dir());
    cluster.folder().write("n2", "a file where the directory should be");
    NodeProcess& node = cluster["n2"];
    node.start();
    EXPECT_TRUE(node.synchronized(Seconds{20}));
    EXPECT_EQ(node.stop(), 0);
    EXPECT_NE(node.log().find("cannot make the folder " + cluster["n2"].state_dir().string() +
                              " (state_dir)"),
              std::string::npos)
        << node.log();
}

}  // namespace
}  // namespace berkeley::test
