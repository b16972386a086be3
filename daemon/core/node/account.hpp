// A node's account of itself, put together from its parts when somebody asks.
#pragma once

#include <vector>

#include "daemon/core/node/following.hpp"
#include "daemon/core/node/leading.hpp"
#include "daemon/core/node/steering.hpp"

namespace berkeley {

class Account {
  public:
    // Exactly one of `leading` and `following` is not null; all outlive the account.
    // `candidacy` is null but on one of several candidates.
    Account(const Context& context, const Steering& steering, const Leading* leading,
            const Following* following, const Candidacy* candidacy)
        : context_(context),
          steering_(steering),
          leading_(leading),
          following_(following),
          candidacy_(candidacy) {}

    NodeStatus status(const Moment& now) const;
    std::vector<MemberStatus> members(const Moment& now) const;
    Tracking tracking(const Moment& now) const;

  private:
    NodeState state() const;
    void add_references(NodeStatus& status) const;
    void add_master(NodeStatus& status, const Moment& now) const;
    void add_move(NodeStatus& status, const Moment& now) const;
    MemberStatus about_self(const Moment& now) const;
    MemberStatus about_master(const Moment& now) const;
    MemberStatus about(const Member& member, const Moment& now) const;

    const Context& context_;
    const Steering& steering_;
    const Leading* leading_;
    const Following* following_;
    const Candidacy* candidacy_;
};

}  // namespace berkeley
