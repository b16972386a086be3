// Where a candidate meets those who are no members: it lets in who has a certificate, and enrols
// who has an invitation.
#pragma once

#include "daemon/core/node/doorkeeper.hpp"
#include "daemon/core/node/enrolment.hpp"

namespace berkeley {

class Gate {
  public:
    Gate(Context& context, Leading& leading)
        : context_(context), leading_(leading), enrolment_(context, leading) {}

    void start(const std::optional<SavedTrust>& saved);

    // Of somebody who is no member, or whose seal is not by the key of the member so called.
    void receive(const Header& header, const DatagramReceived& event);
    // Of a member, by its key.
    void receive_member(const Header& header, const Join& join, const DatagramReceived& event);
    // Of a stranger, or of a member that shows another certificate than it came in by.
    void receive(const Header& header, const Join& join, const DatagramReceived& event);

    Enrolment& enrolment() { return enrolment_; }
    const Enrolment& enrolment() const { return enrolment_; }

  private:
    void receive_stranger(const Header& header, const Join& join, const DatagramReceived& event);
    void refuse(NodeId receiver, const Join& join, const Refuse& refusal, const Endpoint& from);
    void not_authentic(const DatagramReceived& event);

    Context& context_;
    Leading& leading_;
    Doorkeeper doorkeeper_;
    Enrolment enrolment_;
};

}  // namespace berkeley
