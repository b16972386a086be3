// The member's side: it joins, answers polls, and believes corrections within limits.
//
// It asks all candidates. The master answers by a poll, the others by whom they voted for: and only
// whom a majority of them confirms is followed. Until then his polls are answered, so that he may
// measure, and his corrections are not believed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/core/election/allegiance.hpp"
#include "daemon/core/measure/answers.hpp"
#include "daemon/core/measure/offset_guarantee.hpp"
#include "daemon/core/measure/round_trip_floor.hpp"
#include "daemon/core/node/belief.hpp"
#include "daemon/core/node/candidacy.hpp"
#include "daemon/core/node/context.hpp"
#include "daemon/core/node/peers.hpp"
#include "daemon/core/node/steering.hpp"
#include "daemon/core/node/witnesses.hpp"
#include "daemon/core/time/stamp.hpp"
#include "daemon/core/wire/messages.hpp"

namespace berkeley {

// A machine that slept wakes up slowly, and nothing in the stamps tells: a poll meets two that
// slept, and a reply at once would meet two that are awake. So the member lets both fall asleep
// again.
inline constexpr Duration kAnswersAfter = 10ms;

class Following {
  public:
    // `candidacy` is null on who is no candidate, `witnesses` where there are none.
    Following(Context& context, Steering& steering, const Peers& peers, Candidacy* candidacy,
              Witnesses* witnesses);

    // `oscillator`: its name in an earlier run, which is kept as long as its line is.
    void start(const Moment& now, std::uint64_t oscillator);
    // It was made anew while it followed that master. False: he is no candidate any more.
    bool go_on(const Testimony& followed, const Moment& now);
    void candidate_found(const Moment& now);
    void raw_clock_broken(const Moment& now);
    void ask_for_poll(const Moment& now);
    void stop();

    // This node has voted for another: it will be asked to follow him soon.
    void voted(const Moment& now);
    // This node was elected, and leads; and leads no more.
    void rest(Term term);
    void resume(const Moment& now);

    void receive(const Header& header, const Poll& poll, const RawStamp& received,
                 const Endpoint& from, const Moment& now);
    void receive(const Header& header, const Leave& leave, const Moment& now);
    void receive(const Header& header, const Refusal& refusal, const Moment& now);
    void receive(const Header& header, const Direction& direction, const Moment& now);
    void receive(const Header& header, const Retry& retry);  // which anybody may have sent
    void reply_left(std::uint64_t token, const RawStamp& sent);

    // A leap second has come.
    void leap(Duration by, const Moment& now);

    void timer(const Moment& now);
    RawTime next_timer() const;

    // With one that says he is the master, whether he is confirmed or not.
    bool in_touch() const { return in_touch_; }
    bool confirmed() const { return confirmed_; }
    std::uint64_t oscillator() const { return oscillator_; }
    // Why its corrections are not followed; nothing: they are.
    std::optional<Disbelief> disbelief() const { return disbelief_; }
    // Whom it is in touch with, or was last, or asks first.
    const std::string& master() const { return master_->name; }
    std::optional<Endpoint> master_address() const { return master_->address; }
    // Why the master does not let this node in; until it does.
    std::optional<RefusalReason> refusal() const { return door_of(*master_).refusal; }
    // The candidates that are told otherwise than this node is.
    std::vector<std::string> contradicting(const Moment& now) const;
    // Of the other candidates, by whether they answered lately.
    std::vector<std::string> candidates_that_answer(bool answer, const Moment& now) const;
    std::optional<Duration> unheard_for(const Moment& now) const {
        return heard_at_ ? std::optional(now.raw - *heard_at_) : std::nullopt;
    }
    std::optional<Duration> poll_interval() const {
        return in_touch_ ? std::optional(interval_) : std::nullopt;
    }
    // What the master told last; empty before its first Poll.
    const std::optional<Bulletin>& bulletin() const { return bulletin_; }
    std::optional<Duration> round_trip() const;
    // In following_moves.cpp.
    void cluster_time_moved(Duration by, const Moment& now);
    // It keeps to the cluster time before a move, or a leap, that it does not believe.
    bool refuses_move(const Moment& now) const;
    bool refuses_leap() const;
    void obey_operator(const Moment& now);  // if it does either: follow all the same
    bool told_goodbye() const { return told_goodbye_; }
    Duration asking_for(const Moment& now) const { return now.raw - seeking_since_; }
    Duration disbelieving_for(const Moment& now) const { return now.raw - disbelief_since_; }

