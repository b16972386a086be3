// What a master does about references: nodes with outside time, to which cluster time is brought.
#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "daemon/core/node/finding.hpp"
#include "daemon/core/node/leading.hpp"
#include "daemon/core/node/outside.hpp"

namespace berkeley {
namespace {

// A cluster that has references does not begin without them at once: their NTP clients take as
// long.
constexpr Duration kReferencePatience = 120s;

// Nothing about a leap second is changed any more when it is this near, and what is told is heard
// by all before.
constexpr Duration kLastWord = 10s;
constexpr int kLastPolls = 4;

Duration error_of(const Outside& outside) {
    return std::max(outside.max_error, References::kLeastError);
}

}  // namespace

bool Leading::is_granted(std::string_view name) const {
    return std::ranges::find(context_.settings.references, name) !=
           context_.settings.references.end();
}

// Without cluster time their readings are against our own system clock. A reply tells of the moment
// when it left.
std::vector<ReferenceTestimony> Leading::testimonies(const Moment& now) {
    std::vector<ReferenceTestimony> all;
    if (context_.is_reference()) {
        const Duration off =
            formed() ? steering_.counted(now) - SystemTime{cluster_->line.at(now.raw).ns} : 0ns;
        const Outside outside = outside_of(steering_.kernel());
        ReferenceTestimony own{.record = &own_reference_,
                               .name = context_.settings.name,
                               .granted = is_granted(context_.settings.name),
                               .past_floor = now.system >= context_.floor,
                               .outside = outside,
                               .reading = Reading{off, error_of(outside)},
                               .rate = rate_of(steering_.kernel().rate),
                               .told_rate = rate_of(steering_.kernel().rate)};
        all.push_back(own);
    }
    for (Member* member : table_.all()) {
        member->is_reference =
            member->told && member->told->outside && is_granted(member->name.view());
        if (!member->told || !member->told->outside)
            continue;
        ReferenceTestimony its{.record = &member->reference,
                               .name = member->name.view(),
                               .granted = member->is_reference,
                               .silent = !member->active() || member->silent(now.raw),
                               .past_floor = !member->told->long_past(),
                               .outside = *member->told->outside,
                               .told_rate = member->told->system_rate};
        if (member->readable(now.raw)) {
            const RawTime told_at = member->link.ours_at(member->told->raw);
            const Duration off =
                formed() ? member->told->system - SystemTime{cluster_->line.at(told_at).ns}
                         : member->system_at(now.raw) - now.system;
            its.reading = Reading{off, error_of(its.outside) + member->measuring_bound(now.raw)};
            its.rate = member->system_rate();
        }
        all.push_back(its);
    }
    return all;
}

std::optional<References::Start> Leading::outside_time(const Moment& now) {
    if (!has_references())
        return std::nullopt;
    auto agreed = References::agree_at_start(testimonies(now), now.raw);
    references_here_ = agreed.has_value();
    return agreed;
}

bool Leading::waits_for_references(const Moment& now,
                                   const std::optional<References::Start>& outside) {
    return has_references() && !outside && now.raw - term_since_ < kReferencePatience;
}

// The rate of a line that goes on has in it what the master before us pulled by.
void Leading::begin_with_references(const Formed& formed, bool other_epoch, const Moment& now) {
    const double pull = std::exchange(pull_, {}).rate();
    auto& calendar = context_.calendar;
    if (!formed.continued)
        calendar.leaps = 0;
    else if (other_epoch)
        count_leaps_as_most();
    else
        pull_.go_on(pull);
    if (calendar.coming && calendar.coming->at() <= formed.at_now)
        calendar.coming.reset();  // it came while there was no cluster time here
    if (formed.by_references) {
        pull_.begin_learning();
        References::admit(testimonies(now), now.raw);
    }
    const double own_rate = (1 + formed.rate) / (1 + pull_.rate()) - 1;
    if (formed.continued)
        ensemble_.begin(own_rate);
    else
        ensemble_.begin_anew(own_rate);
    cluster_->bound_growth = growth_by_references();
}

// By an operator's word, in a new epoch.
void Leading::move_references(Duration by) {
    pull_.cluster_time_moved(by);
    References::cluster_time_moved(own_reference_, by);
    for (Member* member : table_.all())
        References::cluster_time_moved(member->reference, by);
}

// ---- once a second

void Leading::follow_references(std::span<const EnsembleInput> inputs, const Moment& now,
                                Duration since, double rate_before) {
    if (!has_references() && guidance_ == Guidance{} && pull_.rate() == 0)
        return;
    if (steering_.in_leap(now.raw))
        return;  // clocks are moved one after the other
    const auto all = testimonies(now);
    std::vector<bool> believed_before;
    std::ranges::transform(all, std::back_inserter(believed_before),
                           [](const auto& it) { return it.record->verdict.believed(); });
    const auto off = references_.judge(all, now.raw);
    tell_of_references(all, believed_before, off);
    if (off)
        read_calendar(all, now);
    const double limit = Ensemble::turn_limit(poll_interval_) * as_seconds(since);
    const double left = std::max(0.0, limit - std::abs(ensemble_.rate() - rate_before));
    const double turned = pull_.steer(off, references_.same(), since, poll_interval_, left);
    if (off || turned != 0)
        ensemble_.turn(inputs, turned);
}

void Leading::tell_of_references(std::span<const ReferenceTestimony> all,
                                 const std::vector<bool>& believed_before,
                                 std::optional<Duration> off) {
    Guidance fresh{.granted = static_cast<std::uint16_t>(context_.settings.references.size()),
                   .off = off.value_or(0ns),
                   .pull = pull_.rate()};
    for (std::size_t i = 0; i < all.size(); ++i) {
        const ReferenceVerdict& verdict = all[i].record->verdict;
        const std::string name(all[i].name);
        fresh.believed = static_cast<std::uint16_t>(fresh.believed + (verdict.believed() ? 1 : 0));
        if (verdict.believed() && !believed_before[i])
            context_.report(ReportKind::reference_believed, name, all[i].reading->offset);
        if (!verdict.believed() && believed_before[i])
            context_.report(ReportKind::reference_excluded, name, 0ns, to_text(verdict));
    }
    const bool had = guidance_.believed > 0;
    const bool has = fresh.believed > 0;
    if (has && !had)
        context_.report(ReportKind::timescale_reference, context_.settings.name, *off,
                        about_text(Pull::time_for(*off)));
    if (had && !has)
        context_.report(ReportKind::timescale_ensemble, context_.settings.name);
    guidance_ = fresh;
}

std::optional<ReferenceVerdict> Leading::verdict_as_reference(const Member& member) const {
    const bool granted = is_granted(member.name.view());
    if (!member.told)
        return std::nullopt;
    if (!member.told->outside)
        return granted ? std::optional(ReferenceVerdict{.charge = ReferenceCharge::no_outside})
                       : std::nullopt;
    if (member.state == MemberState::left || member.silent(last_round_))
        return ReferenceVerdict{.charge = ReferenceCharge::silent};
    return granted ? member.reference.verdict
                   : ReferenceVerdict{.charge = ReferenceCharge::not_granted};
}

std::optional<ReferenceVerdict> Leading::own_verdict_as_reference() const {
    const bool granted = is_granted(context_.settings.name);
    if (!context_.is_reference())
        return granted ? std::optional(ReferenceVerdict{.charge = ReferenceCharge::no_outside})
                       : std::nullopt;
    return granted ? own_reference_.verdict
                   : ReferenceVerdict{.charge = ReferenceCharge::not_granted};
}

// ---- leap seconds and TAI

// What most of those say that are believed.
void Leading::read_calendar(std::span<const ReferenceTestimony> all, const Moment& now) {
    std::size_t believed = 0;
    std::size_t insertions = 0;
    std::size_t deletions = 0;
    std::vector<std::int16_t> tai;
    for (const ReferenceTestimony& it : all) {
        if (!it.record->verdict.believed())
            continue;
        ++believed;
        insertions += it.outside.leap == LeapNotice::insertion ? 1 : 0;
        deletions += it.outside.leap == LeapNotice::deletion ? 1 : 0;
        if (it.outside.tai_s != 0)
            tai.push_back(it.outside.tai_s);
    }
    const std::size_t most = majority_of(believed);
    const ClusterTime cluster = cluster_->line.at(now.raw);
    std::optional<LeapSecond> coming;
    if (const auto midnight = midnight_for_leap(cluster);
        midnight && std::max(insertions, deletions) >= most)
        coming = LeapSecond{*midnight, insertions >= most};
    const Duration last_word = std::max<Duration>(kLastWord, kLastPolls * poll_interval_);
    const auto is_far = [cluster, last_word](const std::optional<LeapSecond>& leap) {
        return !leap || leap->at() - cluster > last_word;
    };
    if (coming != context_.calendar.coming && is_far(coming) && is_far(context_.calendar.coming))
        announce(coming);
    context_.calendar.guided = true;
    std::ranges::sort(tai);
    const std::int16_t middle = tai.empty() ? std::int16_t{0} : tai[tai.size() / 2];
    if (static_cast<std::size_t>(std::ranges::count(tai, middle)) >= most && plausible_tai(middle))
        context_.calendar.tai_s = middle;
}

void Leading::announce(const std::optional<LeapSecond>& coming) {
    report_leap_notice(context_, coming);
    context_.calendar.coming = coming;
    context_.actions.push_back(SaveState{.at_once = true});
}

void Leading::leap(Duration by) {
    if (cluster_)
        cluster_->line.cluster_at_anchor = cluster_->line.cluster_at_anchor + by;
    for (Member* member : table_.all()) {
        if (member->told)
            count_leaps_as_here(*member->told);
    }
}

// A reading and a claim of who has not come to the leap second yet, or came to it before us.
void Leading::count_leaps_as_here(Member::Told& told) const {
    if (!told.claim || told.header.epoch != context_.epoch)
        return;
    const Duration by = std::chrono::seconds(context_.calendar.leaps - told.claim->leaps);
    told.claim->leaps = context_.calendar.leaps;
    told.claim->cluster = told.claim->cluster + by;
    told.system = told.system + by;
}

// A master that was not there for a leap second, or lost its memory, learns of it from those that
// go on with the epoch.
void Leading::count_leaps_as_most() {
    std::vector<std::int8_t> counts;
    for (const Member* member : table_.all()) {
        if (member->active() && member->told && member->told->claim &&
            member->told->header.epoch == context_.epoch)
            counts.push_back(member->told->claim->leaps);
    }
    std::ranges::sort(counts);
    const std::int8_t most = counts.empty() ? context_.calendar.leaps : counts[counts.size() / 2];
    const auto agreeing = static_cast<std::size_t>(std::ranges::count(counts, most));
    if (agreeing < majority_of(counts.size()))
        return;
    const Duration by = std::chrono::seconds(most - context_.calendar.leaps);
    if (by != 0ns && !formed())
        steering_.catch_up_with_leap(by);
    context_.calendar.leaps = most;
    for (Member* member : table_.all()) {
        if (member->told)
            count_leaps_as_here(*member->told);
    }
}

}  // namespace berkeley
