// How the candidates change, played through exhaustively: the roster office and the election that
// ship, four nodes of which three are candidates at first, and every order of messages, timers,
// losses, crashes and operators' commands up to so many moves. In every state: of each serial one
// roster was ever held on a disk; at most one master holds a lease, and at most one was elected in
// a term, whatever rosters they went by; nobody leads by a roster when one two changes on is held;
// no disk loses a roster; who was retired is not back.
//
// The number of moves follows from the number of states, BERKELEYD_SEARCH_STATES from each
// beginning; a million take some 4 s and 100 MB.
#include <cstdlib>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/election/roster_scenes.hpp"
#include "tests/election/search.hpp"

namespace berkeley::test {
namespace {

using Budget = RosterPlay::Budget;
using Shape = RosterPlay::Shape;

constexpr std::size_t kStates = 400'000;

std::size_t states_wanted() {
    const char* text = std::getenv("BERKELEYD_SEARCH_STATES");
    return text == nullptr ? kStates : std::strtoull(text, nullptr, 10);
}

const std::vector<WantedChange> kRivals{kPromoteD, kRetireC};

Shape shape_with(const Budget& budget, std::vector<WantedChange> wishes = kRivals) {
    Shape shape;
    shape.budget = budget;
    shape.wishes = std::move(wishes);
    return shape;
}

// Disks take no time, and as much passes at once as a promise lasts, and more.
Shape quick_with(const Budget& budget, std::vector<WantedChange> wishes = kRivals) {
    Shape shape = shape_with(budget, std::move(wishes));
    shape.players.disks_take_time = false;
    shape.ticks_at_once = 3;
    return shape;
}

SearchResult look(const RosterPlay& play, std::size_t most_states) {
    SearchResult result = search(play, most_states);
    fmt::print("{} states, all within {} moves{}\n{}{}", result.states, result.depth,
               result.complete ? ", and there are no more" : "", result.violation,
               result.violation.empty() ? "" : "\n");
    std::fflush(stdout);
    return result;
}

void expect_safe(const RosterPlay& play) {
    EXPECT_EQ(look(play, states_wanted()).violation, "");
}

void expect_violation(const RosterPlay& play, const std::string& expected) {
    EXPECT_NE(look(play, kStates * 5).violation.find(expected), std::string::npos);
}

// ---- it gets somewhere

TEST(RosterSearch, comes_to_another_roster) {
    Shape shape = quick_with({.wishes = 1});
    shape.goal = 1;
    expect_violation(led(shape), "came to be");
}

TEST(RosterSearch, comes_to_one_after_that) {
    Shape shape = quick_with({.wishes = 1}, {kPromoteD, kRetireA});
    shape.goal = 2;
    expect_violation(led_on(shape, true), "roster 2bcd came to be");
}

// b signed one change and c another, and a, whose signature would decide, is gone.
TEST(RosterSearch, comes_to_another_roster_without_one_who_is_gone) {
    Shape shape = quick_with({.ticks = 1, .wishes = 1, .elections = 1});
    shape.gone = kA;
    shape.goal = 1;
    expect_violation(torn(shape), "roster 1abcd came to be");
}

// ---- it is safe

TEST(RosterSearch, two_changes_with_a_signature_each) {
    expect_safe(torn(quick_with({.ticks = 2, .wishes = 2, .elections = 2})));
}

TEST(RosterSearch, rival_proposals_of_two_masters) {
    expect_safe(led(quick_with({.wishes = 2, .handovers = 1})));
}

TEST(RosterSearch, proposals_one_after_another) {
    expect_safe(led(shape_with({.ticks = 1, .wishes = 2})));
}

TEST(RosterSearch, rival_proposals_with_every_step) {
    expect_safe(led(shape_with({.ticks = 4,
                                .wishes = 3,
                                .crashes = 1,
                                .failures = 1,
                                .polls = 1,
                                .elections = 1,
                                .handovers = 1})));
}

TEST(RosterSearch, rival_proposals_and_crashes) {
    expect_safe(led(quick_with({.ticks = 1, .wishes = 2, .crashes = 1, .elections = 1})));
    expect_safe(made(quick_with({.ticks = 1, .wishes = 1, .crashes = 2, .elections = 1})));
}

TEST(RosterSearch, a_roster_that_one_alone_holds) {
    expect_safe(making(shape_with({.ticks = 4, .wishes = 1, .crashes = 1, .elections = 1})));
    expect_safe(made(quick_with({.ticks = 2, .wishes = 1, .crashes = 1, .elections = 2})));
    expect_safe(two_on(quick_with({.ticks = 1, .crashes = 1, .elections = 2}), kRetireC));
}

TEST(RosterSearch, a_master_that_does_not_go_by_what_it_holds) {
    expect_safe(behind(shape_with({.ticks = 2, .wishes = 1, .polls = 1, .elections = 1})));
}

TEST(RosterSearch, one_change_on_with_every_step) {
    const std::vector<WantedChange> wishes{kPromoteD, kRetireA, kRetireC};
    const Budget budget{.ticks = 4,
                        .wishes = 2,
                        .crashes = 1,
                        .failures = 1,
                        .polls = 2,
                        .elections = 2,
                        .handovers = 1};
    expect_safe(led_on(shape_with(budget, wishes), true));
    expect_safe(led_on(shape_with(budget, wishes), false));
}

TEST(RosterSearch, two_changes_on) {
    const std::vector<WantedChange> wishes{kPromoteD, kRetireA, kRetireC};
    const Budget budget{.ticks = 4, .elections = 2};
    expect_safe(two_on(shape_with(budget, wishes), kRetireA));
    expect_safe(two_on(shape_with(budget, wishes), kRetireC));
}

TEST(RosterSearch, one_candidate_becomes_two) {
    const Budget budget{.ticks = 4, .crashes = 1, .failures = 1, .polls = 2, .elections = 2};
    expect_safe(alone(shape_with(budget, {kPromoteB, kPromoteC})));
    expect_safe(alone(quick_with({.ticks = 2, .crashes = 2, .polls = 1, .elections = 2},
                                 {kPromoteB, kPromoteC})));
}

TEST(RosterSearch, one_candidate_becomes_three) {
    const Budget budget{.ticks = 4, .wishes = 1, .crashes = 1, .polls = 2, .elections = 2};
    expect_safe(led_on_alone(shape_with(budget, {kPromoteB, kPromoteC})));
}

// Its leases do not end: then terms and rosters are all that is promised.
TEST(RosterSearch, a_master_whose_clock_stands_still) {
    Shape shape = quick_with({.ticks = 1, .wishes = 1, .elections = 1});
    shape.stopped_clock = kA;
    expect_safe(led_on(shape, false));
    shape.players.disks_take_time = true;
    expect_safe(led_on(shape, false));
}

TEST(RosterSearch, datagrams_that_are_replayed) {
    Shape shape = quick_with({.ticks = 2, .wishes = 2, .elections = 2, .handovers = 1});
    shape.datagrams_stay = true;
    shape.refusals_arrive = true;
    expect_safe(led(shape));
    expect_safe(led_on(shape, true));
}

// ---- and would not be, and the search finds it

TEST(RosterSearch, finds_a_signature_that_is_not_made_durable) {
    Shape shape = quick_with({.ticks = 1, .wishes = 1, .crashes = 1, .elections = 1});
    shape.players.faults.signatures_not_written = true;
    expect_violation(made(shape), "two rosters");
}

TEST(RosterSearch, finds_a_master_that_does_not_ask_what_was_signed) {
    Shape shape = quick_with({.wishes = 2, .handovers = 1});
    shape.players.faults.asks_nobody_before = true;
    expect_violation(led(shape), "two rosters");
}

TEST(RosterSearch, finds_a_master_that_does_not_look_at_what_it_signed_itself) {
    Shape shape = quick_with({.wishes = 1, .handovers = 1}, {kPromoteD, kRetireA});
    shape.players.faults.does_not_ask_itself = true;
    expect_violation(made(shape), "two rosters");
}

TEST(RosterSearch, finds_one_who_does_not_tell_what_it_signed) {
    Shape shape = quick_with({.ticks = 1, .wishes = 1, .elections = 1});
    shape.players.faults.tells_no_signature = true;
    expect_violation(made(shape), "two rosters");
}

TEST(RosterSearch, finds_a_proposal_that_outlives_a_reign) {
    Shape shape = quick_with({.wishes = 1, .handovers = 1});
    shape.players.faults.proposal_outlives_reign = true;
    expect_violation(canvassed(shape), "two rosters");
}

TEST(RosterSearch, finds_a_roster_that_is_told_before_it_is_on_disk) {
    Shape shape = shape_with({.ticks = 1, .wishes = 1, .crashes = 1, .elections = 1});
    shape.ticks_at_once = 3;
    shape.players.faults.tells_what_is_not_written = true;
    RosterPlay play = making(shape);
    play.learn(kD, kA);
    play.save(kD);
    expect_violation(play, "two rosters");
}

TEST(RosterSearch, finds_a_master_that_proposes_before_it_goes_by_the_last_roster) {
    Shape shape = shape_with({.wishes = 1});
    shape.players.faults.proposes_while_behind = true;
    expect_violation(behind(shape), "a leads by roster 0, and roster 2 came to be");
}

TEST(RosterSearch, finds_one_who_signs_before_it_goes_by_the_last_roster) {
    Shape shape = quick_with({.ticks = 1, .wishes = 1, .elections = 1}, {kPromoteD, kRetireC});
    shape.players.disks_take_time = true;
    shape.stopped_clock = kA;
    shape.players.faults.signs_while_behind = true;
    expect_violation(led_on(shape, false), "b leads by roster 0, and roster 2 came to be");
}

TEST(RosterSearch, finds_one_who_signs_for_an_earlier_master) {
    Shape shape = quick_with({.ticks = 1, .wishes = 1, .elections = 1});
    shape.stopped_clock = kA;
    shape.players.faults.signs_for_anybody = true;
    expect_violation(canvassed(shape), "two rosters");
}

// That it waits hides the same.
TEST(RosterSearch, finds_one_who_signs_for_whom_it_did_not_vote_for) {
    Shape shape = quick_with({.ticks = 1, .wishes = 1, .elections = 1}, {kPromoteD, kRetireC});
    shape.stopped_clock = kA;
    shape.players.faults.signs_for_anybody = true;
    shape.players.faults.does_not_wait = true;
    expect_violation(led_on(shape, false), "leads by roster 0, and roster 2 came to be");
}

TEST(RosterSearch, finds_a_vote_for_one_of_an_older_roster) {
    Shape shape = quick_with({.ticks = 1, .elections = 1}, {kPromoteD, kRetireA});
    shape.players.faults.votes_for_older = true;
    expect_violation(two_on(shape, kRetireA), "c leads by roster 0, and roster 2 came to be");
}

TEST(RosterSearch, finds_one_who_stands_by_a_roster_that_is_no_more) {
    Shape shape = quick_with({.ticks = 1, .elections = 1});
    shape.players.faults.stands_while_superseded = true;
    expect_violation(two_on(shape, kRetireC), "c leads by roster 0, and roster 2 came to be");
}

TEST(RosterSearch, finds_a_vote_that_is_forgotten_over_a_new_roster) {
    Shape shape = quick_with({.elections = 2});
    shape.players.faults.votes_forgotten = true;
    expect_violation(made(shape), "two masters in term");
}

}  // namespace
}  // namespace berkeley::test
