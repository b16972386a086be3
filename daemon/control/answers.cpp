#include "daemon/control/answers.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "daemon/control/interface.hpp"

namespace berkeley {
namespace {

namespace json = boost::json;

Answer error_of(std::string_view interface, std::string_view name, json::object parameters) {
    std::string full = std::string(interface) + "." + std::string(name);
    return {varlink::Reply{std::move(parameters), false, std::move(full)}, std::nullopt};
}

}  // namespace

Answer good(json::object parameters) {
    return {varlink::Reply{std::move(parameters), false, std::nullopt}, std::nullopt};
}

Answer error(std::string_view name, json::object parameters) {
    return error_of(kServiceInterface, name, std::move(parameters));
}

Answer invalid(std::string_view parameter) {
    return error("InvalidParameter", {{"parameter", parameter}});
}

Answer control_error(std::string_view name, json::object parameters) {
    return error_of(kControlInterface, name, std::move(parameters));
}

Answer not_possible(std::string_view reason) {
    return control_error("NotPossible", {{"reason", reason}});
}

std::optional<std::string_view> stranger(const json::object& parameters,
                                         std::initializer_list<std::string_view> known) {
    for (const auto& [key, value] : parameters) {
        if (std::ranges::find(known, std::string_view(key)) == known.end())
            return std::string_view(key);
    }
    return std::nullopt;
}

}  // namespace berkeley
