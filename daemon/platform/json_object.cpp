#include "daemon/platform/json_object.hpp"

#include <utility>

#include <boost/json/parse.hpp>
#include <fmt/format.h>

namespace berkeley {

namespace json = boost::json;

tl::expected<json::object, std::string> parse_json_object(std::string_view text,
                                                          std::size_t most_bytes,
                                                          std::size_t most_depth) {
    if (text.size() > most_bytes)
        return tl::unexpected<std::string>("it is too large");
    json::parse_options options;
    options.max_depth = most_depth;
    json::error_code error;
    json::value value = json::parse({text.data(), text.size()}, error, {}, options);
    if (error)
        return tl::unexpected(fmt::format("it is not JSON: {}", error.message()));
    if (!value.is_object())
        return tl::unexpected<std::string>("it is not a JSON object");
    return std::move(value.get_object());
}

}  // namespace berkeley
