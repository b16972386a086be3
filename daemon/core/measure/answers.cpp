#include "daemon/core/measure/answers.hpp"

namespace berkeley {

void Answers::begin(Sequence sequence, const RawStamp& poll_received) {
    answers_[sequence % answers_.size()] = Answer{sequence, poll_received, std::nullopt};
    newest_ = sequence;
}

void Answers::left(Sequence sequence, const RawStamp& sent) {
    Answer& answer = answers_[sequence % answers_.size()];
    if (sequence == 0 || answer.sequence != sequence)
        return;
    if (answer.sent && sent.source == StampSource::program)
        return;
    answer.sent = sent;
}

Answers::Sent Answers::last_sent() const {
    const Answer& answer = answers_[newest_ % answers_.size()];
    if (newest_ == 0 || !answer.sent)
        return {};
    return {newest_, *answer.sent};
}

std::optional<Exchange> Answers::complete(Sequence sequence, RawTime poll_sent,
                                          RawTime reply_received) {
    Answer& answer = answers_[sequence % answers_.size()];
    if (sequence == 0 || answer.sequence != sequence || !answer.sent)
        return std::nullopt;
    const Exchange exchange{.sent = poll_sent,
                            .peer_received = answer.received.at,
                            .peer_sent = answer.sent->at,
                            .received = reply_received,
                            .error = answer.received.error + answer.sent->error + 1us};
    answer = {};
    if (!exchange.plausible())
        return std::nullopt;
    return exchange;
}

}  // namespace berkeley
