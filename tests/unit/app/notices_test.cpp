#include "daemon/app/notices.hpp"

#include <gtest/gtest.h>

#include "daemon/control/interface.hpp"

namespace berkeley {
namespace {

TEST(Notices, AStartSaysByWhat) {
    Config config;
    config.node.name = "n2";
    config.node.cluster = "lab";
    config.node.clock = ClockMode::observe;
    config.node.roster = 4;
    config.listen = {{"::", 10525}, {"192.0.2.1", 99}};
    config.candidates = {{"n1", "192.0.2.1", 10525}, {"n2", "192.0.2.2", 10525}};
    config.candidate_keys = {{}, {}};
    EXPECT_EQ(notice::starts(config).message,
              "berkeleyd " + std::string(program_version()) +
                  " starts: node n2 of cluster lab, listens at [::]:10525, 192.0.2.1:99, clock "
                  "observe, candidates n1, n2 (roster 4)");
}

}  // namespace
}  // namespace berkeley
