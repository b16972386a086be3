// What a Node is made of, and what is done with each event. A node is the master, and then Leading
// says all that it says; or it follows.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/core/election/accusers.hpp"
#include "daemon/core/node/account.hpp"
#include "daemon/core/node/candidacy.hpp"
#include "daemon/core/node/following.hpp"
#include "daemon/core/node/gate.hpp"
#include "daemon/core/node/leading.hpp"
#include "daemon/core/node/node.hpp"
#include "daemon/core/node/peers.hpp"
#include "daemon/core/node/revocation_exchange.hpp"
#include "daemon/core/node/roster_office.hpp"
#include "daemon/core/node/steering.hpp"

namespace berkeley {

class Node::Impl {
  public:
    explicit Impl(NodeSettings settings);

    const Actions& handle(const Event& event);

    std::string why_no_step(const Moment& now) const;
    tl::expected<Move, std::string> planned_move(const MoveWish& wish, const Moment& now) const;
    std::string why_no_recall(const Moment& now) const;
    std::string why_no_forming(const Moment& now) const;
    std::string who_is_here() const { return leading_ ? leading_->waiting_for() : ""; }
    ClockStanding clock_standing(const Moment& now) const;
    Account account() const;
    NodeStatus status(const Moment& now) const;
    SavedState saved_state(const Moment& now) const;
    std::string why_no_invitation(const Moment& now) const;
    std::string why_no_revocation(const PublicKey& key) const;
    std::string why_no_handover(std::string_view to, const Moment& now) const;
    std::string successor(std::string_view to, const Moment& now) const;
    const Registry* registry() const { return gate_ ? &gate_->enrolment().registry() : nullptr; }
    std::optional<PublicKey> key_of(std::string_view name) const;
    std::optional<NodeName> name_of(const PublicKey& key) const;

    // In node_roster.cpp.
    std::string why_no_roster(const RosterWish& wish, const Moment& now) const;
    RosterAccount roster() const { return roster_office_.account(); }
    SavedRoster saved_roster() const { return roster_office_.saved_roster(); }
    RosterSucceeds roster_succeeds(const Moment& now) const;
    std::vector<std::string> certified_by(std::string_view candidate) const;

    // In node_aspirants.cpp.
    std::string why_no_candidate_invitation(const Moment& now) const;
    struct Awaited {
        std::string what;    // a sentence: who is to be a candidate, and what that waits for
        std::string advice;  // empty if there is nothing to do
    };
    std::vector<Awaited> awaited(const Moment& now) const;
    std::vector<std::string> awaited_candidates(const Moment& now) const;

  private:
    std::string ask_a_candidate() const;
    void take(const Started& event);
    void take(const TimerFired& event);
    void take(const DatagramReceived& event);
    void take(const DatagramSent& event);
    void take(const CandidateResolved& event);
    void take(const ClockWasSet& event);
    void take(const AdjustingFailed& event);
    void take(const AdjustingOutdated& event);
    void take(const RawClockBroken& event);
    void take(const SettingsChanged& event);
    void take(const PollRequested& event);
    void take(const StepRequested& event);
    void take(const InvitationWanted& event);
    void take(const RevocationWanted& event);
    void take(const TrustSaved& event);
    void take(const StateSaved& event);
    void take(const HandoverRequested& event);
    void take(const MoveRequested& event);
    void take(const MoveRecalled& event);
    void take(const FormingRequested& event);
    void take(const RosterSaved& event);
    void take(const RosterWanted& event);
    void take(const RosterTakenUp& event);
    void take(const StopRequested& event);

    bool is_candidate() const { return gate_.has_value(); }
    void hold_election(const ElectionEvent& event, const Moment& now);
    void look_at_lease(const Moment& now);
    void look_at_leap(const Moment& now);
    void tell_fitness(const Moment& now);
    void withdraw_trust(const Moment& now);
    Fitness fitness(const Moment& now) const;
    void begin_leading(const Moment& now, Leading::Heritage heritage);
    void begin_leading(Term term, const Moment& now);
    void stop_leading(LeadingEnded why, const Moment& now);

