// Held against the assumption that its header states: every set of liars that may be.
#include "daemon/core/agree/conviction.hpp"

#include <gtest/gtest.h>

namespace berkeley {
namespace {

TEST(Conviction, IsMadeByMoreCandidatesThanMayLie) {
    EXPECT_FALSE(convicts(3, 0, {}));
    EXPECT_FALSE(convicts(3, 1, {}));
    EXPECT_TRUE(convicts(3, 2, {}));
    EXPECT_FALSE(convicts(5, 2, {}));
    EXPECT_TRUE(convicts(5, 3, {}));
    EXPECT_FALSE(convicts(7, 3, {}));
    EXPECT_TRUE(convicts(7, 4, {}));
    EXPECT_TRUE(convicts(4, 2, {})) << "of four one may lie";
}

TEST(Conviction, IsMadeWithMembersOnlyIfEveryOtherCandidateMustBeHonest) {
    EXPECT_TRUE(convicts(3, 1, {.contradict = 2}));
    EXPECT_TRUE(convicts(5, 2, {.contradict = 2}));
    EXPECT_FALSE(convicts(5, 1, {.contradict = 1000})) << "another may have made them up";
    EXPECT_FALSE(convicts(3, 0, {.contradict = 1000})) << "nothing that we measured ourselves";
}

// By however many candidates and members together that may lie: an honest master is not convicted.
// The members that the contradicting candidates admitted are not counted, whatever they say.
TEST(Conviction, ComesOfNoMinority) {
    for (std::size_t candidates = 3; candidates <= 7; ++candidates) {
        const std::size_t most_liars = candidates - majority_of(candidates);
        for (std::size_t lying = 0; lying <= most_liars; ++lying) {
            for (std::size_t members = 0; members < 20; ++members) {
                for (std::size_t bad = 0; 2 * bad < members; ++bad)
                    EXPECT_FALSE(
                        convicts(candidates, lying, {.contradict = bad, .agree = members - bad}))
                        << lying << " of " << candidates << ", " << bad << " of " << members;
            }
        }
    }
}

}  // namespace
}  // namespace berkeley
