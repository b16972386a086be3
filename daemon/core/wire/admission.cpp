#include "daemon/core/wire/admission.hpp"

#include "daemon/core/contract.hpp"

namespace berkeley {

std::string_view to_text(RefusalReason reason) {
    switch (reason) {
        case RefusalReason::unknown_issuer:
            return "no candidate that it knows issued this node's certificate";
        case RefusalReason::bad_signature:
            return "this node's certificate is not for this cluster, name and key";
        case RefusalReason::revoked:
            return "this node's key was revoked";
        case RefusalReason::not_as_certified:
            return "this node asks for a vote, which its certificate does not grant";
        case RefusalReason::name_in_use:
            return "a node of this name, with another key, is a member";
        case RefusalReason::table_full:
            return "it has as many members as it may have";
        case RefusalReason::trust_unreadable:
            return "it cannot read its record of who was revoked";
        case RefusalReason::on_two_machines:
            return "another machine has this node's key, too, and is the member of this name";
    }
    contract_broken("a refusal without words");
}

std::string_view advice(RefusalReason reason) {
    switch (reason) {
        case RefusalReason::unknown_issuer:
        case RefusalReason::bad_signature:
        case RefusalReason::not_as_certified:
            return "have the certificate issued anew by a candidate, or ask for a new invitation "
                   "('berkeleyctl invite' there) and join again";
        case RefusalReason::revoked:
            return "if this node is to come back, make it a new key and ask for a new invitation "
                   "('berkeleyctl invite' on a candidate)";
        case RefusalReason::name_in_use:
            return "give this node a name of its own, or revoke the other key on a candidate "
                   "('berkeleyctl revoke')";
        case RefusalReason::table_full:
            return "revoke nodes that are no more ('berkeleyctl revoke' there), or make a second "
                   "cluster";
        case RefusalReason::trust_unreadable:
            return "look at 'berkeleyctl status' there";
        case RefusalReason::on_two_machines:
            return "was one copied from the other? Take one away, or revoke this node there "
                   "('berkeleyctl revoke') and join both anew, each under a name of its own";
    }
    contract_broken("a refusal without advice");
}

std::string_view to_text(EnrolOutcome outcome) {
    switch (outcome) {
        case EnrolOutcome::admitted:
            return "admitted";
        case EnrolOutcome::used:
            return "the invitation was used already, by another node: ask for a new one "
                   "('berkeleyctl invite' on the candidate)";
        case EnrolOutcome::expired:
            return "the invitation has expired: ask for a new one ('berkeleyctl invite' on the "
                   "candidate)";
        case EnrolOutcome::unknown:
            return "the candidate does not remember the invitation: it has expired long ago, or "
                   "the candidate's machine was restarted; ask for a new one ('berkeleyctl invite' "
                   "there)";
        case EnrolOutcome::name_taken:
            return "another node has this name: choose another one (--node), or revoke the other "
                   "node's key on the candidate ('berkeleyctl revoke'); for a reference see "
                   "OUTSIDE TIME in berkeleyd(8)";
        case EnrolOutcome::refused:
            return "the candidate can admit nobody now: 'berkeleyctl status' and the journal tell "
                   "why there";
    }
    contract_broken("an outcome without words");
}

}  // namespace berkeley
