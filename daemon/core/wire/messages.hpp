// What the datagrams say. berkeleyd-protocol(7) describes the exchange; codec.hpp the bytes.
//
//   member                            master
//     | -- Join {session} ------------> |   until polled
//     | <- Retry {session, cookie} ---- |   to a stranger: ask again, and show that you are there
//     | -- Join {session, cookie} ----> |
//     | <- Refusal {session, reason} -- |   or the first Poll
//     | <- Poll {session, seq, ...} --- |   every poll interval; carries the last exchange's
//     | -- Reply {session, seq, ...} -> |   precise stamps and the newest correction
//     | -- Leave / <- Leave ----------- |   a goodbye, either way
//
// A session is a nonce of the member's, fresh with each Join; a reign is one of the master's, fresh
// with each start. A Poll proves its freshness by the session and a growing sequence number, a
// Reply by the reign and the number of the Poll it answers.
//
// A candidate that is not the master answers a Join by whom it voted for:
//     | -- Join {session} ------------> |
//     | <- Direction {session, term} -- |
//
// Candidates elect the master among themselves: election/messages.hpp.
//
// Now and then every node but the master asks another candidate what the master tells it:
//     | -- Inquiry {session} ---------> |   answered by Retry, too, if a stranger's
//     | <- Sighting {session, told} --- |
//
// A node that is not in the cluster yet, and a candidate that invited it:
//     | -- Enrol {invitation, key} ---> |   until answered
//     | <- Admission {certificate} ---- |
//
// Who the candidates are, and how that changes: roster_messages.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "daemon/core/election/messages.hpp"
#include "daemon/core/time/leap.hpp"
#include "daemon/core/time/line.hpp"
#include "daemon/core/trust/certificate.hpp"
#include "daemon/core/trust/invitation.hpp"
#include "daemon/core/trust/public_key.hpp"
#include "daemon/core/trust/revocation.hpp"
#include "daemon/core/wire/admission.hpp"
#include "daemon/core/wire/identity.hpp"
#include "daemon/core/wire/move.hpp"
#include "daemon/core/wire/roster_messages.hpp"
#include "daemon/core/wire/verdict.hpp"

namespace berkeley {

using Session = std::uint64_t;
using Reign = std::uint64_t;
using Sequence = std::uint64_t;  // 0: none
using Cookie = std::uint64_t;    // 0: none

// Terms and epochs grow by one now and then. One far beyond what is known is a lie or a fault: who
// believed it would soon be at the end of the numbers.
inline constexpr std::uint64_t kMostAhead = std::uint64_t{1} << 20;
constexpr bool credible(std::uint64_t number, std::uint64_t known) {
    return number <= known || number - known <= kMostAhead;
}

// As far towards a later number as is credible: whoever has been lied to is met in some steps.
constexpr std::uint64_t towards(std::uint64_t number, std::uint64_t known) {
    return credible(number, known) ? number : known + kMostAhead;
}

// Sent with every message. Term: the number of the election. Epoch: of the last deliberate step.
// Roster: the serial of the one that the sender holds.
struct Header {
    NodeId from;
    NodeId to;
    std::uint64_t term = 0;
    std::uint64_t epoch = 0;
    RosterSerial roster = 0;
};

struct Join {
    Session session = 0;
    std::uint64_t oscillator = 0;  // the same as in an earlier Join: its raw clock has not broken
    bool votes = true;             // its clock may count in the average
    NodeName name;
    Cookie cookie = 0;                       // from the Retry to an earlier one of this session
    std::optional<Certificate> certificate;  // none from a candidate: its key is known
};

// The master's own system clock, as it stands when it sends.
struct MasterClock {
    Duration offset{0};  // system clock − cluster time
    Duration bound{0};
};

// The references, as the master has them.
struct Guidance {
    std::uint16_t granted = 0;
    std::uint16_t believed = 0;
    Duration off{0};  // their time − cluster time, if any is believed
    double pull = 0;  // the change of rate by which that is pulled away

    bool operator==(const Guidance&) const = default;
};

// What a member is to tell its operator. It decides nothing by it.
struct Bulletin {
    Verdict verdict;            // on the member's clock
    std::uint16_t members = 0;  // of the cluster, the master included
    std::uint16_t counted = 0;
    std::uint16_t expected = 0;  // voting clocks, of which a majority must agree
    Verdict master_verdict;      // on the master's own clock
    std::optional<MasterClock> master_clock;
    Guidance guidance;
    std::optional<ReferenceVerdict> reference;  // on the member, if it says that it is one
};

struct Poll {
    Session session = 0;
    Reign reign = 0;
    Sequence sequence = 0;
    Duration next_poll{0};  // how long until the next one, if nothing changes

    // The last exchange that the master completed, in its raw time; 0: none yet.
    Sequence last_sequence = 0;
    RawTime last_sent;
    RawTime last_received;

