// Where a candidate meets those who are no members: it lets in who has a certificate, and enrols
// who has an invitation. If it is not the master, it tells those who would come in whom it voted
// for.
#pragma once

#include <memory>

#include "daemon/core/node/candidacy.hpp"
#include "daemon/core/node/doorkeeper.hpp"
#include "daemon/core/node/enrolment.hpp"
#include "daemon/core/node/roster_office.hpp"
#include "daemon/core/node/witnesses.hpp"

namespace berkeley {

class Gate {
  public:
    // `candidacy` is null on the only candidate, `witnesses` where nobody asks for testimony.
    Gate(Context& context, Candidacy* candidacy, const Witnesses* witnesses,
         const RosterOffice& rosters)
        : context_(context),
          candidacy_(candidacy),
          witnesses_(witnesses),
          rosters_(rosters),
          enrolment_(context) {}

    // It is the master from now on, or no more.
    void lead_in(Leading* leading) {
        leading_ = leading;
        enrolment_.lead_in(leading);
    }

    void start(const std::optional<SavedTrust>& saved);

    // There are other candidates, perhaps the first ones.
    void take_up(Candidacy* candidacy, const Witnesses* witnesses);

    // Of somebody who is no member, or whose seal is not by the key of the member so called.
    void receive(const Header& header, const DatagramReceived& event);
    // Of a member, by its key.
    void receive_member(const Header& header, const Join& join, const DatagramReceived& event);
    // Of another candidate, by its key.
    void receive(const Header& header, const Join& join, const Peer& peer,
                 const DatagramReceived& event);
    void receive(const Header& header, const Inquiry& inquiry, const Peer& peer,
                 const DatagramReceived& event);
    // Of a stranger, or of a member that shows another certificate than it came in by.
    void receive(const Header& header, const Join& join, const DatagramReceived& event);

    Enrolment& enrolment() { return enrolment_; }
    const Enrolment& enrolment() const { return enrolment_; }

  private:
    void receive_stranger(const Header& header, const Join& join, const DatagramReceived& event);
    void receive_stranger(const Header& header, const Inquiry& inquiry,
                          const DatagramReceived& event);
    void receive_stranger(const Header& header, const RosterAsk& ask,
                          const DatagramReceived& event);
    void testify(NodeId asker, const Inquiry& inquiry, const SealingKey& key,
                 const DatagramReceived& event);
    void refuse(NodeId receiver, const Join& join, const Refuse& refusal, const Endpoint& from);
    void let_in(const Header& header, const Join& join, const Leading::Entrant& entrant,
                const DatagramReceived& event);
    void direct(const Header& header, const Join& join, const PairSeal& seal, const Endpoint& from);
    const Member* member(NodeId id) const {
        return leading_ != nullptr ? leading_->find(id) : nullptr;
    }
    void not_authentic(const DatagramReceived& event);

    Context& context_;
    Candidacy* candidacy_;
    const Witnesses* witnesses_;
    const RosterOffice& rosters_;
    Leading* leading_ = nullptr;
    Doorkeeper doorkeeper_;
    // Of its own, lest questions keep out who would come in; where there are witnesses.
    std::unique_ptr<Doorkeeper> inquirers_;
    std::unique_ptr<Doorkeeper> behind_;  // of those who ask for a later roster; once there is one
    Enrolment enrolment_;
};

}  // namespace berkeley
