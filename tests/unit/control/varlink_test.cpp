#include "daemon/control/varlink.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace berkeley::varlink {
namespace {

std::string without_nul(std::string message) {
    EXPECT_FALSE(message.empty());
    EXPECT_EQ(message.back(), '\0');
    message.pop_back();
    EXPECT_EQ(message.find('\0'), std::string::npos);
    return message;
}

TEST(Varlink, ACallComesBack) {
    Call call;
    call.method = "org.example.Do";
    call.parameters["a"] = 1;
    call.more = true;
    const auto back = decode_call(without_nul(encode(call)));
    ASSERT_TRUE(back) << back.error();
    EXPECT_EQ(back->method, call.method);
    EXPECT_EQ(back->parameters, call.parameters);
    EXPECT_TRUE(back->more);
    EXPECT_FALSE(back->oneway);
}

TEST(Varlink, AReplyComesBack) {
    Reply reply;
    reply.parameters["text"] = std::string("a\0b\x1b", 4);
    reply.continues = true;
    const auto back = decode_reply(without_nul(encode(reply)));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->parameters, reply.parameters);
    EXPECT_TRUE(back->continues);
    EXPECT_FALSE(back->error);
    reply.error = "org.example.Bad";
    EXPECT_EQ(decode_reply(without_nul(encode(reply)))->error, "org.example.Bad");
}

TEST(Varlink, PlainCallsCarryNoFlags) {
    Call call;
    call.method = "a.B";
    EXPECT_EQ(without_nul(encode(call)), R"({"method":"a.B","parameters":{}})");
    EXPECT_EQ(without_nul(encode(Reply{})), R"({"parameters":{}})");
}

TEST(Varlink, WhatIsLeftOutHasADefault) {
    const auto call = decode_call(R"({"method":"a.B","parameters":null,"more":null,"x":[]})");
    ASSERT_TRUE(call);
    EXPECT_TRUE(call->parameters.empty());
    EXPECT_FALSE(call->more);
    ASSERT_TRUE(decode_reply("{}"));
}

TEST(Varlink, BadCallsAreErrors) {
    for (const std::string_view bad :
         {"", "{", "[]", "3", "{}", R"({"method":3})", R"({"method":"a","more":1})",
          R"({"method":"a","oneway":"yes"})", R"({"method":"a","parameters":[]})",
          R"({"method":"a"} x)", "{\"method\":\"\xff\"}"})
        EXPECT_FALSE(decode_call(bad)) << bad;
}

TEST(Varlink, DepthIsLimited) {
    std::string deep = R"({"method":"a","parameters":{"x":)";
    deep += std::string(30'000, '[') + std::string(30'000, ']') + "}}";
    EXPECT_FALSE(decode_call(deep));
    EXPECT_FALSE(decode_reply(deep));
    EXPECT_TRUE(decode_call(R"({"method":"a","parameters":{"x":[[[[[[]]]]]]}})"));
}

RC_GTEST_PROP(VarlinkProperty, TotalOnAnyBytes, (const std::string& bytes)) {
    (void)decode_call(bytes);
    (void)decode_reply(bytes);
}

RC_GTEST_PROP(VarlinkProperty, TotalOnPieces, ()) {
    const auto piece = rc::gen::element<std::string>(
        "{", "}", "[", "]", ":", ",", "\"method\"", "\"parameters\"", "\"more\"", "\"error\"",
        "\"continues\"", "\"a.B\"", "true", "null", "1e999", "-", "\"\\ud800\"", "\"\\u0000\"");
    std::string text;
    for (const std::string& part : *rc::gen::container<std::vector<std::string>>(piece))
        text += part;
    (void)decode_call(text);
    (void)decode_reply(text);
}

}  // namespace
}  // namespace berkeley::varlink