    Bulletin bulletin;
    Calendar calendar;

    std::optional<BoundedLine> correction;  // cluster time over the member's raw clock
    std::optional<Move> move;               // that is to come; none with a correction: none is
};

// What the sender knows of cluster time, in the header's epoch.
struct Claim {
    ClusterTime cluster;    // as the sender knows it, at the reading
    Duration bound{0};      // cluster time lies within ± this
    Duration sigma{0};      // one standard deviation, which is no guarantee
    double rate = 0;        // of cluster time over the sender's raw clock
    double rate_sigma = 0;  // one standard deviation of that
    std::int8_t leaps = 0;  // Calendar::leaps, as cluster time is counted here
};

// What the kernel of a reference says of the system clock, which outside time steers.
struct Outside {
    bool synchronized = false;
    Duration max_error{0};
    Duration estimated_error{0};
    LeapNotice leap = LeapNotice::none;
    std::int16_t tai_s = 0;  // TAI − UTC; 0: not known

    bool operator==(const Outside&) const = default;
};

// What a candidate tells the master of itself. Who follows a master has voted for it.
struct Standing {
    Term term = 0;          // the latest that it voted in
    bool promises = false;  // in the master's term, and to vote for nobody else for a while
    Fitness fitness = Fitness::barred;
    bool distrusts = false;  // it is convinced that the master contradicts itself

    bool operator==(const Standing&) const = default;
};

struct Reply {
    Session session = 0;
    Reign reign = 0;
    Sequence sequence = 0;
    RawTime poll_received;

    // When the previous Reply really left, as the kernel stamped it; 0: not known.
    Sequence last_sequence = 0;
    RawTime last_sent;
    Duration stamp_error{0};  // of the translation of both stamps

    // A reading of the member's clocks, and the rate its system clock runs over its raw clock.
    RawTime raw;
    SystemTime system;
    double system_rate = 0;

    bool votes = true;
    bool steers = true;  // false: observing, or refusing
    SystemTime floor;    // the last cluster time it knew: if `system` is earlier, it has no say
    std::optional<Claim> claim;
    std::optional<Standing> standing;  // a candidate's alone
    std::optional<HeldMove> move;      // the last it knows of; a candidate has it on disk
    std::optional<Outside> outside;    // a reference's alone
};

struct Leave {
    Session session = 0;
    Reign reign = 0;  // the master's own goodbye carries it
};

// To a Join or an Inquiry of a stranger: whoever sent it is to send it again with the cookie, and
// proves so that it can be answered at its address. Nobody shares a key with a stranger, so this
// one message has no seal: its receiver does nothing by it but ask again in that session.
struct Retry {
    Session session = 0;
    Cookie cookie = 0;
};

// To a Join that is authentic and yet may not come in.
struct Refusal {
    Session session = 0;
    RefusalReason reason{};
};

// Sealed by the invitation's secret, and so is the answer.
struct Enrol {
    InvitationId invitation;
    std::uint64_t nonce = 0;
    NodeName name;
    PublicKey key;
};

struct Admission {
    std::uint64_t nonce = 0;  // of the Enrol that it answers
    EnrolOutcome outcome{};
    std::optional<Certificate> certificate;  // if admitted
};

// To a Join, by a candidate that is not the master.
struct Direction {
    Session session = 0;
    Testimony testimony;
};

// What the asker of an Inquiry thinks of what its receiver is told, held against what that master
// tells the asker.
enum class Judgement : std::uint8_t { none, agrees, contradicts };
struct Opinion {
    Term term = 0;  // the master's
    Judgement judgement{};

    bool operator==(const Opinion&) const = default;
};

struct Inquiry {
    Session session = 0;  // of this question alone
    NodeName name;
    Cookie cookie = 0;                       // from the Retry to an earlier one of this session
    std::optional<Certificate> certificate;  // none from a candidate
    Opinion opinion;
};

// Where the master of that term tells a candidate that cluster time is, as it stands when the
// candidate writes this.
struct Told {
    Term term = 0;
    std::uint64_t epoch = 0;
    ClusterTime cluster;
    Duration bound{0};
    bool believed = false;  // the candidate goes by it

    bool operator==(const Told&) const = default;
};

struct Sighting {
    Session session = 0;
    std::optional<Told> told;  // nothing: nothing was told it of late
};

// Between candidates: what the sender has revoked in all, as digest_of() has it, and one of those.
struct RevocationNews {
    std::uint64_t digest = 0;
    std::optional<Revocation> revocation;
};

using Message = std::variant<Join, Poll, Reply, Leave, Retry, Refusal, Enrol, Admission, VoteWanted,
                             VoteAnswer, Release, Direction, Inquiry, Sighting, RevocationNews,
                             RosterAsk, RosterPart, RosterSay>;

}  // namespace berkeley
