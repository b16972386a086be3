// A node's part in who the candidates are: it keeps the roster and how that came about, learns the
// next changes from whoever holds them, and tells them. A candidate signs what its master proposes;
// the master proposes what its operator wants.
//
// Why no two masters lead at once, nor in one term, though rosters change (Ongaro, Consensus:
// Bridging Theory and Practice, 4.1: one server at a time):
//  - A master needs a majority of the roster by which it is elected. Of two rosters that follow on
//    each other, two majorities have a candidate in common, which votes once in a term and keeps
//    its promise; so it is with one roster.
//  - Of two changes of one roster at most one is ever signed by a majority (Lamport, Paxos Made
//    Simple, with terms for the numbers of proposals). Whoever leads proposes one change of a
//    roster in its term, having asked a majority what they have signed before: the one of them that
//    was proposed in the latest term, if any was. A candidate signs for the master that it voted
//    for, so for no earlier one ever after; and its signature is on disk before it says so. So what
//    comes to nothing, because who made it is gone, holds up nothing.
//  - Roster r+2 comes from the signatures of a majority of r+1, each of a candidate that
//      holds r+1: it votes for nobody who speaks of an older roster,
//      follows, so has voted for, the master that proposes: it renews no promise of earlier terms,
//      and has held r+1 for longer than the longest promise that it may have given before. (Its
//      vote says that already: it was given when no other promise bound it. So the search in
//      tests/election does without this, and misses it only together with the vote.)
//    Every majority of r has one of these in it. So when r+2 comes to be, nobody leads by r any
//    more, and nobody can be elected by it ever again.
//
// The only candidate that there is leads without an election. By the roster that has a second one
// it leads on in its term, which nobody else leads in, once its vote for itself in that is on disk
// and the second one, which begins with a vote for it, stands by it. What it led by before ends
// there: nobody is elected by the later roster without its vote, and it has no other to give.
//
// One candidate's key is not enough to get more of them: a promotion is signed only if another
// candidate than the proposer certified the new one, or if the only candidate that there was had
// foreseen it; and nobody signs its own removal, but at its own operator's word. The proposer signs
// last: a proposal that comes to nothing binds it not.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/election/electorate.hpp"
#include "daemon/core/node/context.hpp"
#include "daemon/core/node/event.hpp"
#include "daemon/core/node/peers.hpp"
#include "daemon/core/node/roster_account.hpp"
#include "daemon/core/wire/messages.hpp"

namespace berkeley {

namespace test {
struct RosterOfficeSight;
}

class RosterOffice {
  public:
    // Where an authentic datagram came from, and how it is answered.
    struct Source {
        NodeId id;
        Endpoint address;
        SealingKey key;
    };

    RosterOffice(Context& context, const Peers& peers) : context_(context), peers_(peers) {}

    // `promise`: what the last vote of this node bound it for.
    void start(SavedRoster saved, Duration promise, const Moment& now);
    void timer(const Moment& now);
    RawTime next_timer() const;
    // The settings are those of the latest roster now.
    void taken_up(Duration promise, const Moment& now);

    const Roster& roster() const { return rosters_.back(); }  // the latest that is known
    Electorate electorate() const;                            // by it
    bool was_alone() const;                                   // this node, by the one before
    // That it is on disk, and not yet gone by: this node is to be made anew.
    bool superseded() const { return context_.roster > context_.settings.roster; }
    SavedRoster saved_roster() const { return {chain_, signed_, signed_in_}; }
    void saved(const RosterSaved& event);

    // In roster_office.cpp: to learn and to tell.
    // True if that node is to be asked for what it holds.
    bool heard(NodeId from, RosterSerial serial, const Moment& now);
    void learn_from(const Source& from, RosterSerial told, const Moment& now);
    bool receive(NodeId from, const Retry& retry);  // false: not to a question of ours
    void receive_change(NodeId from, const RosterPart& part, const Moment& now);
    RosterPart answer(const RosterAsk& ask) const;
    // Who was a candidate by an earlier roster, and may not know better.
    struct Past {
        NodeId id;
        PairSeal seal;
    };
    const Past* past(NodeId id) const;

    // In roster_proposals.cpp: a candidate's.
    struct Judges {
        bool followed = false;  // the proposer, in that term
        Term term = 0;
        const Revocations* revoked = nullptr;  // null: cannot be read
    };
    void receive_proposal(const Peer& from, const RosterPart& part, const Endpoint& at,
                          const Judges& judges, const Moment& now);

