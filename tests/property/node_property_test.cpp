// A Node is total: no sequence of events, from peers with and without the key, makes it break a
// contract, answer one datagram with several, or tell the kernel what it must not be told.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/support/event_script.hpp"

namespace berkeley {
namespace {

// Scripts of some length: rapidcheck's own vectors are short until late.
std::vector<std::uint8_t> any_script() {
    const auto size = *rc::gen::inRange<std::size_t>(0, 2'000);
    // Small bytes choose events and sizes; large ones are rarely needed.
    const auto byte = rc::gen::weightedOneOf<std::uint8_t>(
        {{3, rc::gen::inRange<std::uint8_t>(0, 16)}, {1, rc::gen::arbitrary<std::uint8_t>()}});
    return *rc::gen::container<std::vector<std::uint8_t>>(size, byte);
}

void check(Role role) {
    const auto wrong = test::run_event_script(role, any_script());
    if (wrong)
        RC_FAIL(*wrong);
}

RC_GTEST_PROP(NodeProperty, AMasterIsTotalOnAnyEvents, ()) {
    check(Role::master);
}

RC_GTEST_PROP(NodeProperty, AMemberIsTotalOnAnyEvents, ()) {
    check(Role::member);
}

}  // namespace
}  // namespace berkeley
