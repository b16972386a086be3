#include "daemon/control/service.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "daemon/control/interface.hpp"
#include "tests/unit/control/fake_source.hpp"

namespace berkeley {
namespace {

namespace json = boost::json;

constexpr Caller kOperator{.uid = 1000, .pid = 7, .may_change = true};
constexpr Caller kAnybody{.uid = 1001, .pid = 8, .may_change = false};

struct Asked {
    Answer answer;
    std::vector<std::string> operations;
};

Asked ask_as(const Caller& caller, const std::string& method, json::object parameters = {},
             const std::string& refusal = {}) {
    FakeSource source;
    FakeOperations operations;
    operations.refusal = refusal;
    ControlService service(source, operations);
    Answer answer = service.answer({method, std::move(parameters), false, false}, caller);
    return {std::move(answer), operations.asked};
}

Answer ask(const std::string& method, json::object parameters = {}, bool more = false) {
    FakeSource source;
    FakeOperations operations;
    return ControlService(source, operations)
        .answer({method, std::move(parameters), false, more}, kAnybody);
}

void expect_error(const Answer& answer, std::string_view name, const json::object& parameters) {
    ASSERT_TRUE(answer.reply);
    EXPECT_EQ(answer.reply->error, "org.varlink.service." + std::string(name));
    EXPECT_EQ(answer.reply->parameters, parameters);
    EXPECT_FALSE(answer.reply->continues);
    EXPECT_FALSE(answer.watch_interval);
}

TEST(Service, IntrospectsItself) {
    const json::object info = ask("org.varlink.service.GetInfo").reply->parameters;
    EXPECT_EQ(info.at("interfaces"), (json::array{"org.varlink.service", "org.berkeleyd.Control"}));
    for (const char* key : {"vendor", "product", "version", "url"})
        EXPECT_TRUE(info.at(key).is_string()) << key;
    for (const char* name : {"org.varlink.service", "org.berkeleyd.Control"}) {
        const Answer answer =
            ask("org.varlink.service.GetInterfaceDescription", {{"interface", name}});
        ASSERT_FALSE(answer.reply->error);
        const std::string_view text = answer.reply->parameters.at("description").as_string();
        EXPECT_NE(text.find("\ninterface " + std::string(name) + "\n"), text.npos);
    }
}

TEST(Service, EveryKeyIsDescribedAndEveryMethodAnswers) {
    const std::string_view text = control_description();
    for (const char* method : {"Status", "Members", "Tracking", "Invitations", "Enrolled"}) {
        EXPECT_NE(text.find("method " + std::string(method) + "()"), text.npos);
        const Answer answer = ask("org.berkeleyd.Control." + std::string(method));
        ASSERT_FALSE(answer.reply->error);
        const json::value& value = answer.reply->parameters.begin()->value();
        const json::object& keys = value.is_array() ? value.at(0).as_object() : value.as_object();
        for (const auto& [key, ignored] : keys)
            EXPECT_NE(text.find("\n  " + std::string(key) + ": "), text.npos) << key;
    }
}

TEST(Service, WatchStreamsAtTheIntervalAsked) {
    const Answer answer = ask("org.berkeleyd.Control.Watch", {{"interval_ms", 250}}, true);
    ASSERT_TRUE(answer.reply);
    EXPECT_TRUE(answer.reply->continues);
    EXPECT_EQ(answer.watch_interval, std::chrono::milliseconds(250));
    EXPECT_TRUE(answer.reply->parameters.contains("status"));
    EXPECT_TRUE(answer.reply->parameters.contains("members"));
    EXPECT_EQ(ask("org.berkeleyd.Control.Watch", {{"interval_ms", nullptr}}, true).watch_interval,
              std::chrono::milliseconds(1000));
}

TEST(Service, StandardErrors) {
    expect_error(ask("org.berkeleyd.Control.Watch"), "ExpectedMore", {});
    expect_error(ask("org.berkeleyd.Control.Nothing"), "MethodNotFound", {{"method", "Nothing"}});
    expect_error(ask("org.varlink.service.Nothing"), "MethodNotFound", {{"method", "Nothing"}});
    expect_error(ask("org.example.Nothing"), "InterfaceNotFound", {{"interface", "org.example"}});
    expect_error(ask("nodots"), "InterfaceNotFound", {{"interface", ""}});
    expect_error(ask(""), "InterfaceNotFound", {{"interface", ""}});
    expect_error(ask("org.varlink.service.GetInterfaceDescription", {{"interface", "a.b"}}),
                 "InterfaceNotFound", {{"interface", "a.b"}});
    expect_error(ask("org.varlink.service.GetInterfaceDescription"), "InvalidParameter",
                 {{"parameter", "interface"}});
    expect_error(ask("org.berkeleyd.Control.Status", {{"x", 1}}), "InvalidParameter",
                 {{"parameter", "x"}});
    for (const json::value& bad : {json::value(49), json::value(60'001), json::value("1"),
                                   json::value(1e3), json::value(UINT64_MAX)})
        expect_error(ask("org.berkeleyd.Control.Watch", {{"interval_ms", bad}}, true),
                     "InvalidParameter", {{"parameter", "interval_ms"}});
}

// ---- what changes something

TEST(ChangingCalls, AreCarriedOutAndAnswered) {
    const auto reply = [](const char* method, json::object parameters = {}) {
        const Asked asked = ask_as(kOperator, method, std::move(parameters));
        EXPECT_FALSE(asked.answer.reply->error) << method;
        EXPECT_EQ(asked.operations.size(), 1U);
        return json::serialize(asked.answer.reply->parameters) + " " + asked.operations.at(0);
    };
    EXPECT_EQ(reply("org.berkeleyd.Control.Poll"), R"({"nodes":2} poll by 1000)");
    EXPECT_EQ(reply("org.berkeleyd.Control.Step"), R"({"stepped_ns":-1500000000} step by 1000)");
    EXPECT_EQ(reply("org.berkeleyd.Control.Handover"), R"({"master":"node2"} handover  by 1000)");
    EXPECT_EQ(reply("org.berkeleyd.Control.Handover", {{"node", "node3"}}),
              R"({"master":"node3"} handover node3 by 1000)");
    const std::string planned = R"("in_ns":10000000000,"by_ns":-1500000000,"epoch":2,"way":"step",)"
                                R"("settling_ns":22000000000,"warnings":["mind this"]})";
    EXPECT_EQ(reply("org.berkeleyd.Control.SetTime", {{"by_ns", -1'500'000'000}, {"way", "step"}}),
              R"({"at_ns":1790000000000000000,)" + planned + " move by -1500000000 step by 1000");
    EXPECT_TRUE(reply("org.berkeleyd.Control.SetTime",
                      {{"to_ns", 1'800'000'000'000'000'000}, {"dry_run", true}})
                    .ends_with(" plan to 1800000000000000000 by 1000"));
    EXPECT_EQ(reply("org.berkeleyd.Control.RecallMove"), "{} recall by 1000");
    EXPECT_EQ(reply("org.berkeleyd.Control.Form"),
              R"({"formed":true,"clocks":"1 of 5"} form by 1000)");
    EXPECT_EQ(reply("org.berkeleyd.Control.Reload"),
              R"({"taken_over":["expect"],"needs_restart":["listen","name"]} reload by 1000)");
    EXPECT_EQ(reply("org.berkeleyd.Control.SetLogLevel", {{"level", "warning"}}),
              "{} loglevel warning by 1000");
}

TEST(ChangingCalls, AreForThosePermittedOnlyAndTheOthersAreToldOf) {
    for (const char* method : {"Poll", "Step", "SetTime", "RecallMove", "Form", "Handover",
                               "Reload", "SetLogLevel", "Invite", "Revoke"}) {
        const Asked asked = ask_as(kAnybody, "org.berkeleyd.Control." + std::string(method));
        expect_error(asked.answer, "PermissionDenied", {});
        EXPECT_EQ(asked.operations,
                  std::vector<std::string>{"refused " + std::string(method) + " by 1001"});
    }
}

TEST(ChangingCalls, RefusalsHaveErrorsOfTheirOwn) {
    for (const char* method : {"Poll", "Step", "RecallMove", "Form", "Handover"}) {
        const Asked asked =
            ask_as(kOperator, "org.berkeleyd.Control." + std::string(method), {}, "why not");
        EXPECT_EQ(asked.answer.reply->error, "org.berkeleyd.Control.NotPossible");
        EXPECT_EQ(asked.answer.reply->parameters, (json::object{{"reason", "why not"}}));
    }
    const Asked asked = ask_as(kOperator, "org.berkeleyd.Control.Reload", {}, "b.toml:1:1: no");
    EXPECT_EQ(asked.answer.reply->error, "org.berkeleyd.Control.InvalidConfiguration");
    EXPECT_EQ(asked.answer.reply->parameters.at("errors"),
              (json::array{"b.toml:1:1: no", "another"}));
}

TEST(ChangingCalls, WithWrongParametersChangeNothing) {
    const auto expect_invalid = [](const char* method, json::object parameters, const char* which) {
        const Asked asked = ask_as(kOperator, "org.berkeleyd.Control." + std::string(method),
                                   std::move(parameters));
        expect_error(asked.answer, "InvalidParameter", {{"parameter", which}});
        EXPECT_TRUE(asked.operations.empty());
    };
    for (const char* method : {"Poll", "Step", "SetTime", "RecallMove", "Form", "Handover",
                               "Reload", "SetLogLevel", "Invite", "Revoke"})
        expect_invalid(method, {{"x", 1}}, "x");
    for (const json::value& bad : {json::value("no name"), json::value(4)})
        expect_invalid("Handover", {{"node", bad}}, "node");
    expect_invalid("SetTime", {}, "by_ns");
    expect_invalid("SetTime", {{"by_ns", 1}, {"to_ns", 1}}, "by_ns");
    for (const json::value& bad : {json::value(1.5), json::value("1"), json::value(INT64_MAX)}) {
        expect_invalid("SetTime", {{"by_ns", bad}}, "by_ns");
        expect_invalid("SetTime", {{"to_ns", bad}}, "to_ns");
    }
    expect_invalid("SetTime", {{"to_ns", -1}}, "to_ns");
    for (const json::value& bad : {json::value("jump"), json::value(1)})
        expect_invalid("SetTime", {{"by_ns", 1}, {"way", bad}}, "way");
    expect_invalid("SetTime", {{"by_ns", 1}, {"dry_run", 1}}, "dry_run");
    for (const json::value& bad :
         {json::value("debug"), json::value(""), json::value(4), json::value(nullptr)})
        expect_invalid("SetLogLevel", {{"level", bad}}, "level");
    expect_invalid("SetLogLevel", {}, "level");
}

TEST(Service, AOneWayCallIsNotAnswered) {
    FakeSource source;
    FakeOperations operations;
    ControlService service(source, operations);
    for (const char* method :
         {"org.berkeleyd.Control.Status", "org.berkeleyd.Control.Watch", "x"}) {
        const Answer answer = service.answer({method, {}, true, true}, kOperator);
        EXPECT_FALSE(answer.reply);
        EXPECT_FALSE(answer.watch_interval);
    }
}

RC_GTEST_PROP(ServiceProperty, AnyMethodNameIsAnswered, (const std::string& method)) {
    RC_ASSERT(ask(method).reply->error.has_value());
    RC_ASSERT(ask("org.berkeleyd.Control." + method).reply->error.has_value());
}

}  // namespace
}  // namespace berkeley
