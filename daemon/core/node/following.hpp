// The member's side: it joins, answers polls, and believes corrections within limits.
#pragma once

#include <optional>
#include <string>

#include "daemon/core/measure/answers.hpp"
#include "daemon/core/measure/offset_guarantee.hpp"
#include "daemon/core/measure/round_trip_floor.hpp"
#include "daemon/core/node/belief.hpp"
#include "daemon/core/node/context.hpp"
#include "daemon/core/node/steering.hpp"
#include "daemon/core/time/stamp.hpp"
#include "daemon/core/wire/messages.hpp"

namespace berkeley {

// A machine that slept wakes up slowly, and nothing in the stamps tells: a poll meets two that
// slept, and a reply at once would meet two that are awake. So the member lets both fall asleep
// again.
inline constexpr Duration kAnswersAfter = 10ms;

class Following {
  public:
    Following(Context& context, Steering& steering);

    void start(const Moment& now);
    void candidate_found(std::string_view name, const Endpoint& at, const Moment& now);
    void raw_clock_broken(const Moment& now);
    void ask_for_poll(const Moment& now);
    void stop();

    bool knows(NodeId sender) const { return sender == master_.id; }
    const SealingKey& key_from(NodeId) const { return master_.seal.from_peer; }

    void receive(const Header& header, const Poll& poll, const RawStamp& received,
                 const Endpoint& from, const Moment& now);
    void receive(const Leave& leave, const Moment& now);
    void receive(const Refusal& refusal, const Moment& now);
    void receive(const Retry& retry);  // which anybody may have sent
    void reply_left(std::uint64_t token, const RawStamp& sent);

    void timer(const Moment& now);
    RawTime next_timer() const;

    bool in_touch() const { return in_touch_; }
    // Why its corrections are not followed; nothing: they are.
    std::optional<Disbelief> disbelief() const { return disbelief_; }
    const std::string& master() const { return master_.name; }
    std::optional<Endpoint> master_address() const { return master_.address; }
    // Why the master does not let this node in; until it does.
    std::optional<RefusalReason> refusal() const { return refusal_; }
    std::optional<Duration> unheard_for(const Moment& now) const;
    std::optional<Duration> poll_interval() const;
    // What the master told last; empty before its first Poll.
    const std::optional<Bulletin>& bulletin() const { return bulletin_; }
    std::optional<Duration> round_trip() const;
    bool told_goodbye() const { return told_goodbye_; }
    Duration asking_for(const Moment& now) const { return now.raw - seeking_since_; }
    Duration disbelieving_for(const Moment& now) const { return now.raw - disbelief_since_; }

  private:
    struct Master {
        std::string name;
        NodeId id;
        PairSeal seal;
        std::optional<Endpoint> address;
    };

    // A poll that is to be answered.
    struct Asked {
        Reign reign = 0;
        Sequence sequence = 0;
        RawStamp received;
        Endpoint from;
        RawTime answer_at;
    };

    // What happens again and again is no accident.
    struct Streak {
        std::uint64_t times = 0;
        RawTime since;

        void add(RawTime now) {
            if (times++ == 0)
                since = now;
        }
        bool lasts(RawTime now) const { return times >= 5 && now - since >= Duration{3s}; }
    };

    bool fresh(const Poll& poll);
    void answer(const Moment& now);
    void compare_raw_clocks(const Poll& poll, const Moment& now);
    void take_term(const Header& header, const Moment& now);
    void consider(const Header& header, const BoundedLine& correction, const Moment& now);
    void refuse(Disbelief why, const BoundedLine& correction, const Moment& now);
    void disbelieve(Disbelief why, Duration apart, const Moment& now);
    bool believes_again(const Moment& now);
    void find_raw_clock_broken(const Moment& now);
    void follow(const Header& header, const BoundedLine& correction, const Moment& now);
    void begin_anew(const Moment& now);
    void seek_master(const Moment& now);
    void lose_touch(const Moment& now);
    void join(const Moment& now);
    void send_join(Cookie cookie);
    bool votes() const;
    Duration patience() const;

    Context& context_;
    Steering& steering_;
    Master master_;

    Session session_ = 0;           // that the master polls us by; 0: none
    std::uint64_t oscillator_ = 0;  // names our raw clock, until it breaks
    Session joining_ = 0;           // of the last Join, not answered yet
    Cookie cookie_ = 0;             // with which it was sent last
    Reign reign_ = 0;
    Sequence last_sequence_ = 0;
    Duration interval_{0};
    bool in_touch_ = false;
    std::optional<RawTime> heard_at_;

    RawTime seeking_since_;
    RawTime join_at_;
    Duration join_wait_{0};

    std::optional<Asked> asked_;
    Answers answers_;
    OffsetGuarantee master_clock_;   // our raw clock against the master's, by our own stamps
    bool raw_clocks_moved_ = false;  // it broke since the last correction that we believed
    Belief belief_;
    TokenBucket terms_;
    std::optional<Disbelief> disbelief_;
    RawTime disbelief_since_;
    bool disbelief_told_ = false;
    Streak refused_;     // corrections
    Streak believable_;  // and those since, while the master is not believed again yet

    std::optional<Bulletin> bulletin_;
    RoundTripFloor round_trips_;
    bool told_goodbye_ = false;
    std::optional<RefusalReason> refusal_;
};

}  // namespace berkeley
