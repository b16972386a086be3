// systemd's files, as far as they can be looked at where no systemd runs.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/system/support/requirement.hpp"
#include "tests/unit/manual/reading.hpp"

namespace berkeley {
namespace {

// By systemd-analyze, without a service manager; 10 times the figure that it prints.
Ran exposure(const std::string& unit, int at_most) {
    return ran(
        fmt::format("systemd-analyze security --no-pager --offline=true --threshold={} {}/{}",
                    at_most, BERKELEYD_UNITS, unit));
}

TEST(Units, AreConfined) {
    BERKELEYD_REQUIRE(ran("systemd-analyze --version").code == 0, "there is no systemd-analyze");
    for (const char* unit : {"berkeleyd.service", "berkeleyd-wait-sync.service"}) {
        const Ran good = exposure(unit, 20);
        EXPECT_EQ(good.code, 0) << good.out;
        EXPECT_NE(exposure(unit, 5).code, 0) << "nothing is that good: is the threshold heeded?";
        const auto at = good.out.find("Overall exposure level");
        ASSERT_NE(at, std::string::npos) << good.out;
        std::cout << "  " << good.out.substr(at, good.out.find('\n', at) - at) << '\n';
    }
}

TEST(Units, AreAllNamedInThePreset) {
    const auto folder = std::filesystem::path(BERKELEYD_SOURCE) / "systemd";
    Names units;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
        if (file.path().native().ends_with(".service.in"))
            units.insert(file.path().stem());
    }
    EXPECT_GE(units.size(), 2U);
    EXPECT_EQ(all(slurp(folder / "berkeleyd.preset"), "\ndisable ([a-z.-]+)"), units);
    EXPECT_EQ(all(slurp(folder / "berkeleyd.list"), "\n([a-z.-]+)\n"), Names{"berkeleyd.service"});
}

}  // namespace
}  // namespace berkeley
