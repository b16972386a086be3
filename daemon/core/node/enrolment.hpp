// A candidate's side of letting new nodes into the cluster, and of putting them out: invitations,
// certificates for those who come by them, and revocations.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/core/node/context.hpp"
#include "daemon/core/node/event.hpp"
#include "daemon/core/node/leading.hpp"
#include "daemon/core/node/registry.hpp"

namespace berkeley {

class Enrolment {
  public:
    explicit Enrolment(Context& context)
        : context_(context), registry_(context.settings.max_members) {}

    // Null while this candidate is not the master.
    void lead_in(Leading* leading) { leading_ = leading; }

    void start(const std::optional<SavedTrust>& saved);

    void receive(const Header& header, const Enrol& enrol, const DatagramReceived& event);
    void invite(const InvitationWanted& event);
    void revoke(const RevocationWanted& event);
    // What another candidate tells.
    enum class Told : std::uint8_t { news, known, no_good };
    Told accept(const Revocation& revocation, const Moment& now);
    void no_aspirant(const NodeName& name, const Moment& now);
    void saved(const TrustSaved& event);
    void timer(const Moment& now);

    // Sentences for the operator; empty if nothing stands in the way.
    std::string why_no_invitation(const Moment& now) const;
    std::string why_no_revocation(const PublicKey& key) const;

    const Registry& registry() const { return registry_; }
    std::uint64_t generation() const { return generation_; }
    bool all_saved() const { return saved_ == generation_; }

  private:
    // An answer that waits until what it tells is on disk.
    struct Pending {
        InvitationId invitation;
        Endpoint to;
        NodeId receiver;
        Admission answer;
        SealingKey seal;
        // Of the first answer to an invitation; the others changed nothing.
        std::optional<Registry::Undo> undo;
    };

    EnrolOutcome judge(const Enrol& enrol, bool again, const Moment& now) const;
    bool is_unproved_reference(const Enrol& enrol) const;
    Registry::Undo enrol_newcomer(const Enrol& enrol, const Endpoint& from, const Moment& now);
    Revocations::Added revoke(const Revocation& revocation, const Moment& now);
    bool is_candidates(const PublicKey& key) const;
    void changed(const Moment& now);
    void want_saved(const Moment& now);
    void keep(Pending answer);
    void take_back(Pending& answer);
    void answer_all();

    Context& context_;
    Leading* leading_ = nullptr;
    Registry registry_;
    std::vector<Pending> pending_;
    std::uint64_t generation_ = 0;  // of the registry's content
    std::uint64_t asked_for_ = 0;   // the latest generation that is being saved
    std::uint64_t saved_ = 0;
    SteadyTime save_again_at_;
};

}  // namespace berkeley
