// A machine on which the package has just been installed, for the tests of one fixture.
#pragma once

#include <memory>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "tests/lab/installed/container.hpp"

namespace berkeley::test {

class Installed : public testing::Test {
  protected:
    void SetUp() override { install(ClockRight::withheld); }
    void install(ClockRight right);

    // The machine's clock is the host's, which is not for tests to steer: the daemon is given a
    // made-up one, and everything but the kernel's clock is as shipped.
    void configure_alone();  // the only node of its cluster
    // A member of `peer`, another daemon on the same machine, started, that far ahead of its clock.
    void configure_with_peer(double peer_ahead_ms = 0);

    void configure(const char* more);  // of node1, in a drop-in

    void start();  // by systemctl; returns once it is synchronized

    std::string property(const std::string& name);  // of the service, as systemctl show tells it
    std::string status();                           // the screen of systemctl status
    std::string journal();                          // the service's messages
    std::string status_line(std::string_view start);

    // What is on its disk, without what apt, dpkg and the journal keep about themselves.
    std::set<std::string> files();

    std::unique_ptr<Container> machine;
    std::string deb_inside = "/var/tmp/berkeleyd.deb";
    std::set<std::string> files_before;
    std::string users_before;
};

bool holds(const std::string& text, std::string_view part);

}  // namespace berkeley::test
