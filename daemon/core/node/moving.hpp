// The moment at which cluster time is moved on this node: its line, its epoch, and then its clock.
#pragma once

#include "daemon/core/node/context.hpp"
#include "daemon/core/node/steering.hpp"

namespace berkeley {

// Of the move that is known, which begins the epoch after ours.
void carry_out_move(Context& context, Steering& steering, const Moment& now);

// An earlier time is no sign of a clock that lost its date any more.
void lower_floor(Context& context, ClusterTime to);

// "epoch 2 begins in 9.8 s, by a step", for reports.
std::string to_text(const Move& move, std::optional<Duration> in);

}  // namespace berkeley
