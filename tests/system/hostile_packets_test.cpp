// Datagrams that nobody should send: counted under the right reason, and without a trace otherwise.
#include <algorithm>
#include <atomic>
#include <iostream>
#include <map>
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/system/support/cluster.hpp"
#include "tests/system/support/requirement.hpp"
#include "tests/system/support/wire.hpp"

namespace berkeley::test {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kFewKilobytes = 300;  // of resident memory: what a page or two more mean

using Drops = std::map<std::string, std::int64_t>;

Drops drops_of(const NodeProcess& node) {
    Drops drops;
    const boost::json::object tracking = node.tracking();
    for (const auto& [reason, count] : tracking.at("dropped").as_object())
        drops[reason] = count.to_number<std::int64_t>();
    return drops;
}

std::int64_t total(const Drops& drops) {
    std::int64_t sum = 0;
    for (const auto& [reason, count] : drops)
        sum += count;
    return sum;
}

struct Shot {
    Bytes bytes;
    std::string reason;  // under which it is to be counted
};
using Volley = std::vector<Shot>;

class HostilePackets : public testing::Test {
  protected:
    HostilePackets()
        : cluster({.nodes = {{.name = "n1", .offset_ms = 5, .drift_ppm = 30},
                             {.name = "n2", .offset_ms = -9, .drift_ppm = -20},
                             {.name = "n3", .offset_ms = 2, .drift_ppm = 5}},
                   .step_threshold = kStepAtOnce}) {}

    void SetUp() override {
        cluster.start();
        ASSERT_TRUE(cluster.synchronized(Seconds{30}));
        for (const auto& node : cluster.nodes())
            steps[node->name()] = number(node->tracking(), "steps");
    }

    // In pieces that surely fit into the receiver's buffer, each waited for.
    void fire(const std::string& target, const Volley& volley) const {
        const NodeProcess& node = cluster[target];
        Drops expected = drops_of(node);
        std::size_t next = 0;
        while (next < volley.size()) {
            std::size_t piece_bytes = 0;
            for (int i = 0; i < 64 && next < volley.size() && piece_bytes < 60'000; ++i, ++next) {
                wire.send(volley[next].bytes, cluster.port(target));
                piece_bytes += volley[next].bytes.size();
                ++expected[volley[next].reason];
            }
            const bool arrived = wait_until(
                Seconds{10},
                [&node, &expected] { return total(drops_of(node)) >= total(expected); },
                Seconds{0.001});
            ASSERT_TRUE(arrived) << target << " counted less than was sent";
        }
        EXPECT_EQ(drops_of(node), expected) << target;
        EXPECT_EQ(node.state(), "synchronized");
    }

    void expect_undisturbed() const {
        EXPECT_TRUE(cluster.synchronized(Seconds{0.5}));
        EXPECT_LT(spread_ns(cluster), kMillisecond);
        for (const auto& node : cluster.nodes()) {
            const boost::json::object status = node->status();
            EXPECT_EQ(number(status, "term"), 1) << node->name();
            EXPECT_EQ(number(status, "epoch"), 1) << node->name();
            EXPECT_EQ(number(status, "members_total"), 3) << node->name();
            EXPECT_EQ(number(node->tracking(), "steps"), steps.at(node->name())) << node->name();
            EXPECT_EQ(number(node->tracking(), "corrections_refused"), 0) << node->name();
        }
        EXPECT_EQ(cluster["n1"].members().size(), 3U);
        EXPECT_EQ(text(cluster["n1"].member("n2"), "address"),
                  fmt::format("127.0.0.1:{}", cluster.port("n2")));
    }

    std::int64_t resident_kb(const std::string& name) const {
        return proc_status(cluster[name].pid(), "VmRSS");
    }

    void expect_not_grown(const std::string& name, std::int64_t before_kb) const {
        if (kMemoryTellsSomething) {
            EXPECT_LE(resident_kb(name), before_kb + kFewKilobytes) << name;
        }
    }

