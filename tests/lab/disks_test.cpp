// Three Debian machines, from bare to synchronized by the commands that README.md has, typed; and
// on: a daemon that hangs, an upgrade, a reboot. What their clocks read is the truth's word.
#include <ctime>
#include <fstream>
#include <iostream>
#include <sstream>

#include <boost/json.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/lab/installed/debian_root.hpp"
#include "tests/lab/support/debian_machines.hpp"
#include "tests/lab/support/lab_test.hpp"
#include "tests/system/support/node_process.hpp"

namespace berkeley::lab {
namespace {

using Lines = std::vector<std::string>;

constexpr double kMillisecond = 1e6;
constexpr std::size_t kMachines = 3;
constexpr Seconds kAptLimit{400};

bool holds(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

std::string readme() {
    std::ifstream file(BERKELEYD_SOURCE_DIR "/README.md");
    return {std::istreambuf_iterator<char>(file), {}};
}

// The blocks of commands in a chapter of README.md, each line by line.
std::vector<Lines> commands_of(const std::string& chapter) {
    std::istringstream text(readme());
    std::vector<Lines> blocks;
    bool inside = false;
    bool block = false;
    for (std::string line; std::getline(text, line);) {
        if (line.starts_with("## "))
            inside = line == "## " + chapter;
        else if (inside && line.starts_with("```") && (block = !block))
            blocks.emplace_back();
        else if (inside && block && !line.starts_with("```"))
            blocks.back().push_back(line);
    }
    return blocks;
}

// Of a machine that nobody has looked after. None may be behind the day on which the package was
// built: such a clock has no say.
std::string off_by(int seconds) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}", fmt::gmtime(std::time(nullptr) + seconds));
}

class DebianTest : public LabTest {
  protected:
    void SetUp() override {
        LabTest::SetUp();
        if (IsSkipped() || HasFailure())
            return;
        BERKELEYD_REQUIRE(test::is_root(), "needs root, for a disk with root's files");
        const auto deb = test::built_deb();
        BERKELEYD_REQUIRE(!deb.empty(),
                          "there is no package in build/packages: packaging/build-deb");
        const Outcome made = test::run({BERKELEYD_SOURCE_DIR "/tests/lab/image/build-disk",
                                        image_folder(), test::built("agent"), deb},
                                       {}, Seconds{600});
        BERKELEYD_REQUIRE(made.code == 0, "no disk can be made: " + made.out + made.err);
        ASSERT_GE(readme_.size(), 3U);
        machines.emplace(
            std::vector<MachineSpec>{{80, off_by(0)}, {-40, off_by(2)}, {150, off_by(-1)}},
            image_folder() / "disk");
        tell("booted");
    }

    void tell(std::string_view what) {
        std::cout << fmt::format("  {:5.0f} s: {}\n", watch_.seconds(), what) << std::flush;
    }
    void tell_spread(std::string_view what, Span span) {
        const Spread spread = machines->truth().spread(span);
        tell(fmt::format("{}: spread rms {}, at most {}, in {:.0f} s", what,
                         in_words(spread.rms_ns), in_words(spread.max_ns), span.to - span.from));
    }

    // Apt asks whether to go on.
    void answer_yes(std::size_t n) {
        machines->terminal(n).await("Do you want to continue? [Y/n]", kAptLimit);
        machines->terminal(n).type("y");
    }

    // One of the three installs the file, as a checkout has it; the others from the repository.
    void install() {
        const Lines& block = readme_.at(0);
        ASSERT_EQ(block.size(), 1U);
        const std::string file = block.front().substr(block.front().find("sudo apt install"));
        const std::string from_repository = "sudo apt install berkeleyd";
        ASSERT_TRUE(holds(readme(), "`" + from_repository + "`"));
        machines->enter_everywhere("! command -v berkeleyd berkeleyctl");
        machines->enter_everywhere("cd berkeleyd && sudo apt update", kAptLimit);
        for (std::size_t n = 1; n <= kMachines; ++n)
            machines->terminal(n).type(n == 1 ? file : from_repository);
        for (std::size_t n = 1; n <= kMachines; ++n)
            answer_yes(n);
        for (std::size_t n = 1; n <= kMachines; ++n)
            machines->terminal(n).ended_well(kAptLimit);
        tell("installed");
    }

