#include <sstream>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "ctl/commands/roster.hpp"
#include "ctl/render/screens.hpp"
#include "daemon/core/trust/text_form.hpp"
#include "tests/support/sample_trust.hpp"

namespace berkeley::ctl {
namespace {

StatusView good() {
    StatusView status;
    status.role = "member";
    status.state = "synchronized";
    status.cluster = "lab";
    status.node = "node2";
    status.master = "node1";
    status.term = 3;
    status.epoch = 1;
    status.offset_ns = -12'345;
    status.bound_ns = 84'100;
    status.frequency_ppb = 37'012;
    status.clock = "system";
    status.members_total = 5;
    status.members_counted = 5;
    return status;
}

MemberView member(std::string name, std::string state, std::string reason) {
    MemberView view;
    view.name = std::move(name);
    view.state = std::move(state);
    view.counted = reason.empty();
    view.reason = std::move(reason);
    view.offset_ns = -999'900'000;
    view.bound_ns = 999'900'000;
    view.delay_ns = 999'900'000;
    view.frequency_ppb = -9'999'999;
    return view;
}

std::size_t widest(const std::string& text) {
    std::istringstream lines(text);
    std::size_t most = 0;
    for (std::string line; std::getline(lines, line);)
        most = std::max(most, columns(line));
    return most;
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

// ---- candidates

boost::json::object two_candidates() {
    const std::string key = to_text(test::secret_key(test::kMemberSeed).public_key());
    return {{"serial", 4},
            {"nodes",
             {{{"node", "n1"}, {"address", "n1.lab.example:10525"}, {"key", key}, {"holds", 4}},
              {{"node", "n2"}, {"address", "192.0.2.2:10525"}, {"key", key}, {"holds", nullptr}}}},
            {"awaited", {"n3 is to be a candidate, too: it waits until berkeleyd runs on n3"}},
            {"note",
             "the configuration has n1, n2, n3 (roster 0); by 'berkeleyctl promote' and 'retire' "
             "the candidates are n1, n2 (roster 4) now: these hold"}};
}

TEST(RenderCandidates, FitTheScreen) {
    Style style;
    const std::string whole = roster_text(two_candidates(), style);
    EXPECT_TRUE(has(whole, "Roster 4\nCANDIDATE  ADDRESS               KEY"));
    EXPECT_TRUE(has(whole, "not heard"));
    EXPECT_LE(widest(whole), 80U) << whole;
    EXPECT_TRUE(has(whole, "it waits until berkeleyd runs on n3\n"));
    style.terminal = true;
    for (const std::size_t width : {80U, 60U, 40U}) {
        style.width = width;
        const std::string text = roster_text(two_candidates(), style);
        EXPECT_LE(widest(text), width) << text;
        EXPECT_EQ(has(text, "ADDRESS"), width > 40) << text;
        EXPECT_TRUE(has(text, "HOLDS"));
    }
}

TEST(Prose, KeepsTheIndentationOfItsLines) {
    Style style;
    style.width = 40;
    EXPECT_EQ(prose("Start it on that machine, as root, and wait:\n  systemctl enable --now x\n"
                    "      which takes some seconds, on most machines",
                    style),
              "Start it on that machine, as root, and\nwait:\n  systemctl enable --now x\n"
              "      which takes some seconds, on most\n      machines\n");
}

TEST(RenderStatus, AnOscillatorMayBeNeitherFastNorSlow) {
    StatusView status = good();
    status.frequency_ppb = 0;
    EXPECT_TRUE(has(render_status(status, {}, Style{}),
                    "Frequency    0 ppm (the oscillator is neither fast nor slow)\n"));
}

TEST(RenderStatus, SeveralCandidatesAreNamed) {
    StatusView status = good();
    status.candidates = {"node1", "node2", "node3"};
    status.roster = 2;
    const std::string text = render_status(status, {}, Style{});
    EXPECT_TRUE(
        has(text, "Role         member, candidate 2 of 3, of cluster lab, term 3, epoch 1\n"))
        << text;
    EXPECT_TRUE(has(text, "Candidates   node1, node2, node3 (roster 2)\n")) << text;
    status.node = "node9";
    EXPECT_TRUE(has(render_status(status, {}, Style{}), "Role         member of cluster lab"));
    status.candidates = {"node9"};
    status.roster = 0;
    EXPECT_FALSE(has(render_status(status, {}, Style{}), "andidate"));
}

TEST(RenderStatus, WhatIsUnderWayIsANoteWithWhatToDo) {
    StatusView status = good();
    status.notes = {"n2 is to be a candidate: it waits for another"};
    status.advice = "'berkeleyctl invite --candidate' invites one";
    EXPECT_TRUE(has(render_status(status, {}, Style{}),
                    "\n\nNote         n2 is to be a candidate: it waits for another\n"
                    "Next         'berkeleyctl invite --candidate' invites one\n"));
}

TEST(RenderStatus, AGoodNodeIsTheFactsAlone) {
    EXPECT_EQ(render_status(good(), {}, Style{}),
              "node2 is synchronized\n"
              "Role         member of cluster lab, term 3, epoch 1\n"
              "Master       node1\n"
              "Offset       -12.35 µs (behind cluster time)\n"
              "Bound        ±84.10 µs (guaranteed)\n"
              "Frequency    +37.012 ppm (oscillator fast)\n"
              "Clocks       5 of 5 counted\n"
              "Clock        this machine's clock, steered\n");
}

TEST(RenderStatus, ATroubledNodeSaysWhatAndWhatNext) {
    StatusView status = good();
    status.state = "holdover";
    status.reason = "no answer from node1 for 40 s: is UDP 10525 open there?";
    status.advice = "look there";
    status.master.reset();
    status.master_address = "192.0.2.1:10525";
    status.holdover_ns = 40'000'000'000;
    status.bound_growth_ppb = 110'000;
    const std::string text = render_status(status, {}, Style{});
    EXPECT_TRUE(has(text, "node2 is in holdover\n"));
    EXPECT_TRUE(
        has(text, "Bound        ±84.10 µs (guaranteed, growing by 110.0 µs each second)\n"));
    EXPECT_TRUE(has(text, "Holdover     for 40.00 s\n"));
    EXPECT_TRUE(has(text, "Master       none answers; asking 192.0.2.1:10525\n"));
    EXPECT_TRUE(has(text, "Clocks       5 of 5 counted, when the master was last heard\n"));
    EXPECT_TRUE(has(text,
                    "\n\nProblem      no answer from node1 for 40 s: is UDP 10525 open "
                    "there?\nNext         look there\n"));
}

TEST(RenderStatus, HowSeriousAReasonIsShowsInItsLabel) {
    StatusView status = good();
    status.reason = "why";
    const std::vector<std::pair<std::string, std::string>> labels = {{"starting", "\nNow  "},
                                                                     {"synchronizing", "\nNow  "},
                                                                     {"synchronized", "\nNote  "},
                                                                     {"holdover", "\nProblem  "},
                                                                     {"refusing", "\nProblem  "}};
    for (const auto& [state, label] : labels) {
        status.state = state;
        EXPECT_TRUE(has(render_status(status, {}, Style{}), label)) << state;
    }
}

TEST(RenderStatus, AMasterInTouchIsNamedWithPlaceAndAge) {
    StatusView status = good();
    status.master_address = "192.0.2.1:10525";
    status.master_unheard_ns = 400'000'000;
    EXPECT_TRUE(has(render_status(status, {}, Style{}),
                    "Master       node1 at 192.0.2.1:10525, heard 400.0 ms ago\n"));
    status.members_expected = 7;
    EXPECT_TRUE(has(render_status(status, {}, Style{}), "5 of 5 counted, 7 expected\n"));
}

TEST(RenderStatus, WhatIsNoProblemIsNotShownAsOne) {
    StatusView status = good();
    MemberView own = member("node2", "excluded", "why");
    MemberView observer = member("o", "trusted", "it only observes");
    MemberView unknown = member("u", "joining", "not known");
    unknown.counted.reset();
    const std::string text = render_status(status, {own, observer, unknown}, Style{});
    EXPECT_TRUE(has(text, "Not counted  node2 excluded (this node): why\n"));
    EXPECT_FALSE(has(text, "observes"));
    EXPECT_FALSE(has(text, "not known"));
    const std::vector<MemberView> early = {member("j", "joining", "being measured")};
    EXPECT_TRUE(has(render_status(status, early, Style{}), "j joining"));
    status.state = "synchronizing";
    EXPECT_FALSE(has(render_status(status, early, Style{}), "j joining"));
}

TEST(RenderStatus, NothingKnownIsSaidSo) {
    const std::string text = render_status(StatusView{}, {}, Style{});
    EXPECT_TRUE(has(text, "Offset       not known yet"));
    EXPECT_TRUE(has(text, "Master       none found yet"));
}

TEST(RenderStatus, ClocksThatAreNotTheMachinesAreMarkedInTheFirstLine) {
    StatusView status = good();
    status.clock = "simulated";
    EXPECT_TRUE(render_status(status, {}, Style{})
                    .starts_with("node2 is synchronized (simulated clock)\n"));
    status.clock = "observe";
    EXPECT_TRUE(render_watch(status, {}, Style{})
                    .starts_with("node2 is synchronized (observed, not steered)\n"));
}

TEST(RenderStatus, ManyTroubledMembersStayOneScreen) {
    const std::vector<MemberView> members(1000, member("n", "silent", "no answer for 40 s"));
    const std::string text = render_status(good(), members, Style{});
    EXPECT_TRUE(has(text, "and 995 more\n"));
    EXPECT_LT(std::ranges::count(text, '\n'), 24);
}

TEST(Render, FitsEightyColumnsOnATerminal) {
    Style style;
    style.terminal = true;
    StatusView status = good();
    status.state = "refusing";
    status.clock = "simulated";
    status.reason = std::string(30, 'x') + " " + std::string(60, 'y') + " zzz zzz";
    const std::vector<MemberView> members = {member(
        std::string(63, 'n'), "excluded", std::string(50, 'a') + " " + std::string(50, 'b'))};
    EXPECT_LE(widest(render_status(status, members, style)), 80U);
    EXPECT_LE(widest(render_members(members, style)), 80U);
    EXPECT_LE(widest(render_watch(status, members, style)), 80U);
    EXPECT_LE(widest(render_tracking(TrackingView{}, style)), 80U);
}

TEST(Render, FortyColumnsShowWhatMattersMost) {
    Style style;
    style.terminal = true;
    style.width = 40;
    const std::vector<MemberView> members = {member("node1", "trusted", ""),
                                             member("node22", "silent", "no answer for 40 s here")};
    EXPECT_EQ(render_members(members, style),
              "name    state        offset  counted\n"
              "node1   trusted   -999.9 ms      yes\n"
              "node22  silent    -999.9 ms       no\n"
              "    no answer for 40 s here\n");
    EXPECT_LE(widest(render_status(good(), members, style)), 40U);
    EXPECT_LE(widest(render_watch(good(), members, style)), 40U);
}

TEST(Render, AsciiWhereTheLocaleHasNoMore) {
    Style style;
    style.utf8 = false;
    style.terminal = true;
    StatusView status = good();
    status.reason = "±5 µs − naïve";
    const std::vector<MemberView> members(30, member(std::string(63, 'n'), "silent", "µ"));
    for (const std::string& text :
         {render_status(status, members, style), render_members(members, style, 9),
          render_watch(status, members, style), render_tracking(TrackingView{}, style)}) {
        EXPECT_TRUE(std::ranges::all_of(text, [](char c) { return c > 0; })) << text;
        EXPECT_LE(widest(text), 80U);
    }
    EXPECT_TRUE(has(render_status(status, {}, style), "+/-84.10 us (guaranteed)"));
    EXPECT_TRUE(has(render_status(status, {}, style), "+/-5 us - na?ve"));
}

TEST(RenderMembers, WhatIsNotKnownIsNotNo) {
    MemberView unknown = member("node1", "trusted", "nobody told");
    unknown.counted.reset();
    const std::string text = render_members({unknown}, Style{});
    EXPECT_TRUE(has(text, "        -\n    nobody told\n")) << text;
}

TEST(RenderMembers, ReasonsStandBelowTheirRow) {
    const std::string text =
        render_members({member("node1", "trusted", ""), member("node2", "silent", "why")}, Style{});
    EXPECT_EQ(text,
              "name   state        offset      bound      delay   freq ppm  counted\n"
              "node1  trusted   -999.9 ms  ±999.9 ms   999.9 ms  -9999.999      yes\n"
              "node2  silent    -999.9 ms  ±999.9 ms   999.9 ms  -9999.999       no\n"
              "    why\n")
        << text;
}

TEST(RenderMembers, NamesAreWholeWhereNoTerminalReads) {
    const std::string name(63, 'n');
    Style style;
    EXPECT_TRUE(has(render_members({member(name, "trusted", "")}, style), name + "  trusted"));
    style.terminal = true;
    EXPECT_TRUE(has(render_members({member(name, "trusted", "")}, style), "nnn…  trusted"));
}

TEST(RenderMembers, ALongListIsCutToTheScreen) {
    const std::vector<MemberView> members(100, member("n", "silent", "why"));
    const std::string text = render_members(members, Style{}, 10);
    EXPECT_EQ(std::ranges::count(text, '\n'), 10);
    EXPECT_TRUE(text.ends_with("… and 96 more\n"));
    EXPECT_FALSE(has(render_members(members, Style{}), "more"));
    EXPECT_EQ(render_members({}, Style{}), "No members yet.\n");
}

TEST(Render, ColoursOnlyWhereAsked) {
    Style style;
    EXPECT_EQ(render_status(good(), {}, style).find('\x1b'), std::string::npos);
    style.colours = true;
    EXPECT_TRUE(has(render_status(good(), {}, style), "\x1b[32msynchronized\x1b[0m"));
}

TEST(Render, TrackingNamesWhatWasDropped) {
    const boost::json::value value = boost::json::parse(
        R"({"tracking":{"datagrams_sent":12345,"dropped":{"wrong_size":0,"not_authentic":7},)"
        R"("kernel_frequency_ppb":-37012,"system_ns":1700000000000000001}})");
    const std::string text = render_tracking(tracking_view(value.as_object()), Style{});
    EXPECT_TRUE(has(text, "Datagrams    12,345 sent, - received\n"));
    EXPECT_TRUE(has(text, "Dropped      7 not_authentic\n"));
    EXPECT_TRUE(has(text, "frequency -37.012 ppm"));
    EXPECT_TRUE(has(text, "2023-11-14 22:13:20.000000001 UTC"));
}

TEST(View, ADaemonsTextCannotDriveTheTerminal) {
    const boost::json::value value = boost::json::parse(
        R"({"status":{"node":"a\u001b[31mb","state":"new-state","offset_ns":"x","term":1e3},)"
        R"("members":[3,{"name":"\u009b2J","reason":"\u0007"}]})");
    const StatusView status = status_view(value.as_object());
    const std::vector<MemberView> members = members_view(value.as_object());
    EXPECT_EQ(status.node, "a\\x1b[31mb");
    EXPECT_EQ(status.offset_ns, std::nullopt);
    ASSERT_EQ(members.size(), 1U);
    for (const char c : render_watch(status, members, Style{}))
        EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
    EXPECT_EQ(members_view(boost::json::object{{"members", 3}}).size(), 0U);
}

TEST(Style, WrapsAtBlanksOnly) {
    EXPECT_EQ(wrap("aa bb cc", 5, 2), "aa bb\n  cc");
    EXPECT_EQ(wrap("aaaaaaaa b", 5, 2), "aaaaaaaa\n  b");
    EXPECT_EQ(wrap("", 5, 2), "");
    EXPECT_EQ(wrap("µµ ±±", 5, 0), "µµ ±±");
    EXPECT_EQ(shorten("µµµµ", 3), "µµ…");
    EXPECT_EQ(shorten("µµµ", 3), "µµµ");
}

TEST(RenderStatus, TellsOfAMoveThatIsToCome) {
    StatusView status = good();
    status.role = "master";
    status.members_total = 3;
    MoveView& move = status.move.emplace();
    move.in_ns = 7'300'000'000;
    move.by_ns = -90'000'000'000;
    move.way = "step";
    move.known_by = 2;
    move.refused_by = 1;
    const auto shown = [&status] { return render_status(status, {}, Style{.width = 500}); };
    EXPECT_NE(shown().find("cluster time moves by -90.00 s in 7.300 s, by a step; not decided yet; "
                           "known by 2 of 2 other nodes, refused\n"),
              std::string::npos)
        << shown();
    status.role = "member";
    move.decided = true;
    move.accepted = false;
    EXPECT_NE(shown().find("by a step; decided; REFUSED here"), std::string::npos) << shown();
    status.move.reset();
    EXPECT_EQ(shown().find("Move"), std::string::npos);
}

TEST(RenderDifferences, ARowForEachHostAndItsTroubleBelow) {
    ClockDifferenceView near_one;
    near_one.host = "n2";
    near_one.offset_ns = -123'456;
    near_one.error_ns = 80'000;
    near_one.round_trip_ns = 200'000;
    near_one.sent = near_one.answered = 50;
    near_one.node = "n2";
    near_one.berkeleyd_ns = -120'000;
    ClockDifferenceView far_one;
    far_one.host = "far.example";
    far_one.sent = 50;
    far_one.trouble = "no answer: is it up";
    const std::string text = render_differences({near_one, far_one}, Style{});
    EXPECT_NE(text.find("-123.5 µs"), std::string::npos) << text;
    EXPECT_NE(text.find("50/50   -120.0 µs says berkeleyd, of n2\n"), std::string::npos) << text;
    EXPECT_NE(text.find("0/50\n  no answer: is it up\n"), std::string::npos) << text;
}

TEST(RenderStatus, TellsOfReferencesAndALeapSecond) {
    StatusView status = good();
    status.timescale = "reference";
    status.references = 3;
    status.references_believed = 2;
    status.reference_offset_ns = -4'000;
    status.leap = "insertion";
    status.leap_s = 1'798'761'600;
    status.tai_offset_s = 37;
    const std::string text = render_status(status, {}, Style{});
    EXPECT_TRUE(
        has(text, "References   2 of 3 believed; their time is -4.000 µs from cluster time"))
        << text;
    EXPECT_TRUE(has(text, "Leap         insertion of a second at the end of 2026-12-31 UTC"))
        << text;
    EXPECT_TRUE(has(text, "TAI          UTC + 37 s")) << text;
    status.timescale = "ensemble";
    status.references_believed = 0;
    EXPECT_TRUE(has(render_status(status, {}, Style{}), "0 of 3 believed; cluster time goes on"));
    EXPECT_FALSE(has(render_status(good(), {}, Style{}), "References"));
}

TEST(RenderMembers, AReferenceIsMarkedAndSaysWhyItIsNotBelieved) {
    MemberView row = member("gps1", "trusted", "");
    row.reference = true;
    EXPECT_TRUE(has(render_members({row}, Style{}, 0), "    reference, believed\n"));
    row.reference = false;
    row.reference_reason = "its time jumped by +3 s";
    EXPECT_TRUE(has(render_members({row}, Style{}, 0),
                    "    reference, not believed: its time jumped by +3 s\n"));
}

}  // namespace
}  // namespace berkeley::ctl
