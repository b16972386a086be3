#include "daemon/app/status_teller.hpp"

#include "daemon/app/report_text.hpp"

namespace berkeley {

void StatusTeller::look(const NodeStatus& status, SteadyTime now) {
    const bool news = status.state != state_ || status.master != master_;
    if (!news && told_at_ && now - *told_at_ < kLeastApart)
        return;
    const std::string before = sentence_;
    if (sentence_for(status, now) != before)
        tell_(sentence_);
}

std::string StatusTeller::sentence_for(const NodeStatus& status, SteadyTime now) {
    state_ = status.state;
    master_ = status.master;
    told_at_ = now;
    sentence_ = status_sentence(status);
    return sentence_;
}

}  // namespace berkeley
