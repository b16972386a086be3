// What the control interface may change in the daemon, for who is permitted to. Called as the
// StateSource is; who asked is told each time, for the log.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <tl/expected.hpp>

#include "daemon/core/node/event.hpp"
#include "daemon/core/node/log_level.hpp"
#include "daemon/core/time/instant.hpp"
#include "daemon/core/trust/public_key.hpp"
#include "daemon/core/wire/identity.hpp"

namespace berkeley {

// Its members may call what changes something, beside root and the daemon's own user.
inline constexpr std::string_view kOperatorsGroup = "berkeleyd";

// As the kernel knows the process at the other end.
struct Caller {
    std::int64_t uid = -1;
    std::int64_t pid = 0;
    bool may_change = false;
};

struct Reloaded {
    std::vector<std::string> taken_over;  // keys of the configuration
    std::vector<std::string> needs_restart;
};

inline constexpr Duration kShortestInvitation = 1s;
inline constexpr Duration kLongestInvitation = 7 * 24h;

struct InvitationTerms {
    bool votes = true;       // the clock of the node may count in the average
    Duration lasts = 1h;     // within the limits above
    bool candidate = false;  // it is to be one; then it votes
};

using NodeOrKey = std::variant<NodeName, PublicKey>;

struct Revoked {
    std::string name;  // as whom the key was enrolled
    PublicKey key;
};

struct PlannedMove {
    Move move;
    Duration in{0};        // from now
    Duration settling{0};  // how long the clocks take to follow, about; stepped: nothing
    std::vector<std::string> warnings;  // sentences
};

struct Forming {
    bool formed = false;  // already; else within seconds
    std::string here;     // whose clocks, and who is missing, in words
};

// Errors are sentences for the operator.
class Operations {
  public:
    virtual ~Operations() = default;

    // Measures now. Gives the number of nodes asked.
    virtual tl::expected<std::size_t, std::string> poll(const Caller& caller) = 0;

    // Puts the clock on cluster time at once. Gives by how much it was stepped.
    virtual tl::expected<Duration, std::string> step(const Caller& caller) = 0;

    // Has another candidate lead: that one, or whoever suits best if the name is empty. Only on the
    // master. Gives who is to lead.
    virtual tl::expected<std::string, std::string> hand_over(const Caller& caller,
                                                             const std::string& to) = 0;

    // Moves cluster time, on all nodes at one instant. Only on the master, and not while another
    // move is to come. Durable when this returns, unless it is only asked what it would come to.
    virtual tl::expected<PlannedMove, std::string> set_time(const Caller& caller,
                                                            const MoveWish& wish, bool dry_run) = 0;
    // Calls it off, as long as that is possible.
    virtual tl::expected<void, std::string> recall_move(const Caller& caller) = 0;

    // Has cluster time formed by those that are here, where they are less than a majority. Only on
    // the master, and only while there is no cluster time.
    virtual tl::expected<Forming, std::string> form(const Caller& caller) = 0;

    // Reads the configuration again. All that is wrong with it is told; then nothing is changed.
    virtual tl::expected<Reloaded, std::vector<std::string>> reload(const Caller& caller) = 0;

    virtual void set_log_level(const Caller& caller, Priority level) = 0;

    // Lets one node in, whoever shows the token first. Gives the token, and tells nobody else of
    // it: no log. Only a candidate can; void after a reboot.
    virtual tl::expected<std::string, std::string> invite(const Caller& caller,
                                                          const InvitationTerms& terms) = 0;

    // Ends the membership of who has that key, at once, for good, and durably when this returns.
    // By name: of whom this candidate knows by it, having enrolled or seen it. Only a candidate
    // can; no candidate can be revoked.
    virtual tl::expected<Revoked, std::string> revoke(const Caller& caller,
                                                      const NodeOrKey& who) = 0;

    // Has the candidates sign that this member is one of them, reached there (an empty host: as it
    // is known). Only on the master. Gives the serial of the roster that comes of it, when a
    // majority has signed: StateSource::candidates() tells.
    virtual tl::expected<RosterSerial, std::string> promote(const Caller& caller,
                                                            const NodeName& node,
                                                            const std::string& host,
                                                            std::uint16_t port) = 0;
    // Likewise, that it is one no more. Who came in by its certificates stays a member, unless it
    // is distrusted; `force`: also where members are lost by that.
    virtual tl::expected<RosterSerial, std::string> retire(const Caller& caller,
                                                           const NodeName& node, bool distrust,
                                                           bool force) = 0;

    // Somebody called `method` who may not.
    virtual void refused(const Caller& caller, std::string_view method) = 0;
};

}  // namespace berkeley
