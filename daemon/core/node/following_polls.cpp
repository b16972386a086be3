// What a member does with a poll: it answers, and takes from it what it may believe.
#include <algorithm>

#include "daemon/core/node/following.hpp"
#include "daemon/core/node/outside.hpp"

namespace berkeley {
namespace {

// Two nodes that know of the same leap second come to it within this of each other, datagrams
// included.
constexpr Duration kLeapDispute = 10s;
// What is told of a leap second that is nearer than this comes too late.
constexpr Duration kLeastNotice = 3s;

}  // namespace

void Following::answer(const Moment& now) {
    Reply reply;
    reply.session = session_;
    reply.reign = asked_->reign;
    reply.sequence = asked_->sequence;
    reply.poll_received = asked_->received.at;
    reply.stamp_error = asked_->received.error;
    if (const Answers::Sent last = answers_.last_sent(); last.sequence != 0) {
        reply.last_sequence = last.sequence;
        reply.last_sent = last.at.at;
        reply.stamp_error += last.at.error;
    }
    reply.raw = now.raw;
    reply.system = steering_.counted(now);
    reply.system_rate = rate_of(steering_.kernel().rate);
    reply.votes = votes() && plausible(reply.system);
    reply.system = std::clamp(reply.system, SystemTime{0}, SystemTime{kEnd<SystemClock> - 1});
    reply.steers = !context_.hands_off() && steering_.state() != NodeState::refusing;
    reply.floor = context_.floor;
    if (const auto& line = steering_.line(); line && context_.epoch > 0) {
        reply.claim =
            Claim{line->line.at(now.raw), line->bound_at(now.raw), line->sigma_at(now.raw),
                  line->line.rate,        line->rate_sigma,        context_.calendar.leaps};
    }
    if (context_.is_reference())
        reply.outside = outside_of(steering_.kernel());
    if (candidacy_ && !context_.settings.roster_in_doubt)
        reply.standing = candidacy_->standing(master_->id, asked_->term);
    reply.move = held_move();
    answers_.begin(asked_->sequence, asked_->received);
    context_.send(asked_->from, master_->id, reply, master_->seal.to_peer, asked_->sequence);
    asked_.reset();
}

void Following::reply_left(std::uint64_t token, const RawStamp& sent) {
    answers_.left(token, sent);
}

// The same exchanges that the master measures us by tell us of its raw clock, and of ours.
void Following::compare_raw_clocks(const Poll& poll, const Moment& now) {
    const auto exchange = answers_.complete(poll.last_sequence, poll.last_sent, poll.last_received);
    if (!exchange)
        return;
    round_trips_.add(now.raw, exchange->round_trip());
    if (!master_clock_.add(*exchange, 0))
        raw_clocks_moved_ = true;
}

// ---- corrections and the calendar

void Following::heed(const Header& header, const Poll& poll, const Moment& now) {
    if (poll.correction) {
        told_calendar_ = poll.calendar;
        consider(header, as_counted_here(header, poll, now), now);
    }
    if (!disbelief_ && header.epoch == context_.epoch)
        go_by_calendar(poll.calendar, now);
}

// The same line, before or after a leap second as this node has it. If the master has one that this
// node was not there for, the line that is held moves, which is told; a dishonest one can do so as
// often as it may leap by epochs.
BoundedLine Following::as_counted_here(const Header& header, const Poll& poll, const Moment& now) {
    BoundedLine told = *poll.correction;
    const auto& held = steering_.line();
    if (!held || header.epoch != context_.epoch)
        return told;
    const Duration by = std::chrono::seconds(poll.calendar.leaps - context_.calendar.leaps);
    if (by == 0ns)
        return told;
    const ClusterTime cluster = held->line.at(now.raw);
    const auto& coming = context_.calendar.coming;
    const bool now_or_soon = (coming && coming->at() - cluster < kLeapDispute) ||
                             (leapt_at_ && now.raw - *leapt_at_ < kLeapDispute);
    if (now_or_soon) {
        told.line.cluster_at_anchor = told.line.cluster_at_anchor - by;
        return told;
    }
    if (belief_.affords_leap(by, now)) {
        context_.calendar.leap(by);
        leap(by, now);
        steering_.catch_up_with_leap(by);
        context_.report(ReportKind::leap_second, context_.settings.name, by,
                        "it was not there for that, and has it from " + master_->name);
        context_.actions.push_back(SaveState{.at_once = true});
    }
    return told;
}

void Following::leap(Duration by, const Moment& now) {
    leapt_at_ = now.raw;
    belief_.leap(by);
    if (witnesses_)
        witnesses_->leap(by, now.raw);
}

// No month has a leap second but at its end, whatever a master tells.
void Following::go_by_calendar(const Calendar& told, const Moment& now) {
    const auto& held = steering_.line();
    if (!held || !told.guided)
        return;
    Calendar& calendar = context_.calendar;
    calendar.guided = true;
    if (told.tai_s && plausible_tai(*told.tai_s) && told.leaps == calendar.leaps)
        calendar.tai_s = told.tai_s;
    if (told.coming == calendar.coming)
        return;
    const ClusterTime cluster = held->line.at(now.raw);
    const auto changes_in_time = [cluster](const std::optional<LeapSecond>& leap) {
        return !leap || leap->at() - cluster > kLeastNotice;
    };
    const bool possible = !told.coming || told.coming->midnight == midnight_for_leap(cluster);
    if (!possible || !changes_in_time(told.coming) || !changes_in_time(calendar.coming))
        return;
    report_leap_notice(context_, told.coming);
    calendar.coming = told.coming;
    context_.actions.push_back(SaveState{.at_once = true});
}

}  // namespace berkeley
