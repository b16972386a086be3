#include "daemon/files/roster_loading.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/core/trust/text_form.hpp"
#include "daemon/platform/roster_file.hpp"
#include "tests/support/node_keys.hpp"
#include "tests/system/support/temporary_folder.hpp"

namespace berkeley {
namespace {

class KeptRoster : public testing::Test {
  protected:
    KeptRoster() { EXPECT_TRUE(store_roster(file, {{config("n1").configured, {}}, std::nullopt})); }

    // Its only candidate has that key.
    Config config(std::string_view key) const {
        return parse_config(fmt::format("name = \"n1\"\ncluster = \"lab\"\n"
                                        "candidates = [\"n1=192.0.2.1\"]\nstate_dir = \"{}\"\n"
                                        "keys.n1 = \"{}\"\n",
                                        folder.path().string(), to_text(test::public_key(key))),
                            "test.toml", {})
            .value();
    }

    test::TemporaryFolder folder;
    std::filesystem::path file = folder / "roster.json";
};

TEST_F(KeptRoster, OfThisClusterIsBelieved) {
    EXPECT_EQ(load_held_roster(config("n1")).wrong, "");
    EXPECT_EQ(left_by_another(config("n1")), "");
}

TEST_F(KeptRoster, OfAnEarlierBeginningIsCalledThat) {
    Config anew = config("n2");
    const LoadedRoster loaded = load_held_roster(anew);
    EXPECT_TRUE(loaded.wrong.starts_with(file.string() +
                                         " is of another cluster than this lab, or of an earlier "
                                         "beginning of it: none of the candidates' keys in it"))
        << loaded.wrong;
    EXPECT_NE(loaded.wrong.find("move " + folder.path().string() + " away"), std::string::npos);
    take_held_roster(anew, loaded);
    EXPECT_TRUE(anew.node.roster_in_doubt);
    EXPECT_EQ(anew.candidate_keys, std::vector{test::public_key("n2")});
    const std::string left = left_by_another(anew);
    EXPECT_TRUE(left.starts_with(file.string() + " is of another cluster")) << left;
    EXPECT_NE(left.find("nothing is changed"), std::string::npos);
    std::filesystem::remove(file);
    EXPECT_EQ(left_by_another(anew), "");
}

TEST_F(KeptRoster, MayBeForbiddenToThisUser) {
    if (geteuid() != 0)
        GTEST_SKIP() << "needs root to be somebody else";
    ASSERT_EQ(seteuid(12'345), 0);
    const LoadedRoster loaded = load_held_roster(config("n1"));
    ASSERT_EQ(seteuid(0), 0);
    EXPECT_TRUE(loaded.forbidden);
    EXPECT_NE(loaded.wrong.find("try as root"), std::string::npos) << loaded.wrong;
    EXPECT_EQ(loaded.wrong.find("put a copy"), std::string::npos) << loaded.wrong;
}

}  // namespace
}  // namespace berkeley
