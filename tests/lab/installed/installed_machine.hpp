// A machine on which the package has just been installed, for the tests of one fixture.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "tests/lab/installed/container.hpp"

namespace berkeley::test {

class Installed : public testing::Test {
  protected:
    void SetUp() override { install(ClockRight::withheld); }
    void install(ClockRight right);
    // A Debian with all that the package needs, and with these packages; not yet with the package.
    void make_machine(ClockRight right, const std::vector<std::string>& and_packages = {});

    // The machine's clock is the host's, which is not for tests to steer: the daemon is given a
    // made-up one, and everything but the kernel's clock is as shipped.
    void configure_alone();  // the only node of its cluster
    // A member of `peer`, another daemon on the same machine, started, that far ahead of its clock.
    void configure_with_peer(double peer_ahead_ms = 0);
    void start_peer();  // again, after a reboot

    void configure(const char* more);  // of node1, in a drop-in

    void start();  // by systemctl; returns once it is synchronized

    // As systemctl show tells it.
    std::string property(const std::string& name, const std::string& unit = "berkeleyd");
    bool is_active(const std::string& unit);
    std::string status();   // the screen of systemctl status
    std::string journal();  // the service's messages
    std::string status_line(std::string_view start);

    std::int64_t tracked(std::string_view key,
                         const std::string& socket = "/run/berkeleyd/control.sock");
    // The rate for the next start, on disk. 0 where nothing is.
    double kept_ppm();
    // With the peer, and learned from it. It is kept anew when the daemon ends.
    void wait_until_a_rate_is_kept();
    // The peer corrects nobody meanwhile.
    void peer_hangs(bool hangs);
    // Started anew while the peer hangs.
    void expect_gone_on_at_the_kept_rate();

    // What is on its disk, without what apt, dpkg and the journal keep about themselves.
    std::set<std::string> files();

    std::unique_ptr<Container> machine;
    std::string said_by_installation;
    std::string deb_inside = "/var/tmp/berkeleyd.deb";
    std::set<std::string> files_before;
    std::string users_before;
};

bool holds(const std::string& text, std::string_view part);

}  // namespace berkeley::test
