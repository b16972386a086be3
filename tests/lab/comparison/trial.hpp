// One trial of the comparison: guests that boot for it, one of the two daemons on all of them, and
// the truth about their clocks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/lab/support/laboratory.hpp"

namespace berkeley::lab {

struct Terms {
    double settle_s = 90;  // from the daemons' start until the clocks are judged
    double hold_s = 120;   // that they are judged for

    // What the two are told. Without a poll, berkeleyd is as it is installed.
    // NOLINTBEGIN(readability-redundant-member-init): GCC warns without
    std::optional<double> poll_s = {};
    std::string chrony_server = "minpoll 0 maxpoll 4 iburst xleave extfield F323";
    std::vector<std::string> chrony_lines = {};
    // NOLINTEND(readability-redundant-member-init)
};

struct Links {
    std::string name;
    std::string what;
    Way way;
};

enum class Contender : std::uint8_t { berkeleyd, chrony };
std::string name_of(Contender contender);

struct Figures {
    double spread_rms_us = 0;
    double spread_max_us = 0;
    double packets_per_node_hour = 0;     // UDP datagrams sent while the clocks were judged
    std::optional<double> within_1_ms_s;  // of the start, and so until the end
    double longest_stall_ms = 0;          // of a guest, while they were judged
};

// The kernels disagree by seconds and by up to 190 ppm when it begins, whoever is tried.
Figures try_once(Contender contender, const Links& links, const Terms& terms);

// What chronyd on this guest of so many is configured to.
std::string chrony_config(std::size_t guest, std::size_t guests, const Terms& terms);

}  // namespace berkeley::lab
