// What a master does when raw clocks are not where their past lets them be: a member's changed, or
// its own did, and then all members seem to have.
#include <algorithm>

#include "daemon/core/agree/median.hpp"
#include "daemon/core/node/leading.hpp"

namespace berkeley {
namespace {

constexpr Duration kSuspicion = 4s;  // who has not answered a dozen polls by then is not there
constexpr Duration kSuspicionRound = 300ms;

// By chance one of very many is surprising now and then: that is no reason to ask all the others.
constexpr std::size_t kOneIn = 10;
constexpr Duration kLately = 2s;

// Our own rate is known when most links' are. The ensemble finds out what is left of its error.
constexpr double kRateKnown = 0.3 * kPpm;
constexpr Duration kCarriedAtMost = 300s;

}  // namespace

// It can be told when the others have been heard again. Until then nobody is judged and nobody
// corrected: what they hold is better than what we could tell. (A clock that does not count, as it
// has just jumped, holds up nothing.)
void Leading::suspect(Member& member, const Moment& now) {
    member.jumped_at = now.raw;
    member.jumped_by = member.link.surprise();
    if (!formed() || suspicion_since_ || carried_since_ || !member.clock.counted ||
        lately_suspect(now.raw) <= counted() / kOneIn) {
        return;
    }
    suspicion_since_ = now.raw;
    round_due_ = std::min(round_due_, now.raw + kSuspicionRound);
    poll_all(now);
}

std::size_t Leading::lately_suspect(RawTime now) const {
    const auto suspects = std::ranges::count_if(table_.all(), [now](const Member* member) {
        return member->clock.counted && member->jumped_at && now - *member->jumped_at < kLately;
    });
    return static_cast<std::size_t>(suspects);
}

bool Leading::suspicion_holds(const Moment& now) {
    if (!suspicion_since_)
        return false;
    if (all_heard_since(*suspicion_since_) || now.raw - *suspicion_since_ >= kSuspicion) {
        suspicion_since_.reset();
        return false;
    }
    round_due_ = now.raw + kSuspicionRound;
    poll_all(now);
    return true;
}

bool Leading::all_heard_since(RawTime moment) const {
    return std::ranges::all_of(table_.all(), [this, moment](const Member* member) {
        return !member->active() || member->silent(last_round_) || member->suspect ||
               !member->link.measured() || member->measured_at > moment;
    });
}

// If the raw clocks of most members seem to have moved the same way at once, it was ours. They are
// heard one by one, and those that do not count are judged as soon as they are. Who shares our
// oscillator cannot tell.
bool Leading::own_raw_clock_changed() const {
    const Duration at_once = 2 * poll_interval_ + 2s;
    std::vector<Vote> measured;
    std::vector<Vote> ahead;
    std::vector<Vote> behind;
    for (const Member* member : table_.all()) {
        if (!member->active() || member->silent(last_round_) || member->vote == own_.vote)
            continue;
        if (member->link.updates() > 0 || member->suspect)
            measured.push_back(member->vote);
        if (!member->jumped_at || last_round_ - *member->jumped_at >= at_once)
            continue;
        if (member->jumped_by >= 0ns)
            ahead.push_back(member->vote);
        if (member->jumped_by <= 0ns)
            behind.push_back(member->vote);
    }
    const std::size_t most = std::max(number_of(ahead), number_of(behind));
    return most >= 2 && most >= majority_of(number_of(measured));
}

void Leading::disown_raw_clock(const Moment& now) {
    ++context_.tracking.raw_breaks;
    context_.report(ReportKind::raw_clock_broken, context_.settings.name, 0ns,
                    "it changed against most of the members'");
    steering_.drop_line(now);
    steering_.forget_rate();
    cluster_.reset();
    begin_term(now);
    disowned_ = true;
    for (Member* member : table_.all()) {
        member->link = Link{};
        member->link_since = now.raw;
        member->steady_rate.reset();
        member->suspect = false;
        member->jumped_at.reset();
        member->told.reset();
    }
    poll_all(now);
}

// The members are told nothing meanwhile: each goes on by its own line, and those are cluster time.
void Leading::carry_by_members(const Moment& now) {
    OwnReading own = own_reading(now);
    own.line.reset();
    own.cluster_rate.reset();
    const auto formed = form(own, table_.all(), expected_votes());
    if (formed && formed->continued)
        draw(*formed, now);
    if (!rates_known() && now.raw - *carried_since_ < kCarriedAtMost)
        return;
    go_on_by_claims(kRateKnown, now.raw);
    carried_since_.reset();
    disowned_ = false;
    poll_all(now);
}

bool Leading::rates_known() const {
    std::vector<double> sigmas;
    for (const Member* member : table_.all()) {
        if (member->clock.counted)
            sigmas.push_back(member->link.rate_sigma());
    }
    return median_of(sigmas) < kRateKnown;
}

}  // namespace berkeley
