// Those who mean harm and have the keys of a node: all that stands on its disk. The node itself
// runs, so that they are members in good standing; what it says is changed, and more is said.
#pragma once

#include <map>
#include <string_view>

#include "tests/sim/adversary.hpp"

namespace berkeley::sim {

// A member's keys. It lies about what it reads, and tries to be more than a member.
class InsideMember {
  public:
    enum class Lie {
        none,
        reads_otherwise,  // its system clock
        equivocates,      // its system clock reads now this, now that
        races,            // its raw clock, from one moment to the next
        drifts,           // the same, so slowly that it is not noticed
        jumps,            // its raw clock, now and then
        stamps_late,      // by less than the path takes
        claims,           // another cluster time, exactly known
        counts_far,       // terms and epochs
        flags,            // all the rest
    };
    static constexpr std::size_t kLies = 10;

    struct Plan {
        Lie lie = Lie::none;
        Duration by{0};
        double rate = 0;  // drifting: after an hour
        bool speaks_out_of_turn = false;
    };

    InsideMember(World& world, std::size_t host, const Plan& plan);
    static Plan any_plan(World& world);
    void stop();

  private:
    bool change(std::size_t from, Envelope& envelope);
    void lie_in(Header& header, Reply& reply);
    void race(Reply& reply);
    void shift_raw(Reply& reply, Duration by);
    void hear(std::size_t to, const Datagram& bytes);
    void speak();
    void speak_as_master(std::size_t to);
    void speak_to_master();
    void say(std::size_t to, std::string_view as, const Message& message);
    Join join_as(std::string_view name);

    World& world_;
    std::size_t host_;
    Plan plan_;
    Dice dice_;
    bool stopped_ = false;
    Duration jumped_{0};
    std::optional<RawTime> since_;
    Session session_ = 0;  // of the last Poll to it
    Reign reign_ = 0;
    std::map<Session, Cookie> cookies_;
};

// The master's keys.
class DishonestMaster {
  public:
    enum class Lie {
        steps,         // by more than may be believed
        creeps,        // in small moves
        races,         // its rate
        falls_silent,  // having told a false rate
        leaps,         // epoch after epoch
        feigns,        // that the raw clocks jumped
        equivocates,   // tells each member something else
        is_sure,       // of what is wrong: no bound, no growth, a rate
        counts_far,    // terms and epochs
    };
    static constexpr std::size_t kLies = 9;

    explicit DishonestMaster(World& world);
    void begin();
    void stop() { world_.corrupt = nullptr; }

    Lie lie() const { return lie_; }
    bool leaps() const { return lie_ == Lie::leaps || lie_ == Lie::feigns; }

  private:
    bool change(std::size_t from, std::size_t to, Envelope& envelope);
    void lie_in(std::size_t to, Header& header, Poll& poll);

    World& world_;
    Dice dice_;
    Lie lie_;
    Duration by_{0};
    double rate_ = 0;
    Duration bound_{0};
    TrueTime since_;
};

}  // namespace berkeley::sim
