// What the master keeps of one member. A record is about a kilobyte; nothing in it grows.
#pragma once

#include <array>
#include <optional>

#include "daemon/core/agree/ensemble.hpp"
#include "daemon/core/measure/link.hpp"
#include "daemon/core/node/context.hpp"
#include "daemon/core/node/knocks.hpp"
#include "daemon/core/node/references.hpp"
#include "daemon/core/node/status.hpp"
#include "daemon/core/node/twin.hpp"
#include "daemon/core/wire/endpoint.hpp"
#include "daemon/core/wire/messages.hpp"
#include "daemon/core/wire/seal.hpp"

namespace berkeley {

// Of oscillators that nobody has measured: one that is known worse differs from ours by nothing.
inline constexpr double kRateGuessed = 20 * kPpm;

// How long a clock has to behave before it counts again.
inline constexpr Duration kProbation = 60s;

struct Member {
    NodeName name;
    NodeId id;
    std::size_t slot = 0;  // in its table
    Endpoint address;
    Vote vote;
    PublicKey key;
    PairSeal seal;
    Grant grant;
    std::optional<Certificate> certificate;  // by which it came in last; a candidate has none

    Session session = 0;           // proved by a Reply; 0: not yet
    std::uint64_t oscillator = 0;  // that `link` measures, as the member names it
    Sequence next_sequence = 1;
    Link link;
    RawTime link_since;
    RawTime poll_due;
    Duration poll_interval{0};
    RawTime known_since;
    std::optional<RawTime> heard_at;

    Knocks knocks;
    Twin twin;

    struct Told {
        Header header;
        RawTime raw;  // of its clock, as all in here
        SystemTime system;
        double system_rate = 0;
        bool votes = true;
        bool steers = true;
        SystemTime floor;  // earlier than this it was not
        std::optional<Claim> claim;
        std::optional<HeldMove> move;
        std::optional<Outside> outside;

        bool long_past() const { return system < floor; }
    };
    std::optional<Told> told;  // its last Reply

    // Whether its clock counts, and why not; by Jury.
    MemberState state = MemberState::joining;
    EnsembleClock clock;
    Verdict verdict{.charge = Charge::being_measured};
    Verdict charge;                     // what it was last excluded for
    std::optional<double> steady_rate;  // against our raw clock, over the last minutes
    RawTime counts_from;                // after a lapse, a clock has to prove itself first
    bool suspect = false;               // its oscillator seemed to jump, and was not judged yet
    std::optional<RawTime> jumped_at;   // as it seemed
    Duration jumped_by{0};              // its sign is the way
    RawTime measured_at;                // last, by our raw clock
    RawTime learned_at;                 // when an exchange was last complete
    ReferenceRecord reference;          // if it says that it is one
    bool is_reference = false;          // and the configuration does, too

    // When the polls under way were composed, as many as Probe keeps.
    struct Asked {
        Sequence sequence = 0;
        SteadyTime at;
    };
    std::array<Asked, 4> asked{};

    void note_asked(Sequence sequence, SteadyTime at) {
        asked[sequence % asked.size()] = {sequence, at};
    }
    std::optional<SteadyTime> asked_at(Sequence sequence) const {
        const Asked& poll = asked[sequence % asked.size()];
        return poll.sequence == sequence ? std::optional(poll.at) : std::nullopt;
    }

    bool active() const { return session != 0 && state != MemberState::left; }
    bool votes() const { return told && told->votes && !told->long_past(); }
    Charge why_no_vote() const { return grant.votes ? Charge::observes : Charge::no_vote; }

    // Unheard for so long that it is called silent.
    bool silent(RawTime now) const;

    // Heard so lately that it was there then, and has not lost patience with us since.
    bool answers(RawTime now) const;

    // Its replies may come and tell nothing of its raw clock: stamps are missing, or make no sense.
    bool measured_lately(RawTime now) const;

    // What it told of its clocks fits what was measured of them, and is of today.
    bool readable(RawTime at) const;

    // Only if readable: its system clock at our raw time `at`, as far as its last reply tells.
    SystemTime system_at(RawTime at) const;
    // What our measuring it may err by.
    Duration measuring_bound(RawTime at) const;
    // Of its system clock over our raw clock.
    double system_rate() const;
    // What it claims cluster time to be.
    std::optional<ClusterTime> claimed_at(RawTime at) const;
};

}  // namespace berkeley
