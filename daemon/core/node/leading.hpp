// The master's side: it lets members in, polls them, forms cluster time and keeps it, and tells
// each member its own correction.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/core/agree/ensemble.hpp"
#include "daemon/core/agree/pull.hpp"
#include "daemon/core/node/context.hpp"
#include "daemon/core/node/event.hpp"
#include "daemon/core/node/forming.hpp"
#include "daemon/core/node/jury.hpp"
#include "daemon/core/node/member_table.hpp"
#include "daemon/core/node/references.hpp"
#include "daemon/core/node/steering.hpp"
#include "daemon/core/node/token_bucket.hpp"
#include "daemon/core/wire/messages.hpp"

namespace berkeley {

class Leading {
  public:
    // `outgrowths`: what is left of these to this node, in whatever reign.
    Leading(Context& context, Steering& steering, TokenBucket& outgrowths);

    // What is known of the reign before.
    struct Heritage {
        std::vector<std::string> roster;  // voters that are expected back
        // We were elected, and know cluster time: from our own line it goes on, if too few members
        // tell of theirs.
        bool knows_time = false;
        double pull = 0;         // towards references, which is in the rate of our line
        std::size_t others = 0;  // who followed the master before us, as far as is known
    };
    void start(const Moment& now, Heritage heritage);
    void raw_clock_broken(const Moment& now);
    void stop();

    Member* find(NodeId sender) { return table_.find(sender); }

    // From a member, by its key.
    Entry receive(const Header& header, const Join& join, bool has_cookie, const Endpoint& from,
                  const Moment& now);
    // From somebody who may come in, by that key; why not, if it cannot.
    struct Entrant {
        PublicKey key;
        PairSeal seal;
        Grant grant;
        std::optional<Certificate> certificate;
    };
    std::optional<RefusalReason> let_in(const Header& header, const Join& join,
                                        const Entrant& entrant, const Endpoint& from,
                                        const Moment& now);
    // It is a member no more, and is told goodbye.
    void expel(const PublicKey& key);
    // When the poll that it answers was composed; nothing if that is not known, or if it answers
    // none.
    std::optional<SteadyTime> receive(const Header& header, const Reply& reply,
                                      const RawStamp& received, const Endpoint& from,
                                      const Moment& now);
    void receive(const Header& header, const Leave& leave);
    void poll_left(std::uint64_t token, const RawStamp& sent);

    void poll_all(const Moment& now);

    // The next polls go by the new intervals; what is waited for may be another number now.
    void settings_changed(const Moment& now);

    // A leap second: cluster time, and all clocks with it, moved.
    void leap(Duration by);

    void timer(const Moment& now);
    RawTime next_timer();

    // In leading_moves.cpp. What a wish comes to; else a sentence why it cannot be.
    tl::expected<Move, std::string> planned_move(const MoveWish& wish, const Moment& now) const;
    void propose(const Move& move);
    std::string why_no_recall(const Moment& now) const;
    void give_up_move(std::string why, const Moment& now);
    void move_stored(const MoveId& id, bool good, const Moment& now);
    void cluster_time_moved(Duration by, const Moment& now);
    struct MoveTally {
        std::size_t known_by = 0;
        std::size_t refused_by = 0;  // of these
    };
    MoveTally move_tally() const;

    // From now on those that are here are enough.
    void form_with_those_here(const Moment& now);
    bool anybody_votes() const { return voters_.present + voters_.long_past > 0; }
    std::size_t long_past() const { return voters_.long_past; }  // of those that would vote

    bool formed() const { return cluster_.has_value(); }
    // Its raw clock is not what it was, by the word of most members.
    bool disowned() const { return disowned_; }
    // That most members tell of, and that is later than ours; 0: none. Then our candidates forgot
    // their votes.
    Term later_term() const { return later_term_; }
    // What our own line is worth to us when we lead no more. Whoever leads next goes on from what
    // we told, and none of that is further from our line than the widest bound that we told with
    // it.
    std::optional<BoundedLine> line_to_hold(RawTime now) const;
    std::string waiting_for() const;
    bool majority_is_here() const { return voters_.present >= majority_of(voters_.expected); }
    std::span<Member* const> members() const { return table_.all(); }
    Verdict own_verdict() const;
    Verdict verdict_on(const Member& member, RawTime now) const;
    struct Tally {
        std::size_t members = 1;
        std::size_t counted = 0;
        std::size_t expected = 1;
    };
    Tally tally() const;  // counts all members
    const Guidance& guidance() const { return guidance_; }
    // On a member's outside time, or on our own; nothing if there is none.
    std::optional<ReferenceVerdict> verdict_as_reference(const Member& member) const;
    std::optional<ReferenceVerdict> own_verdict_as_reference() const;
    bool majority_counts() const;  // of the votes that are expected
    const std::optional<BoundedLine>& cluster() const { return cluster_; }
    std::vector<std::string> roster() const;
    Duration poll_interval() const { return poll_interval_; }

