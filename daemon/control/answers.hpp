// The forms that an answer to a call may have.
#pragma once

#include <initializer_list>
#include <optional>
#include <string_view>

#include <boost/json/object.hpp>

#include "daemon/control/service.hpp"

namespace berkeley {

Answer good(boost::json::object parameters);

// Of org.varlink.service.
Answer error(std::string_view name, boost::json::object parameters);
Answer invalid(std::string_view parameter);

// Of org.berkeleyd.Control.
Answer control_error(std::string_view name, boost::json::object parameters);
Answer not_possible(std::string_view reason);

// The first parameter that the method does not have.
std::optional<std::string_view> stranger(const boost::json::object& parameters,
                                         std::initializer_list<std::string_view> known);

}  // namespace berkeley