    Cluster cluster;
    Wire wire;
    std::map<std::string, std::int64_t> steps;
};

// The same each time, so that a failure can be looked at again.
std::mt19937 foretold_random() {
    return std::mt19937{20'261'123};  // NOLINT(cert-msc32-c,cert-msc51-cpp)
}

Bytes random_bytes(std::size_t size, std::mt19937& random) {
    Bytes bytes(size);
    std::ranges::generate(bytes, [&random] { return static_cast<std::uint8_t>(random()); });
    return bytes;
}

Bytes with_byte(Bytes bytes, std::size_t at, unsigned value) {
    bytes[at] = static_cast<std::uint8_t>(value);
    return bytes;
}

// What anybody can send who has no key, but may have seen a datagram.
Volley of_outsiders(const Bytes& genuine) {
    std::mt19937 random = foretold_random();
    Volley volley;
    for (std::size_t size = 0; size < kDatagramSize; ++size)
        volley.push_back(
            {Bytes(genuine.begin(), genuine.begin() + static_cast<std::ptrdiff_t>(size)),
             "wrong_size"});
    for (const std::size_t size : {257U, 512U, 1400U, 9000U, 60'000U}) {
        volley.push_back({random_bytes(size, random), "wrong_size"});
        Bytes longer = genuine;
        longer.resize(size);
        volley.push_back({longer, "wrong_size"});
    }
    for (int i = 0; i < 200; ++i)
        volley.push_back({random_bytes(kDatagramSize, random), "not_ours"});
    for (const std::size_t at : {0U, 1U, 2U, 3U})
        volley.push_back({with_byte(genuine, at, 'X'), "not_ours"});
    for (const unsigned version : {0U, 1U, 2U, 255U})
        volley.push_back({with_byte(genuine, 4, version), "not_ours"});
    for (std::size_t at = 40; at < kDatagramSize; ++at) {
        const unsigned flipped = genuine[at] ^ (1U << (at % 8));
        volley.push_back({with_byte(genuine, at, flipped), "not_authentic"});
    }
    for (const unsigned type : {0U, 1U, 2U, 3U, 6U, 7U, 8U, 9U, 12U, 13U, 255U})
        volley.push_back({with_byte(genuine, 5, type), "not_authentic"});
    for (std::size_t at = 16; at < 24; ++at)  // to somebody else
        volley.push_back({with_byte(genuine, at, 0x5a), "unknown_sender"});
    return volley;
}

TEST_F(HostilePackets, OutsidersAreCountedAndDropped) {
    const std::map<std::string, std::string> from_and_to = {{"n2", "n1"}, {"n1", "n2"}};
    for (const auto& [from, to] : from_and_to) {
        const Forger honest(from, to);
        Volley volley = of_outsiders(honest.sealed(some_leave()));
        for (const Message& message :
             {Message{some_join(from)}, Message{some_poll()}, Message{some_reply()}}) {
            const Forger other_keyed(from, to, {"intruder", to, kClusterName});
            const Forger other_cluster(from, to, {from, to, "another"});
            volley.push_back({other_keyed.sealed(message), "not_authentic"});
            volley.push_back({other_cluster.sealed(message), "not_authentic"});
            const Datagram unsealed = encode(honest.header(), message);
            volley.push_back({Bytes(unsealed.begin(), unsealed.end()), "not_authentic"});
        }
        // The one message that has no seal: to a member that asked for nothing, and to a master.
        const Datagram retry = encode(honest.header(), Retry{7, 9});
        volley.push_back(
            {Bytes(retry.begin(), retry.end()), to == "n1" ? "not_authentic" : "replayed"});
        fire(to, volley);
        const std::int64_t before = resident_kb(to);
        for (int round = 0; round < 3; ++round)
            fire(to, volley);
        expect_not_grown(to, before);
    }
    expect_undisturbed();
    EXPECT_NE(cluster["n1"].ctl({"tracking"}).out.find(" wrong_size"), std::string::npos);
}

// Values that the protocol does not allow, sealed with the right key.
Volley malformed(const Forger& forger, std::string_view from) {
    const Bytes join = forger.sealed(some_join(from));
    const Bytes poll = forger.sealed(some_poll());
    const Bytes reply = forger.sealed(some_reply());
    std::vector<Bytes> bad;
    for (const unsigned type : {0U, 13U, 255U})
        bad.push_back(with_byte(reply, 5, type));
    for (const Bytes& one : {join, poll, reply}) {
        Bytes ones = one;
        std::fill(ones.begin() + 40, ones.end(), std::uint8_t{0xff});
        bad.push_back(ones);
    }
    for (const unsigned length : {0U, 64U, 182U, 183U, 255U})
        bad.push_back(with_byte(join, 57, length));
    bad.push_back(with_byte(join, 58, '/'));
    bad.push_back(with_byte(join, 56, 2));
    bad.push_back(with_byte(poll, 64, 0x80));   // a negative wait
    bad.push_back(with_byte(poll, 96, 15));     // no charge against a clock
    bad.push_back(with_byte(poll, 97, 0x7f));   // an offset of centuries
    bad.push_back(with_byte(poll, 163, 0xff));  // a raw time before all times
    bad.push_back(with_byte(poll, 171, 0x7f));  // a cluster time after all times
    bad.push_back(with_byte(poll, 179, 0x40));  // a clock at several times its rate
    bad.push_back(with_byte(poll, 187, 0xff));
    bad.push_back(with_byte(reply, 64, 0x7f));
    bad.push_back(with_byte(reply, 88, 0x90));
    bad.push_back(with_byte(reply, 104, 0xc0));
    bad.push_back(with_byte(reply, 112, 0x7f));
    bad.push_back(with_byte(reply, 122, 0x7f));  // a floor after all times
    for (const std::size_t flag : {120U, 121U, 130U})
        bad.push_back(with_byte(reply, flag, 7));
    Volley volley;
    for (const Bytes& one : bad)
        volley.push_back({forger.sealed_anew(one), "malformed"});
    return volley;
}

Volley to_master_by_keyholders(const Forger& member, const Forger& stranger) {
    Join unlike = some_join("n2");
    unlike.name = *NodeName::from("n3");
    Join nameless = some_join("n2");
    nameless.session = 0;
    Header later = member.header();
    later.term = ~std::uint64_t{0};
    later.epoch = ~std::uint64_t{0};
    return {{member.sealed(some_poll()), "malformed"},  // a member that plays the master
            {member.sealed(unlike), "malformed"},
            {member.sealed(nameless), "malformed"},
            {member.sealed(some_reply()), "replayed"},
            {member.sealed(some_leave()), "replayed"},
            {member.sealed(later, some_reply()), "replayed"},
            {stranger.sealed(some_reply()), "unknown_sender"}};
}

Volley to_member_by_keyholders(const Forger& master, const Forger& other) {
    Poll no_session = some_poll();
    no_session.session = 0;
    Header later = master.header();
    later.term = ~std::uint64_t{0};
    later.epoch = ~std::uint64_t{0};
    return {{master.sealed(some_join("n1")), "malformed"},
            {master.sealed(some_reply()), "malformed"},
            {master.sealed(some_poll()), "replayed"},  // its correction is an hour off
            {master.sealed(no_session), "replayed"},
            {master.sealed(later, some_poll()), "replayed"},
            {master.sealed(some_leave()), "replayed"},
            {other.sealed(some_poll()), "unknown_sender"},  // n3 is no candidate
            {other.sealed(some_leave()), "unknown_sender"}};
}

TEST_F(HostilePackets, NonsenseUnderTheRightKeyIsCountedAndDropped) {
    Volley to_master = malformed(Forger("n2", "n1"), "n2");
    std::ranges::copy(to_master_by_keyholders(Forger("n2", "n1"), Forger("n9", "n1")),
                      std::back_inserter(to_master));
    Volley to_member = malformed(Forger("n1", "n2"), "n1");
    std::ranges::copy(to_member_by_keyholders(Forger("n1", "n2"), Forger("n3", "n2")),
                      std::back_inserter(to_member));
    for (const auto& [target, volley] : {std::pair("n1", to_master), std::pair("n2", to_member)}) {
        fire(target, volley);
        const std::int64_t before = resident_kb(target);
        for (int round = 0; round < 10; ++round)
            fire(target, volley);
        expect_not_grown(target, before);
    }
    expect_undisturbed();
}

// An answer is never larger than its question, and who does not answer gets no place.
TEST_F(HostilePackets, JoinsOfStrangersGetOneAnswerEach) {
    constexpr int kStrangers = 100;
    int answers = 0;
    for (int i = 0; i < kStrangers; ++i) {
        const std::string name = fmt::format("stranger{}", i);
        wire.send(Forger(name, "n1").sealed(some_join(name)), cluster.port("n1"));
        wait_until(
            Seconds{1},
            [this, &answers] {
                const auto answer = wire.receive();
                return answer && ++answers > 0 && answer->bytes.size() == kDatagramSize;
            },
            Seconds{0.001});
    }
    std::this_thread::sleep_for(Seconds{1});
    while (wire.receive())
        ++answers;
    EXPECT_EQ(answers, kStrangers);
    expect_undisturbed();
}

// A flood of all kinds at once, as fast as one thread sends to two daemons. The daemons' own
// datagrams may be lost in it; afterwards all must be as before.
TEST_F(HostilePackets, AFloodPassesWithoutATrace) {
    std::mt19937 random = foretold_random();
    const Bytes genuine = Forger("n2", "n1").sealed(some_leave());
    std::vector<Bytes> kinds = {random_bytes(kDatagramSize, random), random_bytes(30, random),
                                random_bytes(1400, random), with_byte(genuine, 100, 77), genuine};
    const std::int64_t before = resident_kb("n1");
    const std::int64_t dropped_before = total(drops_of(cluster["n1"]));
    const Stopwatch watch;
    std::size_t sent = 0;
    while (watch.seconds() < 3) {
        for (const Bytes& kind : kinds) {
            wire.send(kind, cluster.port("n1"));
            wire.send(kind, cluster.port("n2"));
        }
        sent += kinds.size();
        std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
    const std::int64_t dropped = total(drops_of(cluster["n1"])) - dropped_before;
    std::cout << fmt::format("  flood of {} datagrams/s: {} of {} counted, master {}, member {}\n",
                             sent / 3, dropped, sent, cluster["n1"].state(), cluster["n2"].state());
    EXPECT_GT(dropped, 0);
    ASSERT_TRUE(cluster.synchronized(Seconds{20}));
    ASSERT_TRUE(wait_until(
        Seconds{10}, [this] { return text(cluster["n1"].member("n2"), "state") != "silent"; }));
    expect_undisturbed();
    expect_not_grown("n1", before);
}

}  // namespace
}  // namespace berkeley::test
