// Answers calls: what the control socket says, without the socket.
#pragma once

#include <chrono>
#include <optional>

#include "daemon/control/operations.hpp"
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
    // Both must outlive the service.
    ControlService(StateSource& source, Operations& operations)
        : source_(source), operations_(operations) {}

    // Errors are answers too: org.varlink.service has a name for most, the interface for the rest.
    Answer answer(const varlink::Call& call, const Caller& caller);

    varlink::Reply watch_update();

  private:
    Answer answer_service(std::string_view method, const varlink::Call& call);
    Answer answer_control(std::string_view method, const varlink::Call& call, const Caller& caller);
    Answer watch(const varlink::Call& call);
    Answer change(std::string_view method, const varlink::Call& call, const Caller& caller);
    Answer hand_over(const varlink::Call& call, const Caller& caller);
    Answer reload(const Caller& caller);
    Answer set_log_level(const varlink::Call& call, const Caller& caller);

    // In move_service.cpp.
    Answer set_time(const varlink::Call& call, const Caller& caller);
    Answer recall_move(const Caller& caller);
    Answer form(const Caller& caller);

    // In enrolment_service.cpp.
    Answer invitations();
    Answer enrolled();
    Answer invite(const varlink::Call& call, const Caller& caller);
    Answer revoke(const varlink::Call& call, const Caller& caller);

    // In roster_service.cpp.
    Answer candidates();
    Answer promote(const varlink::Call& call, const Caller& caller);
    Answer retire(const varlink::Call& call, const Caller& caller);

    StateSource& source_;
    Operations& operations_;
};

}  // namespace berkeley
