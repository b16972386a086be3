// The beginning of every file that is kept as JSON: one object, not too large, not too deep.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>
#include <tl/expected.hpp>

namespace berkeley {

// What is wrong begins with "it".
tl::expected<boost::json::object, std::string> parse_json_object(std::string_view text,
                                                                 std::size_t most_bytes,
                                                                 std::size_t most_depth);

}  // namespace berkeley