    // In node_moves.cpp.
    void move_if_due(const Moment& now);
    bool leads(const Moment& now) const;
    std::string say_it_to_master(std::string_view verb) const;

    // In node_datagrams.cpp.
    void hear_peer(const Peer& peer, const Header& header, const DatagramReceived& event);
    void hear_master(const Envelope& envelope, const DatagramReceived& event);
    void hear_member(const Header& header, const DatagramReceived& event);
    bool is_for_gate(const Member& member, const Message& message) const;
    std::optional<Envelope> opened(const DatagramReceived& event);
    void deliver_to_master(const Envelope& envelope, const DatagramReceived& event);
    void deliver_reply(const Header& header, const Reply& reply, const DatagramReceived& event);

    // In node_roster.cpp.
    bool hear_of_roster(const Peer& peer, const Envelope& envelope, const DatagramReceived& event);
    bool hear_of_roster(const Member& member, const Envelope& envelope,
                        const DatagramReceived& event);
    void hear_newcomer(const Header& header, const Standing& standing, SteadyTime asked_at);
    bool hear_past_candidate(const Header& header, const DatagramReceived& event);
    bool passes_by(const Peer& peer, const Envelope& envelope, const DatagramReceived& event);
    tl::expected<RosterOffice::Promoted, std::string> meant_by(const RosterWish& wish,
                                                               const Moment& now) const;
    const Member* member_that_answers(const NodeName& name, const Moment& now) const;
    tl::expected<RosterOffice::Promoted, std::string> to_promote(const RosterWish& wish,
                                                                 const Moment& now) const;

    // In node_aspirants.cpp.
    void look_after_aspirants(const Moment& now);
    void let_go_of_aspirants(const Moment& now);
    std::optional<RosterOffice::Promoted> next_aspirant(const Moment& now) const;
    std::vector<RosterOffice::Promoted> ready_aspirants(const Moment& now) const;
    tl::expected<RosterOffice::Promoted, std::string> promotable(const NodeName& name,
                                                                 const PublicKey& key,
                                                                 const Moment& now) const;
    std::optional<Foreseen> foreseen_beside(const NodeName& promoted) const;
    void tell_of_waiting_aspirant(const Moment& now);
    std::string why_foreseen_waits(const Foreseen& next, const Moment& now) const;

    void save_now_and_then(const Moment& now);
    RawTime next_wake(const Moment& now);
    void wake(const Moment& now);

    Context context_;
    Steering steering_;
    Peers peers_;
    RosterOffice roster_office_;
    struct Aspiration {
        RawTime look_at;
        RawTime propose_at;
        Duration pause = 2min;         // until what came to nothing is proposed again
        std::optional<NodeName> told;  // who waits for another
    };
    Aspiration aspiration_;
    std::optional<Election::Newcomer> newcomer_;             // of a later roster, that stands by us
    std::optional<Candidacy> candidacy_;                     // on one of several candidates
    std::optional<Witnesses> witnesses_;                     // of three candidates or more
    std::optional<Gate> gate_;                               // on a candidate
    std::optional<RevocationExchange> revocation_exchange_;  // on one of several candidates
    std::optional<Following> following_;     // where there is anybody to follow; idle while we lead
    TokenBucket outgrowths_;                 // of what members know
    std::optional<Leading> leading_;         // on the master
    Accusers accusers_;                      // of this reign
    std::vector<std::string> voters_known_;  // of the last time that we led
    RawTime save_due_;
    RawTime wakes_at_;
    std::optional<RawTime> polled_on_request_at_;
};

template <class... Handlers>
struct Overloaded : Handlers... {
    using Handlers::operator()...;
};

}  // namespace berkeley
