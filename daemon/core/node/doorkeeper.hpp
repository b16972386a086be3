// What is to be done with the question of a node that is no member. Keeps nothing of it, but that
// its certificate is good.
#pragma once

#include <optional>
#include <string_view>
#include <variant>

#include "daemon/core/node/acquaintances.hpp"
#include "daemon/core/node/context.hpp"
#include "daemon/core/node/cookies.hpp"
#include "daemon/core/node/event.hpp"
#include "daemon/core/node/verification_limits.hpp"
#include "daemon/core/trust/revocation.hpp"

namespace berkeley {

// What it shows of itself, with whatever it asks.
struct Stranger {
    std::string_view name;
    Session session = 0;
    Cookie cookie = 0;
    const std::optional<Certificate>& certificate;
    bool votes = false;  // or it wants to

    template <class Question>
    static Stranger who_asks(const Question& question) {
        return {question.name.view(), question.session, question.cookie, question.certificate};
    }
};

struct Drop {
    std::uint64_t DropCounters::* counter;
};

// Its sender has the key of the certificate that it shows; the certificate may be none.
struct Refuse {
    RefusalReason reason{};
    PairSeal seal;
};

// The certificate is good: the node may be what it grants.
struct LetIn {
    PairSeal seal;
};

class Doorkeeper {
  public:
    Doorkeeper() = default;
    explicit Doorkeeper(Nonces& nonces) : cookies_(nonces) {}

    using Verdict = std::variant<Drop, Retry, Refuse, LetIn>;

    // Whether the cookie proves that who shows it receives what is sent there.
    bool knows_cookie(Cookie cookie, Session session, const Endpoint& from,
                      const Moment& now) const {
        return cookies_.holds(cookie, from, session, now.steady());
    }
    // How that can be proved; nothing if too many are to be told.
    std::optional<Retry> retry_for(Session session, const Endpoint& from, const Moment& now);

    // By whom its word is judged; `revocations` is null if they cannot be read.
    struct Knowledge {
        Acquaintances& acquaintances;
        const Revocations* revocations = nullptr;
    };
    // `event` is what it asked by.
    Verdict judge(const Context& context, const Stranger& stranger, const DatagramReceived& event,
                  const Knowledge& knowledge);

  private:
    Verdict judge_newcomer(const Context& context, const Stranger& stranger,
                           const DatagramReceived& event, const Knowledge& knowledge);

    // Sending takes five times what it takes to drop. This is a tenth of a processor, and twice a
    // whole cluster of 10,000 that joins within a second.
    static constexpr BucketSize kRetries{20'000, 20'000};

    Cookies cookies_;
    TokenBucket retries_;
    VerificationLimits limits_;
};

}  // namespace berkeley
