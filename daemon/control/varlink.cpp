#include "daemon/control/varlink.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace berkeley::varlink {
namespace {

namespace json = boost::json;

// Ours need four; a reader that recurses must not be led deep.
constexpr std::size_t kDeepest = 16;

tl::expected<json::object, std::string> parse_object(std::string_view message) {
    json::parse_options options;
    options.max_depth = kDeepest;
    json::error_code error;
    json::value value = json::parse(message, error, {}, options);
    if (error)
        return tl::unexpected(fmt::format("no JSON: {}", error.message()));
    if (!value.is_object())
        return tl::unexpected(std::string("no JSON object"));
    return std::move(value.as_object());
}

tl::expected<bool, std::string> flag(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    if (value == nullptr || value->is_null())
        return false;
    if (!value->is_bool())
        return tl::unexpected(fmt::format("\"{}\" is no boolean", name));
    return value->get_bool();
}

tl::expected<json::object, std::string> parameters(json::object& object) {
    json::value* value = object.if_contains("parameters");
    if (value == nullptr || value->is_null())
        return json::object{};
    if (!value->is_object())
        return tl::unexpected(std::string("\"parameters\" is no object"));
    return std::move(value->get_object());
}

std::string finish(const json::object& object) {
    std::string text = json::serialize(object);
    text.push_back('\0');
    return text;
}

}  // namespace

tl::expected<Call, std::string> decode_call(std::string_view message) {
    auto object = parse_object(message);
    if (!object)
        return tl::unexpected(object.error());
    const json::value* method = object->if_contains("method");
    if (method == nullptr || !method->is_string())
        return tl::unexpected(std::string("no \"method\", or it is no string"));
    Call call;
    call.method = std::string_view(method->get_string());
    for (const auto& [name, target] : {std::pair{"oneway", &call.oneway}, {"more", &call.more}}) {
        const auto given = flag(*object, name);
        if (!given)
            return tl::unexpected(given.error());
        *target = *given;
    }
    auto given = parameters(*object);
    if (!given)
        return tl::unexpected(given.error());
    call.parameters = std::move(*given);
    return call;
}

tl::expected<Reply, std::string> decode_reply(std::string_view message) {
    auto object = parse_object(message);
    if (!object)
        return tl::unexpected(object.error());
    Reply reply;
    if (const json::value* error = object->if_contains("error"); error && !error->is_null()) {
        if (!error->is_string())
            return tl::unexpected(std::string("\"error\" is no string"));
        reply.error.emplace(std::string_view(error->get_string()));
    }
    const auto continues = flag(*object, "continues");
    if (!continues)
        return tl::unexpected(continues.error());
    reply.continues = *continues;
    auto given = parameters(*object);
    if (!given)
        return tl::unexpected(given.error());
    reply.parameters = std::move(*given);
    return reply;
}

std::string encode(const Call& call) {
    json::object object{{"method", call.method}, {"parameters", call.parameters}};
    if (call.oneway)
        object["oneway"] = true;
    if (call.more)
        object["more"] = true;
    return finish(object);
}

std::string encode(const Reply& reply) {
    json::object object;
    if (reply.error)
        object["error"] = *reply.error;
    object["parameters"] = reply.parameters;
    if (reply.continues)
        object["continues"] = true;
    return finish(object);
}

}  // namespace berkeley::varlink
