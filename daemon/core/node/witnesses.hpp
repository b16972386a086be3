// What the master tells this node, held against what he tells the candidates.
//
// Where there are three or more candidates, every node but the master asks the others of them in
// turn where cluster time is, as their master tells them. Between the question's leaving and the
// answer's coming it was where the answer has it, within its bound; and where the correction that
// this node was told has it. If these cannot both be true, or are of two epochs of one term, the
// candidate contradicts the master.
// Three times in a row, each by another correction of the master's, it is no accident: an
// oscillator that jumped is measured anew within two polls. What is made of it:
// agree/conviction.hpp.
//
// It asks one question in 32 polls, and some more for a short while after a contradiction.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/core/node/context.hpp"
#include "daemon/core/node/opinions.hpp"
#include "daemon/core/node/peers.hpp"
#include "daemon/core/node/token_bucket.hpp"
#include "daemon/core/time/stamp.hpp"

namespace berkeley {

class Witnesses {
  public:
    // `opinions`: what members say, on a candidate; else null.
    Witnesses(Context& context, const Peers& peers, const Opinions* opinions);

    // By the master, freshly. `believed`: this node goes by it.
    void told(const Header& header, const BoundedLine& correction, Duration interval, bool believed,
              const Moment& now);
    // The raw clock is another one, or nobody tells this node anything any more.
    void forget();
    // A leap second moved all lines.
    void leap(Duration by, RawTime now);

    // Where the master told this node that cluster time is; nothing if he has not of late.
    std::optional<Told> testimony(const Moment& now) const;

    void receive(const Peer& peer, const Sighting& sighting, RawTime received, const Moment& now);
    // False: not to a question of ours.
    bool receive(const Peer& peer, const Retry& retry);
    void timer(const Moment& now);
    RawTime next_timer() const;

    // The master of that term contradicts himself: this is proved to this node, by its
    // measurements.
    struct Conviction {
        NodeId master;
        Term term = 0;
        RawTime last;  // when it was so last
    };
    const std::optional<Conviction>& conviction() const { return conviction_; }

    // This node does not go by what the master tells it. Since it does not, it has heard of so many
    // candidates who are told the same and go by it that they are, with the master, a majority.
    // (Were that not the truth, they had been moved no further than they let themselves be.)
    bool majority_goes_by_it(RawTime now) const;

    // Those that contradict the master, by name.
    std::vector<std::string> contradicting(const Moment& now) const;

    // The same line, with a bound that takes in what those have told.
    BoundedLine with_their_word(const BoundedLine& held, const Moment& now) const;

  private:
    // One candidate, in the term of `told_`.
    struct Witness {
        Session asked = 0;  // the question that is open
        RawTime asked_at;
        Cookie cookie = 0;

        std::uint8_t contradictions = 0;  // in a row
        bool goes_by_it = false;          // by what we are told, too, and do not believe
        std::optional<RawTime> judged_at;
        RawTime judged_by;      // the anchor of the correction that it was last held against
        ClusterTime low, high;  // where cluster time was at `judged_at`, by what it told
    };

    // By the master.
    struct Correction {
        NodeId master;
        Term term = 0;
        std::uint64_t epoch = 0;
        RawTime epoch_since;
        BoundedLine line;
        RawTime at;
        Duration interval{0};  // of his polls
        bool believed = false;
    };

    bool is_fresh(RawTime now) const;
    bool near_leap(RawTime now) const;
    std::size_t others() const { return peers_.all().size() - 1; }  // but us and the master
    Duration interval() const;
    Duration longest_interval() const;
    Duration round() const;
    Duration pause();
    void ask_next(const Moment& now);
    void ask(std::size_t which, const Moment& now);
    void send(std::size_t which);
    void judge(std::size_t which, const Told& told, RawTime heard, const Moment& now);
    void look_closely(const Moment& now);
    void weigh(const Moment& now);
    bool is_recent(const Witness& witness, RawTime now) const;
    bool contradicts(const Witness& witness, RawTime now) const;
    Judgement judgement_on(const Witness& witness, RawTime now) const;

    Context& context_;
    const Peers& peers_;
    const Opinions* opinions_;
    std::vector<Witness> witnesses_;  // of `peers_`, in their order
    std::optional<Correction> told_;
    std::optional<RawTime> leapt_at_;
    std::optional<RawTime> ask_at_;
    std::size_t turn_ = 0;
    std::size_t closely_ = 0;  // questions that are not to wait
    TokenBucket close_looks_;
    std::optional<Conviction> conviction_;
};

}  // namespace berkeley
