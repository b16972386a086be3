// One node of a roster play: the real RosterOffice and Election, joined as daemon/core/node and
// daemon/app/succession.cpp join them. What it does next follows from its state and the cue alone,
// so the play asks once for each pair.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "daemon/core/election/election.hpp"
#include "daemon/core/node/roster_office.hpp"
#include "tests/election/fingerprint.hpp"

namespace berkeley::test {

inline constexpr std::size_t kNodes = 4;  // "a" to "d", of which the first three are candidates
inline constexpr std::uint8_t kNobody = kNodes;
inline constexpr Duration kTick = 500ms;  // of all clocks: two ticks are a promise

std::string name_of(std::size_t node);
std::uint8_t node_of(NodeId id);

struct RosterPoll {
    SteadyTime asked_at;
};
struct RosterReply {
    SteadyTime asked_at;
    Standing standing;
};

struct RosterPacket {
    std::uint8_t from = 0;
    std::uint8_t to = 0;
    RosterSerial roster = 0;  // that its sender held
    Term term = 0;
    std::variant<VoteWanted, VoteAnswer, Release, RosterPoll, RosterReply, RosterPart, RosterSay>
        content;
};

enum class CueKind : std::uint8_t {
    timer,         // of the election, which is due
    office_timer,  // likewise
    deliver,
    learn,  // the next change, from who holds it
    saved,
    fail_to_save,
    fail_to_tell,  // it was saved, and is told as if it was not
    save_again,
    crash,       // it starts again from its disk; a write under way was not carried out
    late_crash,  // it was, but nobody was told
    take_up,     // the later roster: it leads on by it, or is made anew
    want,        // an operator's `change`
    give_up,     // what it proposed
    poll,        // node `what`
    hand_over,   // likewise
    resign,
};

struct WantedChange {
    RosterStep step{};
    std::uint8_t node = 0;
};

struct Cue {
    CueKind kind{};
    SteadyTime now;
    std::uint8_t other = 0;                // that is polled or handed over to
    WantedChange change;                   // wanted
    const RosterPacket* packet = nullptr;  // delivered
    const std::vector<std::uint8_t>* learnt = nullptr;
};

// What a player does wrong on purpose, for the checks to find: each takes one rule out.
struct RosterFaults {
    bool signatures_not_written = false;  // the disk says it is done, and has the chain alone
    bool asks_nobody_before = false;      // what they have signed
    bool does_not_ask_itself = false;     // though it asks a majority
    bool tells_no_signature = false;      // when it is asked
    bool signs_for_anybody = false;       // not for the master that it voted for alone
    bool does_not_wait = false;           // until promises of before have ended
    bool signs_while_behind = false;      // though it does not yet go by the roster that it knows
    bool proposes_while_behind = false;   // likewise
    bool proposal_outlives_reign = false;
    bool tells_what_is_not_written = false;
    bool votes_for_older = false;      // for who speaks of an older roster
    bool hears_older_masters = false;  // renews its promise to them
    bool stands_while_superseded = false;
    bool votes_forgotten = false;  // by who is made anew
};

struct RosterPlayerShape {
    RosterFaults faults{};
    bool disks_take_time = true;  // else what is to be saved is, at once
};

// All that a player is between two cues.
struct PlayerState {
    Context context;
    Peers peers;
    RosterOffice office;
    std::optional<Election> election;  // a candidate's
    ElectionMemory voted;              // on disk
    SavedRoster disk;
    struct Writing {
        std::uint64_t generation = 0;
        SavedRoster roster;
    };
    std::optional<Writing> writing;
    bool succeeding = false;
    std::optional<Election::Newcomer> newcomer;
    Testimony followed;  // by who is no candidate

    void add_to(FingerprintMaker& maker, SteadyTime now) const;
};

class RosterPlayer {
  public:
    RosterPlayer(std::uint8_t self, const RosterPlayerShape& shape, const SavedRoster& disk,
                 const ElectionMemory& voted, SteadyTime now);

    // What follows from the cue; sent() is what was said meanwhile.
    PlayerState handle(const PlayerState& state, const Cue& cue);
    const std::vector<RosterPacket>& sent() const { return sent_; }
    PlayerState beginning() const;
    RosterAccount account(const PlayerState& state);

    // The change that makes that serial, as it tells it; empty: it does not.
    std::vector<std::uint8_t> told(const PlayerState& state, RosterSerial serial);

  private:
    Moment now() const { return {RawTime{now_.ns}, SystemTime{now_.ns}, 0ns}; }
    bool leads() const { return election_ && election_->leads(now_); }

    void load(const PlayerState& state);
    void take(const Cue& cue);
    void deliver(const RosterPacket& packet);
    void deliver_proposal(const Peer& from, const RosterPacket& packet, const RosterPart& part);
    bool passes_by(const RosterPacket& packet);
    void hear_reply(const RosterPacket& packet, const RosterReply& reply);
    void hear_poll(const RosterPacket& packet, const RosterPoll& poll);
    void learn(const std::vector<std::uint8_t>& change);
    void saved(bool done, bool told);
    void crash(bool written);
    void take_up();
    void lead_on();
    void begin_anew();
    bool leads_on() const;
    void want(const WantedChange& change);
    void begin(const SavedRoster& roster, const ElectionMemory& memory,
               std::optional<Duration> bound = {});
    Standing standing(NodeId master, Term term) const;
    void find_peers();
    void tell_fitness();

    void hold_election(const ElectionEvent& event);
    void feed(const ElectionEvent& event);
    void carry_out(const ElectionAction& action);
    void carry_out_office();
    void send(std::uint8_t to, decltype(RosterPacket::content) content);

    std::uint8_t self_;
    RosterFaults faults_;
    bool disk_takes_time_ = true;
    SteadyTime now_;
    Context context_;
    Peers peers_;
    std::optional<RosterOffice> office_;
    std::optional<Election> election_;
    ElectionMemory voted_;
    SavedRoster disk_;
    std::optional<PlayerState::Writing> writing_;
    bool succeeding_ = false;
    std::optional<Election::Newcomer> newcomer_;
    Testimony followed_;
    std::vector<RosterPacket> sent_;
};

void add_to(FingerprintMaker& maker, const RosterPacket& packet);

Roster first_roster(std::uint8_t candidates);

}  // namespace berkeley::test
