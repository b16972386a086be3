// Answers calls: what the control socket says, without the socket.
#pragma once

#include <chrono>
#include <optional>

#include "daemon/control/state_source.hpp"
#include "daemon/control/varlink.hpp"

namespace berkeley {

struct Answer {
    std::optional<varlink::Reply> reply;  // none to a one-way call
    // Where set, `reply` is the first of a stream: a watch_update() follows it each interval until
    // the client closes.
    std::optional<std::chrono::milliseconds> watch_interval;
};

class ControlService {
  public:
    // `source` must outlive the service.
    explicit ControlService(StateSource& source) : source_(source) {}

    // Errors are answers too: org.varlink.service has a name for each.
    Answer answer(const varlink::Call& call);

    varlink::Reply watch_update();

  private:
    Answer answer_service(std::string_view method, const varlink::Call& call);
    Answer answer_control(std::string_view method, const varlink::Call& call);
    Answer watch(const varlink::Call& call);

    StateSource& source_;
};

}  // namespace berkeley
