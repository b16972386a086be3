#include "daemon/core/node/candidacy.hpp"

namespace berkeley {

Electorate electorate_of(const NodeSettings& settings) {
    std::vector<NodeId> ids;
    for (const Candidate& candidate : settings.candidates)
        ids.push_back(id_of(candidate.name));
    return Electorate(ids);
}

Candidacy::Candidacy(Context& context, const Peers& peers)
    : context_(context),
      peers_(peers),
      election_(electorate_of(context.settings), context.self,
                election_timing(context.settings.poll_max)) {}

void Candidacy::handle(const ElectionEvent& event) {
    for (const ElectionAction& action : election_.handle(event))
        std::visit([this](const auto& each) { carry_out(each); }, action);
}

void Candidacy::carry_out(const WriteMemory&) {
    context_.actions.push_back(SaveState{.at_once = true});
}

void Candidacy::carry_out(const SendToCandidate& action) {
    const Peer* peer = peers_.find(action.to);
    if (peer == nullptr || !peer->address)
        return;
    const Message message =
        std::visit([](const auto& each) { return Message(each); }, action.message);
    context_.send(*peer->address, peer->id, message, peer->seal.to_peer, 0);
}

}  // namespace berkeley