  private:
    // What was asked of one candidate.
    struct Door {
        Session joining = 0;  // of the last Join, not answered yet
        Cookie cookie = 0;    // with which it was sent last
        std::optional<RefusalReason> refusal;
        std::optional<RawTime> answered_at;
        Testimony testimony;  // its last
    };

    // A poll that is to be answered.
    struct Asked {
        Term term = 0;
        Reign reign = 0;
        Sequence sequence = 0;
        RawStamp received;
        Endpoint from;
        RawTime answer_at;
    };

    struct Refused {
        Header header;
        BoundedLine correction;
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

    Door& door_of(const Peer& peer) {
        return doors_[static_cast<std::size_t>(&peer - peers_.all().data())];
    }
    const Door& door_of(const Peer& peer) const {
        return doors_[static_cast<std::size_t>(&peer - peers_.all().data())];
    }
    bool goes_on(const Peer& peer, const Poll& poll) const;
    bool confirms(const Header& header, const Moment& now);
    void take_on(const Peer& peer);
    bool seeking() const { return !in_touch_ || !confirmed_ || session_ == 0; }
    void ask_soon(const Moment& now);
    void ask_again(const Moment& now);
    void answer(const Moment& now);
    void compare_raw_clocks(const Poll& poll, const Moment& now);
    void heed(const Header& header, const Poll& poll, const Moment& now);
    BoundedLine as_counted_here(const Header& header, const Poll& poll, const Moment& now);
    void go_by_calendar(const Calendar& told, const Moment& now);
    bool take_term(const Header& header, const Moment& now);
    bool hear_move(const Header& header, const Poll& poll, const Moment& now);
    void consider_move(const Move& move, const Moment& now);
    std::optional<HeldMove> held_move() const;
    void consider(const Header& header, const BoundedLine& correction, const Moment& now);
    void hear_witnesses(const Header& header, const BoundedLine& correction, bool believed,
                        const Moment& now);
    void refuse(Disbelief why, const BoundedLine& correction, const Moment& now);
    void disbelieve(Disbelief why, Duration apart, const Moment& now);
    bool believes_again(const Moment& now);
    void find_raw_clock_broken(const Moment& now);
    void follow(const Header& header, const BoundedLine& correction, const Moment& now);
    void begin_anew(const Moment& now);
    void begin_again(const Moment& now);
    void forget_measurements();
    void seek_master(const Moment& now);
    void lose_touch(ReportKind why, const Moment& now);
    void join(const Moment& now);
    void join(const Peer& peer);
    void send_join(const Peer& peer, Cookie cookie);
    void wait_for_more(const Moment& now);
    bool all_refuse() const;
    bool votes() const;
    Duration patience() const;

    Context& context_;
    Steering& steering_;
    const Peers& peers_;
    Candidacy* candidacy_;
    Witnesses* witnesses_;
    Allegiance allegiance_;
    const Peer* master_;
    std::vector<Door> doors_;  // of `peers_`, in their order

    Session session_ = 0;           // that the master polls us by; 0: none
    std::uint64_t oscillator_ = 0;  // names our raw clock, until it breaks
    Reign reign_ = 0;
    Sequence last_sequence_ = 0;
    Duration interval_{0};
    bool in_touch_ = false;
    bool confirmed_ = false;  // what he says of himself
    std::optional<RawTime> heard_at_;

    RawTime seeking_since_;
    RawTime join_at_;
    std::optional<RawTime> joined_at_;
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
    std::optional<Refused> last_refused_;
    std::optional<RawTime> moved_at_;  // cluster time, here
    Streak refused_;                   // corrections
    Streak believable_;  // and those since, while the master is not believed again yet

    Calendar told_calendar_;  // with the last correction
    std::optional<RawTime> leapt_at_;

    std::optional<Bulletin> bulletin_;
    RoundTripFloor round_trips_;
    bool told_goodbye_ = false;
};

}  // namespace berkeley
