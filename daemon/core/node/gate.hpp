// Where a candidate meets those who are no members: it lets in who has a certificate, and enrols
// who has an invitation. If it is not the master, it tells those who would come in whom it voted
// for.
#pragma once

#include "daemon/core/node/candidacy.hpp"
#include "daemon/core/node/doorkeeper.hpp"
#include "daemon/core/node/enrolment.hpp"

namespace berkeley {

class Gate {
  public:
    // `candidacy` is null on the only candidate.
    Gate(Context& context, const Candidacy* candidacy)
        : context_(context), candidacy_(candidacy), enrolment_(context) {}

    // It is the master from now on, or no more.
    void lead_in(Leading* leading) {
        leading_ = leading;
        enrolment_.lead_in(leading);
    }

    void start(const std::optional<SavedTrust>& saved);

    // Of somebody who is no member, or whose seal is not by the key of the member so called.
    void receive(const Header& header, const DatagramReceived& event);
    // Of a member, by its key.
    void receive_member(const Header& header, const Join& join, const DatagramReceived& event);
    // Of another candidate, by its key.
    void receive(const Header& header, const Join& join, const Peer& peer,
                 const DatagramReceived& event);
    // Of a stranger, or of a member that shows another certificate than it came in by.
    void receive(const Header& header, const Join& join, const DatagramReceived& event);

    Enrolment& enrolment() { return enrolment_; }
    const Enrolment& enrolment() const { return enrolment_; }

  private:
    void receive_stranger(const Header& header, const Join& join, const DatagramReceived& event);
    void refuse(NodeId receiver, const Join& join, const Refuse& refusal, const Endpoint& from);
    void let_in(const Header& header, const Join& join, const Leading::Entrant& entrant,
                const DatagramReceived& event);
    void direct(const Header& header, const Join& join, const PairSeal& seal, const Endpoint& from);
    const Member* member(NodeId id) const {
        return leading_ != nullptr ? leading_->find(id) : nullptr;
    }
    void not_authentic(const DatagramReceived& event);

    Context& context_;
    const Candidacy* candidacy_;
    Leading* leading_ = nullptr;
    Doorkeeper doorkeeper_;
    Enrolment enrolment_;
};

}  // namespace berkeley