    void form_cluster() {
        Lines invitations;
        for (const std::string& line : readme_.at(1)) {
            const std::string shown = machines->terminal(1).enter_well(line);
            if (!holds(line, "berkeleyctl invite"))
                continue;
            invitations.push_back(last_line(shown));
            while (invitations.size() < kMachines - 1)
                invitations.push_back(last_line(machines->terminal(1).enter_well(line)));
        }
        ASSERT_EQ(invitations.size(), kMachines - 1);
        for (const std::string& line : readme_.at(2)) {
            for (std::size_t n = 2; n <= kMachines; ++n) {
                machines->terminal(n).type(line);
                if (holds(line, "berkeleyctl join")) {
                    machines->terminal(n).await("Paste the invitation", Seconds{60});
                    machines->terminal(n).type(invitations[n - 2]);
                }
            }
            for (std::size_t n = 2; n <= kMachines; ++n)
                machines->terminal(n).ended_well(Seconds{120});
        }
        tell("the commands of README.md have been typed");
    }

    void expect_synchronized() {
        ASSERT_TRUE(machines->wait_until(120, [this] { return machines->all_synchronized(); }));
        tell("all are synchronized");
        const auto status = machines->enter_everywhere("berkeleyctl status");
        const auto time = machines->enter_everywhere("timedatectl");
        for (std::size_t n = 1; n <= kMachines; ++n) {
            EXPECT_TRUE(holds(status[n - 1], fmt::format("n{} is synchronized", n)));
            EXPECT_TRUE(holds(time[n - 1], "System clock synchronized: yes")) << time[n - 1];
            EXPECT_TRUE(holds(time[n - 1], "NTP service: active")) << time[n - 1];
            EXPECT_EQ(machines->guest(n).run("systemctl is-active systemd-timesyncd").out,
                      "inactive\n");
        }
    }

    // Whose invitations were for that.
    void expect_three_candidates() {
        for (std::size_t n = 1; n <= kMachines; ++n) {
            std::string shown;
            EXPECT_TRUE(machines->wait_until(120, [&] {
                shown = machines->guest(n).run("berkeleyctl candidates --json").out;
                return holds(shown, "\"serial\":2") && holds(shown, "\"in_force\":true");
            })) << shown;
        }
        tell("there are three candidates");
    }

    void expect_agreement(std::string_view what, Span span) {
        tell_spread(what, span);
        EXPECT_LT(machines->truth().spread(span).max_ns, kMillisecond);
        EXPECT_GT(machines->truth().spread(span).points, 5 * (span.to - span.from));
        const BoundVerdict bounds = machines->truth().bounds(span);
        EXPECT_GT(bounds.checked, 0U);
        EXPECT_EQ(bounds.violations, 0U);
        for (std::size_t n = 1; n <= kMachines; ++n) {
            EXPECT_EQ(machines->truth().sets(n, span), 0U) << "n" << n << " was set";
            EXPECT_EQ(machines->truth().furthest_back_ns(n, span), 0) << "n" << n << " went back";
        }
    }

    void hang(std::size_t n) {
        const double from = machines->truth().now();
        const std::string pid = property(n, "MainPID");
        machines->terminal(n).enter_well(
            "sudo systemctl kill --signal=STOP --kill-whom=main berkeleyd");
        ASSERT_TRUE(machines->wait_until(90, [&] { return property(n, "NRestarts") == "1"; }));
        const double restarted = machines->truth().now() - from;
        ASSERT_TRUE(machines->wait_until(90, [&] { return machines->state(n) == "synchronized"; }));
        const double synchronized = machines->truth().now() - from;
        EXPECT_NE(property(n, "MainPID"), pid);
        EXPECT_TRUE(holds(journal(n, "--grep='Watchdog timeout'"), "Watchdog timeout"));
        machines->wait(10);
        tell(fmt::format("n{} restarted {:.0f} s after SIGSTOP, synchronized after {:.0f} s", n,
                         restarted, synchronized));
        expect_agreement("the daemon hung", {from, machines->truth().now()});
    }

