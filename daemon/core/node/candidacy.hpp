// A candidate's part in the election: core/election, wired to the other candidates and to the disk.
// Only where there are several candidates: one alone leads whatever happens.
#pragma once

#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "daemon/core/election/election.hpp"
#include "daemon/core/node/context.hpp"
#include "daemon/core/node/opinions.hpp"
#include "daemon/core/node/peers.hpp"

namespace berkeley {

using RoleChange = std::variant<BeginLeading, StopLeading>;

class Candidacy {
  public:
    Candidacy(Context& context, const Peers& peers);
    Candidacy(Context& context, const Peers& peers, Election election)
        : context_(context), peers_(peers), election_(std::move(election)) {}

    // All that it wants is done at once, but for what it is: that is to be asked for next.
    void handle(const ElectionEvent& event);
    std::vector<RoleChange> take_changes() { return std::exchange(changes_, {}); }

    void hear(NodeId from, const ElectionMessage& message, const Moment& now) {
        handle(ElectionHeard{now.steady(), from, message});
    }

    // Other candidates, while this one leads.
    bool leads_by(const Electorate& next, const std::optional<Election::Newcomer>& newcomer,
                  const Moment& now) const {
        return election_.leads_by(next, newcomer, now.steady());
    }
    void take_up(const Electorate& next, const std::optional<Election::Newcomer>& newcomer) {
        election_.take_up(next, newcomer);
    }

    bool leads(const Moment& now) const { return election_.leads(now.steady()); }
    std::optional<Testimony> testimony() const { return election_.testimony(); }
    std::optional<Duration> bound(const Moment& now) const { return election_.bound(now.steady()); }
    Standing standing(NodeId master, Term term) const {
        return {election_.term(), election_.promises(master, term), election_.state().fitness,
                election_.distrusts(master)};
    }
    NodeId successor(NodeId wanted, const Moment& now) const {
        return election_.successor(wanted, now.steady());
    }
    bool distrusts(NodeId master) const { return election_.distrusts(master); }
    Opinions& opinions() { return opinions_; }  // of its members on this node
    bool votes_are_lost() const { return election_.state().writing_failed; }
    const ElectionMemory& memory() const { return election_.state().memory; }
    SteadyTime next_timer() const { return election_.next_timer(); }

  private:
    void carry_out(const WriteMemory& action);
    void carry_out(const SendToCandidate& action);
    void carry_out(const BeginLeading& action) { changes_.emplace_back(action); }
    void carry_out(const StopLeading& action) { changes_.emplace_back(action); }

    Context& context_;
    const Peers& peers_;
    Election election_;
    Opinions opinions_;
    std::vector<RoleChange> changes_;
};

Electorate electorate_of(const NodeSettings& settings);

}  // namespace berkeley
