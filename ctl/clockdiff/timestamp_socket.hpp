// Asks another host for its clock, by ICMP.
#pragma once

#include <cstddef>
#include <string>

#include <netinet/in.h>
#include <tl/expected.hpp>

#include "ctl/client/client.hpp"
#include "ctl/clockdiff/stamp_difference.hpp"

namespace berkeley::ctl {

struct Comparison {
    DifferenceEstimate estimate;
    std::size_t sent = 0;
    std::size_t answered = 0;  // of these
    std::size_t non_standard = 0;
    std::size_t senseless = 0;
};

// Takes some 20 ms for each probe, and a second more if not all are answered. The error says what
// to do; kind not_permitted where a raw socket is.
tl::expected<Comparison, ClientError> compare_clocks(const in_addr& host, std::size_t probes);

}  // namespace berkeley::ctl
