// Four nodes, three of them candidates at first, whose operators change that, played move by move:
// the real RosterOffice and Election of each. As in play.hpp a datagram that was sent may arrive at
// any later time, once, many times or never, timers that are due may be late by any time, and disks
// of rosters take time; votes are on disk at once (play.hpp looks at these).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/election/roster_player.hpp"

namespace berkeley::test {

class Cast;
struct CastStep;

class RosterPlay {
  public:
    // How often each of these may happen: the fewer may, the deeper all plays can be looked at.
    struct Budget {
        std::uint8_t ticks = 0;
        std::uint8_t wishes = 0;  // of operators, and proposals given up
        std::uint8_t crashes = 0;
        std::uint8_t failures = 0;  // to write
        std::uint8_t polls = 0;
        std::uint8_t elections = 0;  // timers of candidates that do not lead
        std::uint8_t handovers = 0;
    };
    struct Shape {
        Budget budget{};
        std::uint8_t candidates = 3;  // at first; one alone leads from the beginning
        std::vector<WantedChange> wishes;
        RosterPlayerShape players{};
        std::uint8_t stopped_clock = kNobody;  // whose leases last: then only terms are looked at
        std::uint8_t gone = kNobody;           // for good
        std::uint8_t ticks_at_once = 1;
        bool datagrams_stay = false;   // else each arrives once, if it does
        bool refusals_arrive = false;  // of votes, promises and signatures; else they are lost
        RosterSerial goal = 0;         // not 0: that it comes to be is what is looked for
    };
    explicit RosterPlay(const Shape& shape);

    struct Move {
        CueKind kind{};
        std::uint8_t who = kNobody;  // nobody: time goes on
        std::uint16_t what = 0;
    };
    void moves(std::vector<Move>& into) const;
    void make(const Move& move);
    const std::string& violation() const { return violation_; }  // empty: none

    struct Fingerprint {
        std::uint64_t low = 0;
        std::uint64_t high = 0;
        bool operator==(const Fingerprint&) const = default;
    };
    Fingerprint fingerprint() const;
    std::string describe(const Move& move) const;

    // To come to where a search begins.
    void grant(const Budget& budget) { left_ = budget; }
    void lose_all() { inboxes_ = {}; }  // that is on its way
    void tick();
    void keep(std::uint8_t master, std::vector<std::uint8_t> voters, int ticks);
    void elect(std::uint8_t node, std::vector<std::uint8_t> voters);
    void deliver_last(std::uint8_t from, std::uint8_t to);
    void want(std::uint8_t master, WantedChange change);
    void have_signed(std::uint8_t master, WantedChange change, std::uint8_t signer);
    void sign(std::uint8_t master, WantedChange change, std::vector<std::uint8_t> signers);
    // The master has it signed by these, and all that are named hold it on disk.
    void change(std::uint8_t master, WantedChange change, std::vector<std::uint8_t> signers,
                std::vector<std::uint8_t> learners);
    void save(std::uint8_t node);
    void learn(std::uint8_t node, std::uint8_t from) { make({CueKind::learn, node, from}); }
    void take_up(std::uint8_t node) { make({CueKind::take_up, node, 0}); }
    void poll(std::uint8_t master, std::uint8_t node);  // and hears its answer, if there is one
    bool leads(std::uint8_t node) const;
    RosterSerial held(std::uint8_t node) const;
    RosterSerial goes_by(std::uint8_t node) const;

  private:
    void moves_of(std::uint8_t node, std::vector<Move>& into) const;
    void lessons_of(std::uint8_t node, std::vector<Move>& into) const;
    void moves_of_master(std::uint8_t node, std::vector<Move>& into) const;
    void pay_for(const Move& move);
    bool changes_anything(const Move& move) const;
    void carry(const RosterPacket& packet, std::uint16_t id);
    void check_masters();
    void check_roster(std::uint8_t node, RosterSerial held_before);
    bool came_back(std::uint8_t who, RosterSerial serial) const;
    void violate(std::string what);
    SteadyTime now(std::uint8_t node) const;
    const CastStep& step(const Move& move) const;

    std::shared_ptr<Cast> cast_;
    Budget left_;
    std::uint8_t ticks_ = 0;
    std::uint8_t ticks_before_ = 0;                // the search began, and a clock stopped
    std::array<std::uint32_t, kNodes> locals_{};   // states of the players, as the cast has them
    std::array<std::uint32_t, kNodes> inboxes_{};  // sets of datagrams, likewise
    // What happened, for the checks.
    std::array<std::uint8_t, 16> elected_{};    // by term: the master and one more
    std::array<std::uint8_t, 8> came_to_be_{};  // by serial: which roster
    std::string violation_;
};

}  // namespace berkeley::test
