// How a member asks to come in, and what it does when its master falls silent.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "daemon/core/node/following.hpp"

namespace berkeley {
namespace {

constexpr Duration kFirstJoinWait = 100ms;
constexpr Duration kLongestJoinWait = 2s;
constexpr Duration kLeastPatience = 1s;
// What a refusal is for is not mended in a moment, but nobody needs to restart anything then.
constexpr Duration kRefusedJoinWait = 60s;

}  // namespace

void Following::seek_master(const Moment& now) {
    seeking_since_ = now.raw;
    ask_soon(now);
}

void Following::ask_soon(const Moment& now) {
    join_at_ = now.raw;
    join_wait_ = kFirstJoinWait;
}

void Following::candidate_found(const Moment& now) {
    if (seeking())
        join_at_ = now.raw;
}

void Following::voted(const Moment& now) {
    ask_again(now);
}

// There is news; but nobody's word makes us ask without a pause.
void Following::ask_again(const Moment& now) {
    if (!seeking())
        return;
    ask_soon(now);
    if (joined_at_)
        join_at_ = std::max(now.raw, *joined_at_ + kFirstJoinWait);
}

void Following::receive(const Header& header, const Leave& leave, const Moment& now) {
    if (!in_touch_ || header.from != master_->id || leave.session != session_ ||
        leave.reign != reign_) {
        ++context_.tracking.dropped.replayed;
        return;
    }
    lose_touch(ReportKind::master_left, now);
    told_goodbye_ = true;
}

void Following::timer(const Moment& now) {
    if (asked_ && now.raw >= asked_->answer_at)
        answer(now);
    if (in_touch_ && now.raw - *heard_at_ >= patience())
        lose_touch(ReportKind::holdover, now);
    if (seeking() && now.raw >= join_at_)
        join(now);
    if (witnesses_)
        witnesses_->timer(now);
}

RawTime Following::next_timer() const {
    RawTime next = in_touch_ ? *heard_at_ + patience() : join_at_;
    if (seeking())
        next = std::min(next, join_at_);
    if (witnesses_)
        next = std::min(next, witnesses_->next_timer());
    return asked_ ? std::min(next, asked_->answer_at) : next;
}

Duration Following::patience() const {
    return std::max<Duration>(interval_ * 7 / 2, kLeastPatience);
}

void Following::lose_touch(ReportKind why, const Moment& now) {
    if (confirmed_)
        context_.report(why, master_->name, now.raw - *heard_at_);
    in_touch_ = confirmed_ = false;
    steering_.hold_over();
    seek_master(now);
}

// Whom it is in touch with it need not ask, but the others, of him.
void Following::join(const Moment& now) {
    joined_at_ = now.raw;
    wait_for_more(now);
    for (const Peer& peer : peers_.all()) {
        if (in_touch_ && &peer == master_ && session_ != 0)
            continue;
        join(peer);
    }
}

void Following::wait_for_more(const Moment& now) {
    join_at_ = now.raw + (all_refuse() ? kRefusedJoinWait : join_wait_);
    join_wait_ = std::min<Duration>(join_wait_ * 2, kLongestJoinWait);
}

bool Following::all_refuse() const {
    return std::ranges::all_of(doors_, [](const Door& door) { return door.refusal.has_value(); });
}

void Following::join(const Peer& peer) {
    if (!peer.address)
        return;
    door_of(peer).joining = context_.nonces.next();
    send_join(peer, 0);
}

void Following::send_join(const Peer& peer, Cookie cookie) {
    Door& door = door_of(peer);
    door.cookie = cookie;
    Join join;
    join.session = door.joining;
    join.oscillator = oscillator_;
    join.votes = votes();
    join.name = *NodeName::from(context_.settings.name);
    join.cookie = cookie;
    join.certificate = context_.settings.certificate;
    context_.send(*peer.address, peer.id, join, peer.seal.to_peer, 0);
}

// Its own certificate limits it in the master's eyes, too: to ask for more is to be refused. A
// candidate needs none.
bool Following::votes() const {
    if (candidacy_)
        return !context_.observing();
    const auto& certificate = context_.settings.certificate;
    return !context_.observing() && certificate && certificate->votes;
}

// Whoever heard the Join may have made this one up. None is held back for that: whoever can hear
// and answer faster than the master would then keep the true one out. A false cookie costs one
// datagram, which goes to the master alone and has it send the true one again.
void Following::receive(const Header& header, const Retry& retry) {
    const Peer& peer = *peers_.find(header.from);
    const Door& door = door_of(peer);
    if (door.joining == 0 || retry.session != door.joining || retry.cookie == door.cookie ||
        !peer.address) {
        ++context_.tracking.dropped.replayed;
        return;
    }
    send_join(peer, retry.cookie);
}

void Following::receive(const Header& header, const Refusal& refusal, const Moment& now) {
    const Peer& peer = *peers_.find(header.from);
    Door& door = door_of(peer);
    if (door.joining == 0 || refusal.session != door.joining) {
        ++context_.tracking.dropped.replayed;
        return;
    }
    door.joining = 0;
    door.answered_at = now.raw;
    if (std::exchange(door.refusal, refusal.reason) != refusal.reason) {
        context_.report(ReportKind::refused_by_master, peer.name, 0ns,
                        fmt::format("{}; {}", to_text(refusal.reason), advice(refusal.reason)));
    }
    if (all_refuse())
        join_at_ = now.raw + kRefusedJoinWait;
}

// A Join is answered by a poll at once, also of a member that is in touch.
void Following::ask_for_poll(const Moment& now) {
    join_wait_ = kFirstJoinWait;
    if (!in_touch_)
        return join(now);
    wait_for_more(now);
    join(*master_);
}

std::vector<std::string> Following::candidates_that_answer(bool answer, const Moment& now) const {
    constexpr Duration kLately = 3 * kLongestJoinWait;
    std::vector<std::string> names;
    for (const Peer& peer : peers_.all()) {
        const auto& at = door_of(peer).answered_at;
        if ((at && now.raw - *at < kLately) == answer)
            names.push_back(peer.name);
    }
    return names;
}

}  // namespace berkeley
