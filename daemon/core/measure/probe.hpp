// Polls under way to one peer, until their four stamps are complete. The peer's sending stamp is
// known to it only after its reply has left, so it comes with the next reply.
#pragma once

#include <array>
#include <optional>

#include "daemon/core/measure/exchange.hpp"
#include "daemon/core/time/stamp.hpp"
#include "daemon/core/wire/messages.hpp"

namespace berkeley {

class Probe {
  public:
    // A poll goes out. Its number grows from poll to poll.
    void begin(Sequence sequence);

    // When it left; a later, better stamp replaces an earlier one.
    void sent(Sequence sequence, const RawStamp& at);

    // Its reply came. False for an answer to no question of ours, or to one answered before.
    bool answered(Sequence sequence, RawTime peer_received, const RawStamp& received);

    // What is known as soon as a reply is here: the way there, and that the way back began no
    // earlier than the peer read its clock to write the reply. `complete` tells the same better.
    std::optional<Exchange> early(Sequence sequence, RawTime peer_read, Duration peer_error);

    // The peer has told when its reply to `sequence` left. At most once for each.
    std::optional<Exchange> complete(Sequence sequence, RawTime peer_sent, Duration peer_error);

    // Of the last exchange completed: sequence 0 before the first.
    struct Completed {
        Sequence sequence = 0;
        RawTime sent;
        RawTime received;
    };
    const Completed& last_completed() const { return last_completed_; }

  private:
    struct UnderWay {
        Sequence sequence = 0;
        bool has_left = false;
        bool answered = false;
        RawStamp sent;
        RawTime peer_received;
        RawStamp received;
    };

    UnderWay* find(Sequence sequence);
    static Exchange exchange_of(const UnderWay& poll, RawTime peer_sent, Duration peer_error);

    std::array<UnderWay, 4> under_way_{};
    Completed last_completed_;
};

}  // namespace berkeley
