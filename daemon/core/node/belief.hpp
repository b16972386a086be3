// What a member believes of its master: not everything. The master's key may be stolen, or its
// clock broken in a way that nobody foresaw.
//
// The limits rest on what the member has by itself: its raw clock, and the rate of cluster time
// over it as it was learned in the first ten minutes. By the assumptions of the bound its own raw
// clock and the master's stay within kRho of that rate each, and the ensemble turns no faster than
// kTurnMargin, and references pull it by Pull::kMost either way: so an honest master's line runs
// away from a reference drawn by that rate by 120 ppm at the most. It is the growth of an honest
// bound, too. A dishonest master therefore moves a member
//   - within an epoch by 0.1 s at once and 0.43 s in an hour, which is hardly faster than the bound
//     of a member grows that holds over;
//   - by 1 s at the end of a month, by a leap second;
//   - by 1 s in the ten minutes after the first synchronization, and by any rate up to 1000 ppm;
//   - by 1000 s in a day with new epochs, or by feigning that the raw clocks jumped: each is told;
//   - at the first synchronization, which every restart and every suspend brings, by anything.
// `move_limit` and `step_policy` hold besides.
//
// Why not less: a machine moved to another host, or a master's crystal that changed, is as fast as
// that. 0.1 s is what a path may mislead by that has become slower one way for an hour.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "daemon/core/agree/ensemble.hpp"
#include "daemon/core/agree/pull.hpp"
#include "daemon/core/measure/offset_guarantee.hpp"
#include "daemon/core/node/steering.hpp"
#include "daemon/core/node/token_bucket.hpp"
#include "daemon/core/wire/messages.hpp"

namespace berkeley {

// Why a correction is not believed.
enum class Disbelief : std::uint8_t {
    outdated,     // of an earlier term or epoch
    far_epoch,    // of an epoch that nobody can have come to
    far_anchor,   // drawn from a moment hours away
    far_rate,     // beyond any oscillator
    contradicts,  // apart from the line that is held by more than both bounds
    drags,        // apart from where our own raw clock has cluster time
    leaps,        // a new epoch, further than those of a day may go
    convicted,    // others are told otherwise: witnesses.hpp
};

std::string_view to_text(Disbelief why);
std::string advice(Disbelief why, std::string_view master);

class Belief {
  public:
    static constexpr Duration kLearning = 600s;
    static constexpr Duration kMostApartAtFirst = 1s;  // while learning
    static constexpr Duration kMostApart = 100ms;
    static constexpr double kMostRun = 2 * kRho + kTurnMargin + 2 * Pull::kMost;
    // Oscillators of ±500 ppm, which is all that the kernel corrects without a tick of another
    // length, on both sides.
    static constexpr double kMostRate = 1000 * kPpm;
    static constexpr Duration kMostByEpochs = 1000s;  // in a day
    static constexpr Duration kLongestAge = 1h;

    Belief(const Context& context, const Steering& steering)
        : context_(context), steering_(steering) {}

    void start() { term_of_epoch_ = context_.term; }

    // What speaks against a correction; nothing, if it may be followed.
    std::optional<Disbelief> objection(const Header& header, const BoundedLine& told,
                                       const Moment& now);

    // It is followed now. Returns by how much cluster time leapt, if this begins a new epoch.
    std::optional<Duration> believe(const Header& header, const BoundedLine& told,
                                    const Moment& now);

    // `told`, with no more in it than a member can answer for. `poll`: until the next one is told.
    BoundedLine followable(const BoundedLine& told, const Moment& now, Duration least_bound,
                           Duration poll) const;

    // From where we have cluster time.
    Duration apart(const BoundedLine& told, const Moment& now) const;

    // The raw clock is another one: what is known by it is void, and the next correction the first.
    void forget() { reference_.reset(); }

    // Whether cluster time may be moved so far: together with the leaps of a day, no further than
    // they.
    bool affords(Duration move, const Moment& now);
    // It was, here too.
    void moved(Duration by, const Moment& now);
    // By this node's own operator: the next leap or move, however far it goes.
    void permit_leap() { permitted_ = true; }

    // A leap second moved all lines.
    void leap(Duration by);
    // One that the master alone tells of is paid for as a new epoch is.
    bool affords_leap(Duration by, const Moment& now);

    // We were the master, and told the others what is held now.
    void go_on_from_held_line(const Moment& now);

    // Our raw clock seems to have jumped, by what the master tells of its own: the next correction
    // may be as far as a new epoch's, if this one is not too far for that.
    bool may_have_jumped(const BoundedLine& told, const Moment& now);
    void raw_clock_jumped() { jumped_ = true; }

  private:
    // Where our own raw clock has cluster time. Once it has learned the rate, it is drawn after
    // what the master tells by kMostRun and no faster.
    struct Reference {
        TimeLine line;
        RawTime since;
        bool learned = false;
    };

    bool is_first() const { return !reference_ || steering_.line_is_hearsay(); }
    bool begins_anew(const Header& header) const {
        return jumped_ || header.epoch != context_.epoch;
    }
    std::optional<Disbelief> objection_to_count(const Header& header) const;
    double cost_of_leap(const BoundedLine& told, const Moment& now) const;
    Duration leash(RawTime now) const;
    void run_after(const TimeLine& told, RawTime now);

    const Context& context_;
    const Steering& steering_;
    std::optional<Reference> reference_;
    std::uint64_t term_of_epoch_ = 0;  // the latest in which we followed it
    bool jumped_ = false;
    bool permitted_ = false;
    TokenBucket leaps_;  // in seconds
};

}  // namespace berkeley
