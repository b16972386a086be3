// A member's own side of the polls that it answered, until the master tells the rest: so that it
// can see for itself how its raw clock stands against the master's.
#pragma once

#include <array>
#include <optional>

#include "daemon/core/measure/exchange.hpp"
#include "daemon/core/time/stamp.hpp"
#include "daemon/core/wire/messages.hpp"

namespace berkeley {

class Answers {
  public:
    void begin(Sequence sequence, const RawStamp& poll_received);

    // When the answer left; a kernel's stamp replaces the program's.
    void left(Sequence sequence, const RawStamp& sent);

    // The last answer that is known to have left, not counting the newest poll's.
    struct Sent {
        Sequence sequence = 0;  // 0: none
        RawStamp at;
    };
    Sent last_sent() const;

    // The master has told its stamps of that poll. The exchange is as the master sees it: `ours`
    // are the master's stamps, the peer's are our own.
    std::optional<Exchange> complete(Sequence sequence, RawTime poll_sent, RawTime reply_received);

    void forget() { *this = {}; }

  private:
    struct Answer {
        Sequence sequence = 0;
        RawStamp received;
        std::optional<RawStamp> sent;
    };
    std::array<Answer, 4> answers_{};
    Sequence newest_ = 0;
};

}  // namespace berkeley
