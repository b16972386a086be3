// Which program has a UDP port: for an error message, so only as far as /proc tells us.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace berkeley {

// "chronyd (pid 123)"; empty if not known: nobody has it, or we may not look at other users'
// processes. Looks through all of /proc: some milliseconds.
std::string udp_port_owner(std::uint16_t port);

// The inodes of the sockets on that port in the text of /proc/net/udp or udp6. Total on any text.
std::vector<std::uint64_t> inodes_on_port(std::string_view proc_net_udp, std::uint16_t port);

}  // namespace berkeley
