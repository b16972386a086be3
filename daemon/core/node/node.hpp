// One berkeleyd, as a pure state machine: events in, actions out. The daemon feeds it from the
// kernel, the simulator by the thousand from a seed; it cannot tell which.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "daemon/core/node/action.hpp"
#include "daemon/core/node/event.hpp"
#include "daemon/core/node/roster_account.hpp"
#include "daemon/core/node/settings.hpp"
#include "daemon/core/node/status.hpp"

namespace berkeley {

class Node {
  public:
    explicit Node(NodeSettings settings);
    ~Node();
    Node(Node&&) noexcept;
    Node& operator=(Node&&) noexcept;

    // The first event is Started. The actions stay valid until the next call.
    const Actions& handle(const Event& event);

    // A sentence; empty if StepRequested would step the clock.
    std::string why_no_step(const Moment& now) const;

    // What MoveRequested would do; a sentence if nothing.
    tl::expected<Move, std::string> planned_move(const MoveWish& wish, const Moment& now) const;
    // Sentences; empty if MoveRecalled and FormingRequested would do what they ask for.
    std::string why_no_recall(const Moment& now) const;
    std::string why_no_forming(const Moment& now) const;
    std::string who_is_here() const;  // in words; on the master

    // Where its clock stands, without words: cheap enough to ask after every event.
    ClockStanding clock_standing(const Moment& now) const;

    NodeStatus status(const Moment& now) const;
    std::vector<MemberStatus> members(const Moment& now) const;
    Tracking tracking(const Moment& now) const;
    SavedState saved_state(const Moment& now) const;

    // Sentences; empty if InvitationWanted or RevocationWanted would do what they ask for.
    std::string why_no_invitation(const Moment& now) const;
    std::string why_no_candidate_invitation(const Moment& now) const;
    std::string why_no_revocation(const PublicKey& key) const;

    // A sentence; empty if HandoverRequested would make another candidate master.
    std::string why_no_handover(std::string_view to, const Moment& now) const;

    // Who would lead then, if `to` is empty.
    std::string successor(std::string_view to, const Moment& now) const;

    // What a candidate knows of who belongs to the cluster; nullptr on any other node.
    const Registry* registry() const;
    // Of whom it knows by that name, or by that key: enrolled by it, or a member now.
    std::optional<PublicKey> key_of(std::string_view name) const;
    std::optional<NodeName> name_of(const PublicKey& key) const;

    // A sentence; empty if RosterWanted would propose what it asks for.
    std::string why_no_roster(const RosterWish& wish, const Moment& now) const;
    RosterAccount roster() const;
    // Sentences: who is to be promoted by itself, and what that waits for.
    std::vector<std::string> awaited_candidates(const Moment& now) const;
    SavedRoster saved_roster() const;
    // Once there is a later roster than that of the settings: what this node is to do before it is
    // made anew.
    RosterSucceeds roster_succeeds(const Moment& now) const;
    // What who is made anew from this one has from it.
    std::optional<GoingOn> going_on() const;
    std::optional<Duration> bound(const Moment& now) const;
    // Of the members, on the master: those that came in by a certificate of that candidate's.
    std::vector<std::string> certified_by(std::string_view candidate) const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace berkeley
