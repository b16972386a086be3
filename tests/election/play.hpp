// Three candidates and one member, played move by move: the real Election and Allegiance, with
// disks, clocks and a network of which every fault is a move.
//
// Time is counted in ticks. Each candidate's clock gains a number of nanoseconds of its own with a
// tick, and the lengths below are such that a promise on the fastest clock and a lease on the
// slowest that timing.hpp allows for end with the very same tick. Nothing is urgent: a timer that
// is due may be late by any number of ticks, as it is on a machine that was paused.
//
// A datagram that was sent may arrive at any later time, or never, once or many times, in any
// order: it is kept for ever, and each arrival is a move. So loss, duplication, delay, replay and
// partitions of every shape are all in here.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "daemon/core/election/allegiance.hpp"
#include "daemon/core/election/election.hpp"

namespace berkeley::test {

inline constexpr std::size_t kPlayers = 3;
inline constexpr std::uint8_t kMember = kPlayers;  // the place behind the candidates

constexpr std::uint8_t player_of(NodeId node) {
    return static_cast<std::uint8_t>(node.value - 1);
}
constexpr char letter_of(std::size_t player) {
    return player == kMember ? 'm' : static_cast<char>('A' + player);
}

inline constexpr std::int64_t kSlowClock = 256;  // nanoseconds a tick
inline constexpr std::int64_t kFastClock = 257;
// Two ticks of the fastest clock; the lease under it is two ticks of the slowest.
inline constexpr ElectionTiming kPlayTiming{2 * Duration{kFastClock}, 0ns, Duration{kFastClock}};

struct Claim {  // a Poll to the member: "I lead in this term"
    Term term = 0;
    bool operator==(const Claim&) const = default;
};
struct PollOfCandidate {
    Term term = 0;
    SteadyTime asked_at;
    bool operator==(const PollOfCandidate&) const = default;
};
struct ReplyOfCandidate {
    Term term = 0;
    SteadyTime asked_at;
    bool promises = false;
    bool operator==(const ReplyOfCandidate&) const = default;
};

struct Packet {
    std::uint8_t from = 0;
    std::uint8_t to = 0;
    std::variant<VoteWanted, VoteAnswer, Release, PollOfCandidate, ReplyOfCandidate, Claim,
                 Testimony>
        content;
    bool operator==(const Packet&) const = default;
};

enum class MoveKind : std::uint8_t {
    tick,
    deliver,        // packet `what` arrives
    timer,          // of `who`, which is due
    written,        // the disk of `who` is done
    crash,          // `who` starts again from its disk; a write under way was not carried out
    late_crash,     // it was, but nobody was told
    break_clock,    // its time is not what it was, and nothing else is lost
    fail_to_write,  // and yet the disk may have it: `what` is 1
    lose_disk,      // a crash after which its disk is empty
    poll,           // `who` polls candidate `what`
    hand_over,      // `who` to candidate `what`
    resign,
    distrust,  // `who` is convinced that candidate `what` contradicts itself as the master
};

struct Move {
    MoveKind kind = MoveKind::tick;
    std::uint8_t who = 0;
    std::uint16_t what = 0;
};

// What the play does wrong on purpose, for the checks to find.
struct Faults {
    bool votes_not_written = false;         // the disk says it is done, and keeps what it had
    bool terms_not_compared = false;        // a vote is taken for one in the term that is stood in
    bool lease_from_the_answer = false;     // not from the question
    bool promises_forgotten = false;        // a restart does not wait out what was promised
    bool promises_taken_back = false;       // who is convinced is bound no more at once
    bool member_trusts_the_master = false;  // it follows whoever says that he leads
};

// How often each of these may happen: the fewer may, the deeper all plays can be looked at.
struct Budget {
    std::uint8_t ticks = 0;
    std::uint8_t crashes = 0;  // and broken clocks, and writes that fail
    std::uint8_t polls = 0;
    std::uint8_t resignations = 0;  // and handovers
    std::uint8_t convictions = 0;
};

class Play {
  public:
    using Move = test::Move;

    struct Shape {
        Budget budget{};
        bool disks_take_time = true;           // else what is to be written is, at once
        bool canvass_always_succeeds = false;  // whoever would stand does: no question, no answer
        bool member_listens = false;
        std::array<std::int64_t, kPlayers> clocks{kFastClock, kFastClock, kFastClock};
        std::array<ElectionMemory, kPlayers> memories{};
        bool disks_may_be_lost = false;  // then votes are not checked, leases are
        bool c_is_stolen = false;        // its key: somebody tells the member that C leads
        Faults faults{};
    };
    explicit Play(const Shape& shape);

    void moves(std::vector<Move>& into) const;
    void make(const Move& move);
    const std::string& violation() const { return violation_; }  // empty: none

    // Two plays with equal ones go on alike, and break the same rules or none.
    struct Fingerprint {
        std::uint64_t low = 0;
        std::uint64_t high = 0;
        bool operator==(const Fingerprint&) const = default;
    };
    Fingerprint fingerprint() const;

    std::string describe(const Move& move) const;

    const Election& election(std::size_t player) const { return players_[player].election; }
    bool leads(std::size_t player) const {
        return players_[player].election.leads(players_[player].clock);
    }

    // To come to where a search begins.
    void grant(const Budget& budget) { left_ = budget; }
    void tick(int times);
    void fire(std::uint8_t player) { make({MoveKind::timer, player, 0}); }
    void write(std::uint8_t player) { make({MoveKind::written, player, 0}); }
    void deliver_last(std::uint8_t from, std::uint8_t to);
    void elect(std::uint8_t player, std::uint8_t voter);  // by that vote and its own

  private:
    struct Player {
        Election election;
        SteadyTime clock;
        ElectionMemory disk;
        std::optional<ElectionMemory> writing;
    };
    struct Vote {
        std::uint8_t voter = 0;
        Term term = 0;
        NodeId vote;
        bool operator==(const Vote&) const = default;
    };

    void fire_timer(std::uint8_t player);
    void moves_of_master(std::uint8_t master, std::vector<Move>& into) const;
    void feed(std::uint8_t player, const ElectionEvent& event);
    void carry_out(std::uint8_t player, const ElectionAction& action);
    void send(const Packet& packet);
    void deliver(const Packet& packet);
    void deliver_to_member(const Packet& packet);
    void deliver_answer(const Packet& packet, VoteAnswer answer);
    void start(std::uint8_t player);
    void crash(std::uint8_t player, bool written);
    void written(std::uint8_t player);
    void fail_to_write(std::uint8_t player, bool yet_done);
    void speak(std::uint8_t voter, Term term, NodeId vote);
    void expect_one_master();
    void follow(const Testimony& followed);
    void violate(std::string what);

    Electorate electorate_;
    Shape shape_;
    Budget left_;
    std::vector<Player> players_;
    Allegiance member_;
    std::array<Testimony, kPlayers> told_member_{};  // the last of each
    std::vector<Packet> packets_;

    // What happened, for the checks.
    std::vector<Testimony> elected_;
    std::vector<Vote> spoken_;
    std::vector<Testimony> followed_;
    std::string violation_;
};

}  // namespace berkeley::test
