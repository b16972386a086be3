// Varlink's messages (varlink.org, "Protocol"): JSON objects, told apart by their members.
//   call   {"method": "org.example.Method", "parameters": {...}, "more": true, "oneway": true}
//   reply  {"parameters": {...}, "continues": true}
//   error  {"error": "org.example.Error", "parameters": {...}}
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>
#include <tl/expected.hpp>

namespace berkeley::varlink {

struct Call {
    std::string method;
    boost::json::object parameters;
    bool oneway = false;  // no reply is wanted
    bool more = false;    // more than one reply is wanted
};

struct Reply {
    boost::json::object parameters;
    bool continues = false;            // another reply to the same call follows
    std::optional<std::string> error;  // its full name
};

// Total on any bytes. `message` is without the NUL; its length is for the caller to limit, its
// depth is limited here. Members that Varlink does not know are let pass. The error says what is
// wrong.
tl::expected<Call, std::string> decode_call(std::string_view message);
tl::expected<Reply, std::string> decode_reply(std::string_view message);

// With the NUL that ends it.
std::string encode(const Call& call);
std::string encode(const Reply& reply);

}  // namespace berkeley::varlink
