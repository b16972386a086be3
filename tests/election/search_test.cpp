// The election that ships, played through exhaustively: every order of messages, timers, losses,
// duplications, pauses and crashes of three candidates up to so many moves. In every state: at most
// one master holds a lease, and at most one was elected in a term; no vote is spoken that its disk
// would forget; the member follows only who was elected, one in a term, and never goes back.
//
// The number of moves follows from the number of states, BERKELEYD_SEARCH_STATES from each
// beginning; a million take 3 s and 50 MB.
#include "tests/election/search.hpp"

#include <cstdlib>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/election/play.hpp"

namespace berkeley::test {
namespace {

constexpr std::size_t kStates = 150'000;

std::size_t states_wanted() {
    const char* text = std::getenv("BERKELEYD_SEARCH_STATES");
    return text == nullptr ? kStates : std::strtoull(text, nullptr, 10);
}

Play::Shape shape_with(const Budget& budget) {
    Play::Shape shape;
    shape.budget = budget;
    // Each voted for itself once and was not elected: nobody is bound to anybody.
    for (std::uint64_t i = 0; i < kPlayers; ++i)
        shape.memories[i] = {1, NodeId{i + 1}, kPlayTiming.promise};
    return shape;
}

// Canvasses only spare elections that would fail. Without them, and with disks that take no time,
// an election is three moves.
Play::Shape quick_with(const Budget& budget) {
    Play::Shape shape = shape_with(budget);
    shape.canvass_always_succeeds = true;
    shape.disks_take_time = false;
    return shape;
}

// A leads by B's vote; C knows nothing of it.
Play led(const Play::Shape& shape) {
    Play play(shape);
    play.elect(0, 1);
    return play;
}

void expect_safe(const Play& play) {
    const SearchResult result = search(play, states_wanted());
    fmt::print("{} states, all within {} moves{}\n", result.states, result.depth,
               result.complete ? ", and there are no more" : "");
    EXPECT_EQ(result.violation, "");
    EXPECT_GT(result.states, 10'000U);
}

void expect_violation(const Play& play, const std::string& expected) {
    const SearchResult result = search(play, kStates * 10);
    fmt::print("found after {} states:\n{}\n", result.states, result.violation);
    EXPECT_NE(result.violation.find(expected), std::string::npos) << result.violation;
}

// ---- it is safe

TEST(ElectionSearch, from_a_cold_start_with_every_step) {
    expect_safe(Play(shape_with({.ticks = 4, .crashes = 2, .polls = 2, .resignations = 1})));
}

TEST(ElectionSearch, from_a_master_with_every_step) {
    expect_safe(led(shape_with({.ticks = 4, .crashes = 2, .polls = 2, .resignations = 1})));
}

TEST(ElectionSearch, crashes_between_any_two_steps) {
    Play::Shape shape = shape_with({.ticks = 4, .crashes = 2});
    shape.canvass_always_succeeds = true;
    expect_safe(led(shape));
}

TEST(ElectionSearch, from_a_cold_start) {
    expect_safe(Play(quick_with({.ticks = 4, .polls = 1})));
}

TEST(ElectionSearch, a_master_whose_clock_is_slow) {
    Play::Shape shape = quick_with({.ticks = 4, .polls = 1});
    shape.clocks = {kSlowClock, kFastClock, kFastClock};
    expect_safe(led(shape));
}

TEST(ElectionSearch, a_master_whose_clock_is_fast) {
    Play::Shape shape = quick_with({.ticks = 4, .polls = 1});
    shape.clocks = {kFastClock, kSlowClock, kSlowClock};
    expect_safe(led(shape));
}

TEST(ElectionSearch, handovers_and_resignations) {
    expect_safe(led(quick_with({.ticks = 2, .polls = 1, .resignations = 2})));
}

// Whether they are right or not, and whenever they come to it.
TEST(ElectionSearch, candidates_that_withdraw_their_votes) {
    expect_safe(led(quick_with({.ticks = 4, .polls = 2, .convictions = 2})));
    expect_safe(led(shape_with({.ticks = 4, .crashes = 1, .polls = 1, .convictions = 2})));
}

TEST(ElectionSearch, disks_that_forget_everything) {
    Play::Shape shape = quick_with({.ticks = 6, .crashes = 2});
    shape.disks_may_be_lost = true;
    expect_safe(led(shape));
}

TEST(ElectionSearch, a_member_who_is_told_by_a_thief_of_a_key) {
    Play::Shape shape = quick_with({.ticks = 3, .resignations = 1});
    shape.member_listens = true;
    shape.c_is_stolen = true;
    expect_safe(led(shape));
}

// ---- and would not be, and the search finds it

TEST(ElectionSearch, finds_a_vote_that_is_not_made_durable) {
    Play::Shape shape = shape_with({.ticks = 1, .crashes = 1});
    shape.faults.votes_not_written = true;
    expect_violation(Play(shape), "forgot its vote");
}

TEST(ElectionSearch, finds_a_term_that_is_not_checked) {
    Play::Shape shape = quick_with({.ticks = 3});
    shape.faults.terms_not_compared = true;
    expect_violation(Play(shape), "two masters in term");
}

TEST(ElectionSearch, finds_a_lease_counted_from_the_answer) {
    Play::Shape shape = quick_with({.ticks = 3, .polls = 1});
    shape.faults.lease_from_the_answer = true;
    expect_violation(led(shape), "hold leases at the same time");
}

TEST(ElectionSearch, finds_a_restart_that_forgets_a_promise) {
    Play::Shape shape = quick_with({.ticks = 3, .crashes = 1});
    shape.faults.promises_forgotten = true;
    expect_violation(led(shape), "hold leases at the same time");
}

TEST(ElectionSearch, finds_a_promise_that_is_taken_back) {
    Play::Shape shape = quick_with({.ticks = 3, .convictions = 1});
    shape.faults.promises_taken_back = true;
    expect_violation(led(shape), "hold leases at the same time");
}

TEST(ElectionSearch, finds_a_clock_beyond_the_allowance) {
    Play::Shape shape = quick_with({.ticks = 3});
    shape.clocks = {kSlowClock, 2 * kFastClock, kFastClock};
    expect_violation(led(shape), "hold leases at the same time");
}

TEST(ElectionSearch, finds_a_member_that_follows_whoever_says_so) {
    Play::Shape shape = quick_with({.ticks = 1});
    shape.member_listens = true;
    shape.c_is_stolen = true;
    shape.faults.member_trusts_the_master = true;
    expect_violation(led(shape), "not elected");
}

}  // namespace
}  // namespace berkeley::test
