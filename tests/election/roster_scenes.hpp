// Where roster searches begin. At first a, b and c are candidates, and d is a member.
#pragma once

#include "daemon/core/contract.hpp"
#include "tests/election/roster_play.hpp"

namespace berkeley::test {

inline constexpr std::uint8_t kA = 0, kB = 1, kC = 2, kD = 3;
inline constexpr WantedChange kPromoteD{RosterStep::promote, kD};
inline constexpr WantedChange kRetireA{RosterStep::retire, kA};
inline constexpr WantedChange kRetireC{RosterStep::retire, kC};

inline constexpr WantedChange kPromoteB{RosterStep::promote, kB};
inline constexpr WantedChange kPromoteC{RosterStep::promote, kC};

inline RosterPlay with(RosterPlay play, const RosterPlay::Shape& shape) {
    ensure(play.leads(kA), "a leads when the search begins");
    play.grant(shape.budget);
    return play;
}

// a leads by b's vote; c knows nothing of it.
inline RosterPlay led(const RosterPlay::Shape& shape) {
    RosterPlay play(shape);
    play.grant({.elections = 1});
    play.elect(kA, {kB});
    return with(play, shape);
}

// And has a change that b signed on its disk. Nobody knows it.
inline RosterPlay made(const RosterPlay::Shape& shape) {
    RosterPlay play = led(shape);
    play.deliver_last(kA, kC);
    play.change(kA, kPromoteD, {kB}, {});
    play.lose_all();
    return with(play, shape);
}

// It is to have a change made, and b told that it signed nothing before.
inline RosterPlay canvassed(const RosterPlay::Shape& shape) {
    RosterPlay play = led(shape);
    play.deliver_last(kA, kC);
    play.want(kA, kPromoteD);
    play.deliver_last(kA, kB);
    play.deliver_last(kB, kA);
    return with(play, shape);
}

// It made that change of b's signature, and has it not on its disk yet.
inline RosterPlay making(const RosterPlay::Shape& shape) {
    RosterPlay play = led(shape);
    play.deliver_last(kA, kC);
    play.sign(kA, kPromoteD, {kB});
    play.lose_all();
    return with(play, shape);
}

// b signed one change, and c another in a later term, and a does not know.
inline RosterPlay torn(const RosterPlay::Shape& shape) {
    RosterPlay play = led(shape);
    play.have_signed(kA, kRetireC, kB);
    play.lose_all();
    for (int i = 0; i < 4; ++i)
        play.tick();
    play.grant({.elections = 1});
    play.elect(kA, {kC});
    play.have_signed(kA, kPromoteD, kC);
    play.lose_all();
    return with(play, shape);
}

// b goes by roster 1, of a and b, for long; a holds it, and leads by roster 0.
inline RosterPlay behind(const RosterPlay::Shape& shape) {
    RosterPlay play = led(shape);
    play.change(kA, kRetireC, {kB}, {kB});
    play.take_up(kB);
    play.keep(kA, {kB}, 3);
    return with(play, shape);
}

// a leads on by roster 1, which has d, too. c is of roster 0, and so is b, if it does not learn.
inline RosterPlay led_on(const RosterPlay::Shape& shape, bool b_learns) {
    RosterPlay play = led(shape);
    play.deliver_last(kA, kC);
    play.poll(kA, kD);
    play.change(kA, kPromoteD, {kB}, {kD});
    play.take_up(kD);
    if (b_learns) {
        play.learn(kB, kA);
        play.save(kB);
        play.take_up(kB);
    }
    play.poll(kA, kB);
    play.poll(kA, kD);
    play.take_up(kA);
    ensure(play.goes_by(kA) == 1, "a leads by the next roster");
    play.keep(kA, {kB, kD}, 3);
    play.lose_all();
    return with(play, shape);
}

// Then it had b and d sign a third one, and holds that alone.
inline RosterPlay two_on(const RosterPlay::Shape& shape, WantedChange change) {
    RosterPlay play = led_on(shape, true);
    play.change(kA, change, {kB, kD}, {});
    ensure(play.held(kA) == 2, "a holds a third roster");
    play.lose_all();
    return with(play, shape);
}

// a, the only candidate, has promoted b, and leads by the roster before; b follows it.
inline RosterPlay alone(RosterPlay::Shape shape) {
    shape.candidates = 1;
    RosterPlay play(shape);
    play.poll(kA, kB);
    play.want(kA, kPromoteB);
    play.save(kA);
    ensure(play.held(kA) == 1 && play.goes_by(kA) == 0, "a holds another roster");
    return with(play, shape);
}

// And leads on by that.
inline RosterPlay led_on_alone(const RosterPlay::Shape& shape) {
    RosterPlay play = alone(shape);
    play.learn(kB, kA);
    play.save(kB);
    play.take_up(kB);
    play.poll(kA, kB);
    play.take_up(kA);
    ensure(play.goes_by(kA) == 1, "a leads by the next roster");
    play.keep(kA, {kB}, 3);
    play.lose_all();
    return with(play, shape);
}

}  // namespace berkeley::test