  private:
    void begin_term(const Moment& now);
    tl::expected<Member*, RefusalReason> place_for(const Join& join, const PublicKey& key,
                                                   const Moment& now);
    Entry knock(Member& member, const Header& header, const Join& join, const Grant& grant,
                bool has_cookie, const Endpoint& from, const Moment& now);
    void say_goodbye(const Member& member);
    void settle(Member& member, const Knock& knock, const Moment& now);
    // In leading_twins.cpp.
    static bool is_contested(const Member& member, const Knock& knock, const Moment& now);
    void contend(Member& member, const Knock& knock, const Moment& now);
    void decide_contest(Member& member, const Moment& now);
    void expose_twin(Member& member, Sequence answered, const Moment& now);
    static bool is_twin(const Member& member, const Endpoint& from, const Moment& now);
    Entry turn_away_twin(Member& member, const Join& join, bool has_cookie, const Endpoint& from,
                         const Moment& now);
    void refuse_twin(Member& member, Session session, const Moment& now);
    void learn(Member& member, const Header& header, const Reply& reply, const Moment& now);
    void judge(Member& member, const Exchange& exchange, bool possible, const Moment& now);

    // In leading_terms.cpp.
    bool tells_of_later(const Member& member) const;
    std::size_t majority_that_tells() const;
    std::uint64_t outgrown(std::uint64_t Header::* number, std::uint64_t known,
                           const Moment& now) const;
    void outgrow_what_most_know(const Moment& now);
    void rise_above(std::uint64_t term);

    void poll(Member& member, const Moment& now);
    Poll poll_for(const Member& member, Session session, Sequence sequence,
                  const Moment& now) const;
    Bulletin bulletin_for(const Member& member, const Moment& now) const;
    void send(const Member& member, const Poll& poll, const Endpoint& to);
    static Duration apart(const Member& member);
    Duration interval_for(const Member& member, RawTime now) const;

    void round(const Moment& now);
    void hold_round(const Moment& now);
    Vote vote_of(std::string_view node) const {
        return context_.settings.failure_domains.vote_of(node);
    }
    bool own_raw_clock_changed() const;
    void disown_raw_clock(const Moment& now);
    bool suspicion_holds(const Moment& now);
    std::size_t lately_suspect(RawTime now) const;
    bool all_heard_since(RawTime moment) const;
    void suspect(Member& member, const Moment& now);
    void go_on_by_claims(double rate_sigma, RawTime now);
    void go_on_by_claim(Member& member, double rate_sigma, RawTime now);
    void try_to_form(const Moment& now);
    void tell_of_waiting();
    void draw(const Formed& formed, const Moment& now);
    void carry_by_members(const Moment& now);
    bool rates_known() const;
    void keep_cluster_time(const Moment& now);
    std::optional<Move> announced_move() const;
    std::optional<Move> last_move() const;  // that is to come, or began this epoch
    static bool holds(const Member& member, const Move& move);
    bool majority_holds(const Move& move) const;
    void drive_move(const Moment& now);
    void decide_move(const Moment& now);
    void inherit_move(const Member& member);
    bool move_is_open(const Moment& now);

    // In leading_references.cpp.
    bool has_references() const { return !context_.settings.references.empty(); }
    bool is_granted(std::string_view name) const;
    std::vector<ReferenceTestimony> testimonies(const Moment& now);
    std::optional<References::Start> outside_time(const Moment& now);
    bool waits_for_references(const Moment& now, const std::optional<References::Start>& outside);
    void follow_references(std::span<const EnsembleInput> inputs, const Moment& now, Duration since,
                           double rate_before);
    void tell_of_references(std::span<const ReferenceTestimony> all,
                            const std::vector<bool>& believed_before, std::optional<Duration> off);
    void read_calendar(std::span<const ReferenceTestimony> all, const Moment& now);
    void announce(const std::optional<LeapSecond>& coming);
    void move_references(Duration by);
    void begin_with_references(const Formed& formed, bool other_epoch, const Moment& now);
    // Of a line, by what references may yet change of the rate.
    double growth_by_references() const { return has_references() ? pull_.margin() : 0; }
    void count_leaps_as_most();
    void count_leaps_as_here(Member::Told& told) const;
    void drop_doubt_if_all_follow();
    bool somebody_may_go_by_the_old_line() const;
    void tell_of_change(Member& member, MemberState before);
    void forget_the_gone(RawTime now);
    std::optional<Formed> begin_blindly(const OwnReading& own);
    OwnReading own_reading(const Moment& now) const;
    std::string who_is_missing() const;
    std::size_t expected_voters() const;
    std::size_t expected_votes() const;
    std::size_t member_count() const;
    std::size_t counted() const;

    Context& context_;
    Steering& steering_;
    TokenBucket& outgrowths_;
    MemberTable table_;
    Ensemble ensemble_;
    OwnClock own_;
    References references_;
    ReferenceRecord own_reference_;
    Pull pull_;
    Guidance guidance_;
    bool references_here_ = false;  // when cluster time was to be formed
    Reign reign_ = 0;
    RawTime term_since_;
    Term term_begun_ = 0;
    std::optional<BoundedLine> cluster_;  // over our own raw clock; its bound is inherited doubt
    std::vector<std::string> roster_;     // voters of earlier reigns that have not come back yet
    RawTime round_due_;
    RawTime last_round_;
    Duration poll_interval_{0};
    std::optional<RawTime> suspicion_since_;  // that a raw clock changed: whose is not clear yet
    // Our own rate is unknown: until then the members' lines are cluster time, and ours is drawn
    // after them.
    std::optional<RawTime> carried_since_;
    Heritage heritage_;  // but for the roster
    Term later_term_ = 0;
    bool disowned_ = false;  // because our own raw clock is not what it was
    Voters voters_;
    Tally tally_;  // of the last round
    bool told_of_waiting_ = false;
    bool few_will_do_ = false;  // by the operator's word, until cluster time is formed
};

}  // namespace berkeley
