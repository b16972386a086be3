// A ControlService over a FakeSource and FakeOperations, called.
#pragma once

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "daemon/control/service.hpp"
#include "tests/unit/control/fake_source.hpp"

namespace berkeley {

class ControlCalls : public testing::Test {
  protected:
    // "ERROR {parameters} | what was asked of the daemon"
    std::string reply(const std::string& method, boost::json::object parameters = {},
                      bool may_change = true) {
        operations.asked.clear();
        ControlService service(source, operations);
        const Answer answer =
            service.answer({"org.berkeleyd.Control." + method, std::move(parameters), false, false},
                           {.uid = 1000, .pid = 7, .may_change = may_change});
        std::string text;
        if (answer.reply->error)
            text = answer.reply->error->substr(answer.reply->error->rfind('.') + 1) + " ";
        text += boost::json::serialize(answer.reply->parameters) + " |";
        for (const std::string& asked : operations.asked)
            text += " " + asked;
        return text;
    }

    FakeSource source;
    FakeOperations operations;
};

}  // namespace berkeley
