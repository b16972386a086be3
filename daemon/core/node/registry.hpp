// What a candidate knows of who belongs to the cluster, and keeps over a restart: whom it invited,
// whom it enrolled, and whose key was revoked.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/time/instant.hpp"
#include "daemon/core/trust/certificate.hpp"
#include "daemon/core/trust/invitation.hpp"
#include "daemon/core/trust/revocation.hpp"
#include "daemon/core/wire/admission.hpp"
#include "daemon/core/wire/messages.hpp"

namespace berkeley {

struct Enrolled {
    NodeName name;
    Certificate certificate;

    bool operator==(const Enrolled&) const = default;
};

struct Invitation {
    InvitationId id;
    bool votes = false;
    SteadyTime expires;  // of this boot: after another one there is no invitation any more
    std::optional<Enrolled> used_by;
    bool candidate = false;  // who comes by it is to be one

    bool operator==(const Invitation&) const = default;
};

struct SavedTrust {
    std::vector<Invitation> invitations;                       // the oldest first
    std::map<std::string, Certificate, std::less<>> enrolled;  // by name
    Revocations revocations;
    std::vector<NodeName> aspirants{};  // of those enrolled, who is to be a candidate; in order
};

class Registry {
  public:
    static constexpr std::size_t kMostOpen = 64;  // neither used nor expired
    // Used and expired ones are remembered for a while, to tell those who come with them.
    static constexpr std::size_t kMostInvitations = 256;

    explicit Registry(std::size_t most_enrolled) : most_enrolled_(most_enrolled) {}

    // Nothing: it is there and cannot be read.
    void load(std::optional<SavedTrust> saved);
    bool readable() const { return readable_; }
    const SavedTrust& content() const { return content_; }

    bool has_room_to_invite(SteadyTime now) const;
    void invite(const Invitation& invitation, SteadyTime now);  // if there is room
    const Invitation* find(InvitationId id) const;

    // admitted: by this invitation, with its certificate if that was made already.
    EnrolOutcome judge(const Enrol& enrol, SteadyTime now) const;
    struct Undo {
        std::optional<Certificate> before;  // that the node had, if it comes again
        bool aspires = false;               // from now on, and did not before
    };
    // What judge() admits.
    Undo enrol(InvitationId by, const Enrolled& node);
    // As if it had never been: its node never got its certificate. The latest first, if of one
    // node there are several. Not of a key that is revoked by now: whoever has that key has the
    // invitation too.
    void take_back(InvitationId by, const Undo& undo);

    void no_aspirant(const NodeName& name);

    const std::string* name_of(const PublicKey& key) const;
    const Certificate* certificate_of(std::string_view name) const;

    // Its name becomes free.
    Revocations::Added revoke(const Revocation& revocation);

  private:
    EnrolOutcome judge_newcomer(const Enrol& enrol) const;
    void keep_enrolled_aspirants();

    SavedTrust content_;
    std::size_t most_enrolled_;
    bool readable_ = true;
};

}  // namespace berkeley