    // One after another, as is done with a cluster that is in use.
    void upgrade() {
        machines->enter_everywhere("cd /srv/packages && sudo mv Packages.next Packages");
        machines->enter_everywhere("sudo apt update", kAptLimit);
        const double from = machines->truth().now();
        for (std::size_t n = 1; n <= kMachines; ++n) {
            const std::string pid = property(n, "MainPID");
            machines->terminal(n).type("sudo apt upgrade");
            answer_yes(n);
            machines->terminal(n).ended_well(kAptLimit);
            EXPECT_EQ(machines->guest(n).run_well("dpkg-query -W -f '${Version}' berkeleyd"),
                      "99-1");
            EXPECT_NE(property(n, "MainPID"), pid);
            ASSERT_TRUE(
                machines->wait_until(60, [&] { return machines->state(n) == "synchronized"; }));
            tell(fmt::format("n{} is upgraded, and synchronized", n));
        }
        machines->wait(10);
        ASSERT_TRUE(machines->all_synchronized());
        expect_agreement("upgraded", {from, machines->truth().now()});
    }

    void expect_target_after_synchronization() {
        for (std::size_t n = 1; n <= kMachines; ++n) {
            ASSERT_TRUE(machines->wait_until(
                60, [&] { return property(n, "ActiveState", "time-sync.target") == "active"; }));
            const std::string entry = journal(n,
                                              "--output=json --output-fields=__MONOTONIC_TIMESTAMP "
                                              "--grep='^synchronized' | head -n 1");
            const double synchronized = std::stod(test::text(boost::json::parse(entry).as_object(),
                                                             "__MONOTONIC_TIMESTAMP")) /
                                        1e6;
            const auto reached = [&](const std::string& unit) {
                return std::stod(property(n, "ActiveEnterTimestampMonotonic", unit)) / 1e6;
            };
            EXPECT_GT(reached("time-sync.target"), synchronized);
            tell(fmt::format(
                "n{}, since it started: multi-user.target {:.1f} s, synchronized "
                "{:.1f} s, time-sync.target {:.1f} s",
                n, reached("multi-user.target"), synchronized, reached("time-sync.target")));
        }
    }

    std::string property(std::size_t n, const std::string& name,
                         const std::string& unit = "berkeleyd") {
        std::string value = machines->guest(n).run_well(
            fmt::format("systemctl show --value --property={} {}", name, unit));
        value.erase(value.find_last_not_of('\n') + 1);
        return value;
    }
    // Of the daemon, since the machine was booted.
    std::string journal(std::size_t n, const std::string& options) {
        return machines->guest(n).run_well("journalctl --no-pager --boot --unit=berkeleyd " +
                                           options);
    }

    static std::string last_line(std::string shown) {
        shown.erase(shown.find_last_not_of('\n') + 1);
        return shown.substr(shown.find_last_of('\n') + 1);
    }

    std::optional<DebianMachines> machines;

  private:
    const std::vector<Lines> readme_ = commands_of("Run it");
    const test::Stopwatch watch_;
};

TEST_F(DebianTest, FromBareToSynchronizedByTheReadmeThroughAHangAnUpgradeAndAReboot) {
    ASSERT_NO_FATAL_FAILURE(install());
    ASSERT_NO_FATAL_FAILURE(form_cluster());
    ASSERT_NO_FATAL_FAILURE(expect_synchronized());
    ASSERT_NO_FATAL_FAILURE(expect_three_candidates());
    ASSERT_TRUE(machines->wait_until(60, [this] { return machines->all_synchronized(); }));
    machines->wait(20);
    expect_agreement("settled", machines->wait(40));

    ASSERT_NO_FATAL_FAILURE(hang(2));
    ASSERT_NO_FATAL_FAILURE(upgrade());

    machines->reboot();
    tell("rebooted, all at once");
    ASSERT_NO_FATAL_FAILURE(expect_synchronized());
    expect_target_after_synchronization();
    machines->wait(20);
    expect_agreement("settled after the reboot", machines->wait(40));
}

}  // namespace
}  // namespace berkeley::lab
