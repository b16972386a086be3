#include "daemon/core/steer/slew.hpp"

#include <algorithm>
#include <cmath>

namespace berkeley {
namespace {

// All that a declared offset moves, second by second until nothing is left of it.
double moved_by(double declared_s, double share) {
    double moved = 0;
    double left = declared_s;
    while (std::abs(left) > 1e-10) {
        const double chunk = left * share;
        left -= chunk;
        moved += chunk / (1 + chunk);
    }
    return moved + left;
}

}  // namespace

int time_constant_for(Duration move) {
    const Duration size = move < 0ns ? -move : move;
    return size < 370ms ? 0 : 1;  // of which 1/4, compensated, is just below 10 %
}

Duration declared_for(Duration move, int time_constant) {
    const double share = chunk_share(time_constant);
    const double wanted = as_seconds(std::clamp(move, -2 * kMaxDeclared, 2 * kMaxDeclared));
    double declared = wanted;
    for (int i = 0; i < 6; ++i)
        declared += wanted - moved_by(declared, share);
    return std::clamp(seconds(declared), -kMaxDeclared, kMaxDeclared);
}

Duration running_chunk(Duration left, int time_constant) {
    const double share = chunk_share(time_constant);
    return nanoseconds_of(as_ns(left) * share / (1 - share));
}

Duration chunk_still_moves(Duration chunk, double fraction_of_second, Duration turn_delay) {
    const double delta = as_seconds(chunk);
    return seconds(delta / (1 + delta) * (1 - fraction_of_second + as_seconds(turn_delay)));
}

}  // namespace berkeley
