// Another machine that has a member's key: a copy of it most likely, or a thief's.
//
// Its Join is as good as the member's own from a new address. But who has joined anew answers no
// poll of an earlier session any more. So if one is answered where the member was, that was sent
// after the newcomer had proved itself, there are two. Nobody without the key can feign either.
#pragma once

#include <optional>

#include "daemon/core/node/knocks.hpp"

namespace berkeley {

class Twin {
  public:
    // A Join from elsewhere was proved fresh. Polls from `next` on ask whether the member is still
    // where it was.
    void contend(const Knock& newcomer, Sequence next, RawTime now);
    bool contends() const { return newcomer_.session != 0; }
    bool contends(Session session) const { return contends() && newcomer_.session == session; }

    // Nobody answered there in time: the newcomer is the member.
    std::optional<Knock> unopposed(Duration round_trip, RawTime now);
    // Somebody answered: the newcomer is another machine.
    std::optional<Knock> exposed_by(Sequence answered, RawTime now);

    // That machine asked again, and showed a cookie.
    void came_again(const Endpoint& from, RawTime now);
    bool known(RawTime now) const;
    const Endpoint& address() const { return newcomer_.address; }  // if known
    // True once, and after a while again.
    bool is_to_be_told(RawTime now);

    // There is one machine again, as far as is known.
    void forget();

  private:
    Knock newcomer_;  // `sequence`: from which on polls tell; `at`: since when it contends
    std::optional<RawTime> seen_at_;
    std::optional<RawTime> told_at_;
};

}  // namespace berkeley
