#include "daemon/control/encode.hpp"

#include <cmath>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "tests/unit/control/fake_source.hpp"

namespace berkeley {
namespace {

namespace json = boost::json;

TEST(Encode, StatusHasItsNamesUnitsAndOrder) {
    EXPECT_EQ(json::serialize(encode(FakeSource().status())),
              R"({"role":"master","state":"synchronized","cluster":"lab","node":"node1",)"
              R"("master":"node1","term":3,"epoch":1,"offset_ns":-12345,"bound_ns":84100,)"
              R"("frequency_ppb":37012,"clock":"system","reason":null,"members_total":2,)"
              R"("members_counted":1,"members_expected":null,"advice":null,"master_address":null,)"
              R"("master_unheard_ns":null,"holdover_ns":null,"bound_growth_ppb":null,)"
              R"("settling_ns":null,"timescale":"ensemble","references":0,)"
              R"("references_believed":0,"reference_offset_ns":null,"leap":null,"leap_s":null,)"
              R"("tai_offset_s":null,"roster":0,"candidates":["node1"],"notes":[],"move":null})");
    FakeSource held;
    held.node.roster = 4;
    held.node.notes = {"n2 waits"};
    held.node.expected = 3;
    held.node.advice = "wait";
    held.node.master_address = held.list[1].address;
    held.node.master_unheard = 40s;
    held.node.holdover = 41s;
    held.node.bound_growth = 1.2e-4;
    held.node.settling = 22s;
    held.node.move = MoveStatus{
        ClusterTime{1'790'000'000'000'000'000}, 7s, -90s, 2, MoveWay::step, true, false, 4, 3};
    const json::object object = encode(held.status());
    EXPECT_EQ(object.at("members_expected"), 3);
    EXPECT_EQ(object.at("advice"), "wait");
    EXPECT_EQ(object.at("roster"), 4);
    EXPECT_EQ(object.at("notes"), json::array{"n2 waits"});
    EXPECT_EQ(object.at("master_address"), "192.0.2.2:10525");
    EXPECT_EQ(object.at("master_unheard_ns"), 40'000'000'000);
    EXPECT_EQ(object.at("holdover_ns"), 41'000'000'000);
    EXPECT_EQ(object.at("bound_growth_ppb"), 120'000);
    EXPECT_EQ(object.at("settling_ns"), 22'000'000'000);
    const auto& move = object.at("move").as_object();
    EXPECT_EQ(boost::json::serialize(move),
              R"({"at_ns":1790000000000000000,"in_ns":7000000000,"by_ns":-90000000000,"epoch":2,)"
              R"("way":"step","decided":true,"accepted":false,"known_by":4,"refused_by":3})");
}

TEST(Encode, StatusTellsOfReferencesAndTheCalendar) {
    NodeStatus status;
    status.clock = ClockMode::reference;
    status.timescale = Timescale::reference;
    status.references = 3;
    status.references_believed = 2;
    status.reference_offset = -5us;
    status.calendar.coming = LeapSecond{ClusterTime{1'798'761'600'000'000'000}, true};
    status.calendar.tai_s = 37;
    json::object object = encode(status);
    EXPECT_EQ(object.at("clock"), "reference");
    EXPECT_EQ(object.at("timescale"), "reference");
    EXPECT_EQ(object.at("references"), 3);
    EXPECT_EQ(object.at("references_believed"), 2);
    EXPECT_EQ(object.at("reference_offset_ns"), -5000);
    EXPECT_EQ(object.at("leap"), "insertion");
    EXPECT_EQ(object.at("leap_s"), 1'798'761'600);
    EXPECT_EQ(object.at("tai_offset_s"), 37);
    status.calendar.coming->inserted = false;
    EXPECT_EQ(encode(status).at("leap"), "deletion");
    MemberStatus row;
    row.reference = false;
    row.reference_reason = "its time jumped";
    EXPECT_EQ(encode(std::vector{row}).at(0).at("reference"), false);
    EXPECT_EQ(encode(std::vector{row}).at(0).at("reference_reason"), "its time jumped");
}

TEST(Encode, WhatIsNotKnownIsNull) {
    const json::object status = encode(NodeStatus{});
    for (const char* key : {"master", "offset_ns", "bound_ns", "frequency_ppb", "reason"})
        EXPECT_TRUE(status.at(key).is_null()) << key;
    NodeStatus odd;
    odd.frequency = NAN;
    EXPECT_TRUE(encode(odd).at("frequency_ppb").is_null());
    odd.frequency = INFINITY;
    EXPECT_TRUE(encode(odd).at("frequency_ppb").is_null());
}

TEST(Encode, MembersHaveTheirNamesAndUnits) {
    EXPECT_EQ(json::serialize(encode(FakeSource().members())),
              R"([{"name":"node1","address":null,"state":"trusted","offset_ns":-12345,)"
              R"("uncertainty_ns":1200,"bound_ns":84100,"delay_ns":null,"frequency_ppb":37012,)"
              R"("counted":true,"reason":null,"reference":null,"reference_reason":null},)"
              R"({"name":"node2","address":"192.0.2.2:10525","state":"silent","offset_ns":null,)"
              R"("uncertainty_ns":null,"bound_ns":null,"delay_ns":203000,"frequency_ppb":null,)"
              R"("counted":false,"reason":"no answer for 40 s: is UDP 10525 open there?",)"
              R"("reference":null,"reference_reason":null}])");
}

TEST(Encode, WhetherAClockCountsMayBeUnknown) {
    MemberStatus row;
    EXPECT_TRUE(encode(std::vector{row}).at(0).at("counted").is_null());
    row.counted = Counted::yes;
    EXPECT_EQ(encode(std::vector{row}).at(0).at("counted"), true);
}

TEST(Encode, TrackingConvertsKernelUnits) {
    Tracking tracking;
    tracking.kernel_rate = {-65'536 * 37, 10'001};
    tracking.dropped.not_authentic = 7;
    tracking.slew_left = -5us;
    tracking.system.ns = 1'700'000'000'000'000'001;
    tracking.raw.ns = 5;
    tracking.datagrams_sent = UINT64_MAX;
    const json::object object = encode(tracking, 77);
    EXPECT_EQ(object.at("kernel_frequency_ppb"), -37'000);
    EXPECT_EQ(object.at("kernel_tick_us"), 10'001);
    EXPECT_EQ(object.at("dropped").at("not_authentic"), 7);
    EXPECT_EQ(object.at("slew_left_ns"), -5000);
    EXPECT_TRUE(object.at("correction_age_ns").is_null());
    EXPECT_EQ(object.at("system_ns"), 1'700'000'000'000'000'001);
    EXPECT_EQ(object.at("raw_ns"), 5);
    EXPECT_EQ(object.at("host_raw_ns"), 77);
    EXPECT_EQ(object.at("datagrams_sent"), INT64_MAX);
}

TEST(Encode, AddressesOfBothFamilies) {
    Endpoint v6;
    v6.address = {0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    v6.port = 99;
    EXPECT_EQ(to_string(v6), "[fe80::1]:99");
    v6.scope = 2;
    EXPECT_EQ(to_string(v6), "[fe80::1%2]:99");
}

}  // namespace
}  // namespace berkeley
