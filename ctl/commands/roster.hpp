// The roster of candidates in words, for several verbs.
#pragma once

#include <string>

#include <boost/json/object.hpp>

#include "ctl/render/style.hpp"

namespace berkeley::ctl {

// A table, which leaves columns out where the screen is narrow, and sentences below it.
std::string roster_text(const boost::json::object& roster, const Style& style);

// What is proposed, and who has not signed it and why; empty if nothing is.
std::string proposal_text(const boost::json::object& roster);

}  // namespace berkeley::ctl