    // Likewise, the master's.
    struct Promoted {
        TokenCandidate node;
        std::optional<Certificate> certificate;
        std::optional<Foreseen> foreseen{};
    };
    std::string why_not(RosterStep step, const Promoted& who) const;
    void propose(RosterStep step, const Promoted& who, const Moment& now);
    void receive(const Peer& from, const RosterSay& say, const Moment& now);
    void stop_proposing(std::string why);
    bool proposes() const { return proposal_.has_value(); }
    // It has held its roster for long enough to sign the next change.
    bool settled(const Moment& now) const { return now.steady() >= settled_at_; }

    // All other candidates of the latest roster that were heard of late hold it, too.
    bool others_hold_it(const Moment& now) const;
    bool holds_it(NodeId id) const;

    RosterAccount account() const;
    // Once, or now.
    bool was_candidate(const PublicKey& key) const;
    // By the roster, or by what became of it.
    std::optional<TokenCandidate> candidate(std::string_view name) const;

  private:
    friend struct test::RosterOfficeSight;  // the exhaustive search compares what is in here

    struct Asking {
        Source from;
        Session session = 0;
        Cookie cookie = 0;
        RosterSerial serial = 0;  // that the change makes
        RosterSerial told = 0;    // that its holder has
        std::uint8_t part = 0;
        std::vector<std::uint8_t> bytes;
        RawTime at;
    };
    // Parts of one proposal.
    struct Draft {
        NodeId from;
        Session session = 0;
        RosterPartOf of{};
        std::uint8_t parts = 0;
        std::array<std::optional<std::vector<std::uint8_t>>, kMostRosterParts> bytes;
    };
    // A signature that waits until it is on disk.
    struct Pending {
        NodeId to;
        Endpoint at;
        Session session = 0;
    };
    struct Proposal {
        Session session = 0;
        RosterChange change;
        std::vector<std::uint8_t> bytes;
        bool canvassed = false;  // a majority told what it signed before
        std::array<std::optional<Signature>, kMostCandidates> signatures{};  // by rank
        std::array<std::optional<RosterSay>, kMostCandidates> said{};
        RawTime since;
        RawTime push_at;
    };
    struct Heard {
        NodeId id;
        std::optional<RosterSerial> serial;  // none: not heard yet
        RawTime at;
    };

    void look_at_candidates();
    void ask(const Moment& now);
    void send_ask();
    void give_up(Duration pause, const Moment& now);
    void learn(const SignedChange& change, const Moment& now);
    void want_saved(const Moment& now);

    std::optional<RosterAnswer> objection(const RosterChange& change, const Judges& judges) const;
    RosterAnswer opinion(const RosterChange& change, const Judges& judges) const;
    RosterAnswer judge(const RosterChange& change, const std::optional<Certificate>& certificate,
                       const Peer& from, const Judges& judges, const Moment& now) const;
    void say(const Peer& to, const Endpoint& at, Session session, RosterAnswer answer);
    void push(const Moment& now);
    void push_to(const Peer& peer);
    void look_at_canvass();
    void make_if_signed(const Moment& now);
    // This node does not go by the latest that it knows, which may not be on disk yet.
    bool behind() const { return roster().serial > context_.settings.roster; }

    Context& context_;
    const Peers& peers_;
    RosterChain chain_;
    std::vector<Roster> rosters_;  // of the chain, the latest last
    std::optional<RosterChange> signed_;
    Term signed_in_ = 0;
    struct Asked {
        RosterChange change;
        Term term = 0;
    };
    std::optional<Asked> asked_for_;  // signatures, while this node led
    std::vector<Past> past_;
    std::vector<Heard> heard_;  // the candidates, by rank
    SteadyTime settled_at_;

    std::optional<Asking> asking_;
    struct Failed {
        NodeId who;
        RawTime until;
    };
    std::optional<Failed> failed_;

    std::uint64_t generation_ = 0;
    std::uint64_t saved_ = 0;
    std::optional<RawTime> save_again_at_;

    std::optional<Draft> draft_;
    std::optional<Pending> pending_;
    std::optional<Proposal> proposal_;
    std::string outcome_;  // of the last proposal, where it came to nothing
};

}  // namespace berkeley
