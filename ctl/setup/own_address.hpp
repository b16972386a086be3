// Where other machines may reach this one.
#pragma once

#include <string>
#include <vector>

namespace berkeley::ctl {

// Addresses of interfaces that are up, but for those that mean nothing to other machines (loopback,
// link-local); IPv4 if there is any, else IPv6. Numeric.
std::vector<std::string> own_addresses();

}  // namespace berkeley::ctl
