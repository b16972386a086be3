#include "daemon/core/measure/probe.hpp"

#include <algorithm>

namespace berkeley {

void Probe::begin(Sequence sequence) {
    UnderWay& poll = under_way_[sequence % under_way_.size()];
    poll = UnderWay{};
    poll.sequence = sequence;
}

void Probe::sent(Sequence sequence, const RawStamp& at) {
    UnderWay* poll = find(sequence);
    if (poll == nullptr)
        return;
    if (poll->has_left && at.source == StampSource::program)
        return;
    poll->sent = at;
    poll->has_left = true;
}

bool Probe::answered(Sequence sequence, RawTime peer_received, const RawStamp& received) {
    UnderWay* poll = find(sequence);
    if (poll == nullptr || poll->answered)
        return false;
    poll->answered = true;
    poll->peer_received = peer_received;
    poll->received = received;
    return true;
}

Exchange Probe::exchange_of(const UnderWay& poll, RawTime peer_sent, Duration peer_error) {
    return {.sent = poll.sent.at,
            .peer_received = poll.peer_received,
            .peer_sent = peer_sent,
            .received = poll.received.at,
            .error = poll.sent.error + poll.received.error + peer_error};
}

std::optional<Exchange> Probe::early(Sequence sequence, RawTime peer_read, Duration peer_error) {
    const UnderWay* poll = find(sequence);
    if (poll == nullptr || !poll->answered || !poll->has_left)
        return std::nullopt;
    const Exchange exchange =
        exchange_of(*poll, std::max(peer_read, poll->peer_received), peer_error);
    if (!exchange.plausible())
        return std::nullopt;
    return exchange;
}

std::optional<Exchange> Probe::complete(Sequence sequence, RawTime peer_sent, Duration peer_error) {
    UnderWay* poll = find(sequence);
    if (poll == nullptr || !poll->answered || !poll->has_left)
        return std::nullopt;
    const Exchange exchange = exchange_of(*poll, peer_sent, peer_error);
    *poll = UnderWay{};
    if (!exchange.plausible())
        return std::nullopt;
    last_completed_ = {sequence, exchange.sent, exchange.received};
    return exchange;
}

Probe::UnderWay* Probe::find(Sequence sequence) {
    if (sequence == 0)
        return nullptr;
    UnderWay& poll = under_way_[sequence % under_way_.size()];
    return poll.sequence == sequence ? &poll : nullptr;
}

}  // namespace berkeley
