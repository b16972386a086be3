#include "daemon/core/node/steering.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "daemon/core/time/text.hpp"

namespace berkeley {
namespace {

// Synchronized is an offset below the first figure; it ends above the second.
constexpr Duration kCloseEnough = 500us;
constexpr Duration kTooFar = 10ms;

// The kernel's flag for "synchronized" falls when cluster time is guaranteed no better than this.
constexpr Duration kLooseBound = 1s;

// Two foreign sets within this are no accident: another program steers the clock.
constexpr Duration kForeignPatience = 60s;

// The kernel fixes a second's slew at its start: measure and declare shortly before that.
constexpr Duration kTickPhase = 800ms;
constexpr Duration kSecond = 1s;

// Around a leap second: what is written in the last seconds before it may come too late, and an
// idle kernel turns to a second late. Clocks further apart than this leap apart.
constexpr Duration kLeapAhead = 1500ms;
constexpr Duration kLeapBehind = 500ms;
constexpr Duration kLeapTogether = 100ms;
constexpr Duration kNoticeWithheld = 1200ms;  // a second of a clock that is slewed

Duration until_next_second(const Moment& now) {
    return kSecond - Duration{now.system.ns % kSecond.count()};
}

}  // namespace

void Steering::note(const Moment& now, const KernelReading& kernel) {
    kernel_ = kernel;
    if (context_.is_reference())
        kernel_.max_error = stated_error_.taken(kernel.max_error, now.raw);
}

void Steering::start(const Moment& now, const KernelReading& kernel, const SavedState& saved) {
    note(now, kernel);
    found_ = now;
    found_rate_ = rate_of(kernel.rate);
    saved_rate_ = saved.rate;
    notice_from_ = now.raw + kNoticeWithheld;
    next_tick_ = now.raw;
    if (!saved.line || slept(saved.suspended, now.suspended) || saved.line->line.anchor > now.raw) {
        return;
    }
    line_ = saved.line;
    line_epoch_ = context_.epoch;
    line_is_restored_ = true;
    // A restart never steps, unless somebody moved the clock while nobody was looking.
    const Duration offset = offset_of(now, line_->line);
    met_line_ = std::abs(offset.count()) <= context_.settings.step_threshold.count();
}

void Steering::go_on(bool synchronized) {
    if (!line_)
        return;
    line_is_fresh_ = true;
    if (synchronized)
        state_ = NodeState::synchronized;
}

void Steering::follow(const BoundedLine& line, const Moment& now) {
    const bool first = !line_;
    const bool new_epoch = line_epoch_ != context_.epoch;
    if (new_epoch) {
        met_line_ = false;
        disclaim();
    }
    line_ = line;
    line_epoch_ = context_.epoch;
    line_is_fresh_ = true;
    line_is_restored_ = false;
    ++context_.tracking.corrections;
    if (first || new_epoch)
        next_tick_ = now.raw;
}

void Steering::move_line(Duration by, MoveWay way, const Moment& now) {
    if (!line_)
        return;
    line_->line.cluster_at_anchor = line_->line.cluster_at_anchor + by;
    line_epoch_ = context_.epoch;
    step_wanted_ = way == MoveWay::step;
    met_line_ = true;
    step_due_.reset();
    next_tick_ = now.raw;
    disclaim();
}

bool Steering::forbids_move(Duration by, const Moment& now) const {
    return line_ && !context_.hands_off() &&
           beyond_move_limit(now, offset_of(now, line_->line) - by);
}

void Steering::drop_line(const Moment& now) {
    found_ = now;
    next_tick_ = now.raw;
    saved_rate_ = rate_to_save();
    line_.reset();
    line_is_fresh_ = false;
    step_due_.reset();
    set_by_other_at_.reset();
    step_wanted_ = false;
    met_line_ = false;  // a machine that slept or was restored is as wrong as one that booted
    foreign_hand_.forget();
    discipline_.forget_slew();
    disclaim();
    if (state_ != NodeState::refusing)
        change_state(NodeState::synchronizing, 0ns);
}

void Steering::tick(const Moment& now, const KernelReading& kernel) {
    note(now, kernel);
    plan_next_tick(now);
    if (in_leap(now.raw))
        return;
    watch_for_others(now, kernel);
    if (state_ == NodeState::refusing)
        return;
    if (context_.hands_off()) {
        if (line_)
            judge(offset_of(now, line_->line));
        return;
    }
    if (!line_) {
        set_saved_rate(now, kernel);
        disclaim();
        return;
    }
    const Duration offset = offset_of(now, line_->line);
    if (beyond_move_limit(now, offset)) {
        refuse(ReportKind::move_limit_reached,
               "cluster time is " + to_text(-offset) +
                   " away, further than move_limit lets the clock be moved; raise it and reload, "
                   "or set the clock by hand and restart berkeleyd");
        held_by_move_limit_ = true;
        return;
    }
    if (may_step(offset)) {
        if (std::exchange(step_wanted_, false))
            step_due_ = "cluster time was moved";
        step_by(now, -offset, std::string(step_due_.value_or("first synchronization")));
        return;
    }
    step_wanted_ = false;
    slew_to_line(now, kernel);
}

void Steering::clock_was_set(const Moment& now, const KernelReading& kernel) {
    note(now, kernel);
    if (in_leap(now.raw))
        return;
    watch_for_others(now, kernel);
    next_tick_ = now.raw;
}

// ---- leap seconds

// The kernel moves its clock at its own midnight, and that is told as a setting of the clock.
bool Steering::in_leap(RawTime now) const {
    if (!line_)
        return false;
    const ClusterTime cluster = line_->line.at(now);
    const auto within = [cluster](ClusterTime at) {
        return at - cluster < kLeapAhead && cluster - at < kLeapBehind;
    };
    const auto& coming = context_.calendar.coming;
    return (coming && within(coming->at())) || (leapt_to_ && within(*leapt_to_));
}

SystemTime Steering::counted(const Moment& now) const {
    if (!in_leap(now.raw))
        return now.system;
    for (const Duration leap : {Duration{-1s}, Duration{1s}}) {
        const Duration off = offset_of(now, line_->line) + leap;
        if (std::chrono::abs(off) < kLeapTogether)
            return now.system + leap;
    }
    return now.system;
}

void Steering::leap(Duration by) {
    if (!line_)
        return;
    line_->line.cluster_at_anchor = line_->line.cluster_at_anchor + by;
    leapt_to_ = context_.calendar.coming ? std::optional(context_.calendar.coming->at() + by)
                                         : std::nullopt;
    foreign_hand_.leapt(by);
    discipline_.forget_slew();
}

void Steering::catch_up_with_leap(Duration by) {
    if (!line_)
        return;
    line_->line.cluster_at_anchor = line_->line.cluster_at_anchor + by;
    step_due_ = "a leap second that this node was not there for";
}

// Only a clock that is near cluster time comes to midnight when it does. A kernel whose clock is
// set forgets when its leap second is, and finds it again when the notice has been taken back for
// one of its seconds.
void Steering::tell_calendar(KernelAdjustment& adjustment, const Moment& now,
                             Duration offset) const {
    const Calendar& calendar = context_.calendar;
    if (!calendar.guided)
        return;
    const bool near = now.raw >= notice_from_ && std::chrono::abs(offset) < kLeapTogether;
    adjustment.leap = calendar.coming && near ? calendar.coming->notice() : LeapNotice::none;
}

void Steering::tell_tai() {
    const auto& tai = context_.calendar.tai_s;
    if (tai && plausible_tai(*tai) && close_to_line() && kernel_.tai_offset_s != *tai)
        context_.actions.push_back(SetTaiOffset{*tai});
}

// ---- other hands on the clock

void Steering::watch_for_others(const Moment& now, const KernelReading& kernel) {
    if (context_.hands_off() || state_ == NodeState::refusing)
        return;
    if (const auto set_by = foreign_hand_.set_by_other(now)) {
        ++context_.tracking.foreign_sets;
        context_.report(ReportKind::clock_set_by_other, context_.settings.name, *set_by);
        const bool again = set_by_other_at_ && now.steady() - *set_by_other_at_ < kForeignPatience;
        set_by_other_at_ = now.steady();
        notice_from_ = now.raw + kNoticeWithheld;
        foreign_hand_.forget();  // what follows is judged from here on
        discipline_.forget_slew();
        if (again) {
            refuse_for_another("the clock was set twice within a minute by another program");
            return;
        }
        if (std::abs(set_by->count()) > context_.settings.step_threshold.count())
            step_due_ = "undoing what another program set";
        return;
    }
    const auto changed = foreign_hand_.steered_by_other(kernel);
    if (!changed.empty())
        refuse_for_another(changed);
}

// The kernel did not take what we told it: what we believe of the clock is not so.
void Steering::adjusting_failed(const std::string& error) {
    if (state_ == NodeState::refusing)
        return;
    refuse(ReportKind::adjusting_failed, error);
}

// The kernel still does what it was told before: decide anew.
void Steering::adjusting_outdated(const Moment& now) {
    foreign_hand_.never_left();
    discipline_.forget_slew();
    next_tick_ = now.raw;
}

void Steering::refuse_for_another(std::string_view why) {
    refuse(ReportKind::clock_steered_by_other,
           std::string(why) +
               "; is chronyd, ntpd or systemd-timesyncd running? Stop it, then "
               "restart berkeleyd");
}

void Steering::refuse(ReportKind kind, std::string why) {
    reason_ = std::move(why);
    context_.report(kind, context_.settings.name, 0ns, reason_);
    state_ = NodeState::refusing;
    disclaim();
    step_due_.reset();
    foreign_hand_.forget();
}

// A limit that was raised far enough stands in the way no more.
void Steering::settings_changed(const Moment& now) {
    if (!held_by_move_limit_ || !line_ || beyond_move_limit(now, offset_of(now, line_->line)))
        return;
    held_by_move_limit_ = false;
    reason_.clear();
    discipline_.forget_slew();
    next_tick_ = now.raw;
    change_state(NodeState::synchronizing, 0ns);
}

// ---- moving the clock

// Moved is what the clock reads against what it would, had we never touched it.
bool Steering::beyond_move_limit(const Moment& now, Duration offset) const {
    if (!context_.settings.move_limit)
        return false;
    const Duration raw = now.raw - found_.raw;
    const Duration untouched = raw + gained(raw, found_rate_);
    const Duration moved = (now.system - found_.system) - untouched - offset;
    return std::abs(moved.count()) > context_.settings.move_limit->count();
}

bool Steering::may_step(Duration offset) const {
    if (step_wanted_ && context_.settings.step_policy == StepPolicy::first)
        return std::abs(offset.count()) > Duration{kCloseEnough}.count();
    if (std::abs(offset.count()) <= context_.settings.step_threshold.count())
        return false;
    if (step_due_)
        return true;
    return !met_line_ && context_.settings.step_policy == StepPolicy::first;
}

std::string Steering::why_no_step(const Moment& now) const {
    if (context_.is_reference())
        return "this clock is a reference: another program steers it";
    if (context_.hands_off())
        return "this clock is observed and not steered: set clock = \"system\"";
    if (state_ == NodeState::refusing)
        return "berkeleyd keeps its hands off this clock: " + reason_;
    if (!line_)
        return "there is no cluster time here yet";
    const Duration offset = offset_of(now, line_->line);
    if (std::abs(offset.count()) <= Duration{kCloseEnough}.count())
        return "there is nothing to step: the clock is " + to_text(offset) + " from cluster time";
    if (beyond_move_limit(now, offset)) {
        return "cluster time is " + to_text(-offset) +
               " away, further than move_limit lets the clock be moved; raise it, and reload";
    }
    return {};
}

void Steering::step_on_request(const Moment& now, const KernelReading& kernel) {
    note(now, kernel);
    watch_for_others(now, kernel);
    if (!why_no_step(now).empty())
        return;
    step_by(now, -offset_of(now, line_->line), "asked for by the operator");
}

void Steering::step_by(const Moment& now, Duration by, std::string why) {
    context_.actions.push_back(StepClock{by});
    context_.report(ReportKind::clock_stepped, context_.settings.name, by, std::move(why));
    ++context_.tracking.steps;
    discipline_.forget_slew();
    notice_from_ = now.raw + kNoticeWithheld;
    Moment stepped = now;
    stepped.system = stepped.system + by;
    KernelReading at_rest = kernel_;
    at_rest.slew_left = 0ns;
    slew_to_line(stepped, at_rest);
}

void Steering::slew_to_line(const Moment& now, const KernelReading& kernel) {
    const Duration offset = offset_of(now, line_->line);
    KernelAdjustment adjustment = discipline_.slew(now, kernel, line_->line.rate, -offset);
    judge(offset);
    describe(adjustment, now, offset, discipline_.still_running());
    tell_calendar(adjustment, now, offset);
    adjust(now, adjustment, -offset);
    tell_tai();
    step_due_.reset();
}

// Nobody attends a slew after us: what the running second does not take up is left out.
void Steering::stop(const Moment& now) {
    if (state_ == NodeState::refusing || context_.hands_off() || !line_ ||
        kernel_.slew_left == 0ns) {
        return;
    }
    KernelAdjustment adjustment;
    adjustment.rate = kernel_rate_for(line_->line.rate);
    adjustment.time_constant = kernel_.time_constant;
    describe(adjustment, now, offset_of(now, line_->line), 0ns);
    adjust(now, adjustment, 0ns);
}

void Steering::adjust(const Moment& now, const KernelAdjustment& adjustment, Duration move) {
    context_.actions.push_back(AdjustKernel{adjustment, now.system});
    kernel_.rate = adjustment.rate;
    kernel_.unsynchronized = !adjustment.synchronized;
    foreign_hand_.left(now, adjustment, move, discipline_.still_running());
}

// Before anything is known of cluster time, the oscillator's error of last time is the best guess.
void Steering::set_saved_rate(const Moment& now, const KernelReading& kernel) {
    if (!saved_rate_)
        return;
    if (kernel.rate == kernel_rate_for(*saved_rate_))
        return;
    KernelAdjustment adjustment;
    adjustment.rate = kernel_rate_for(*saved_rate_);
    adjustment.max_error = kErrorUnknown;
    adjustment.estimated_error = kErrorUnknown;
    adjust(now, adjustment, kernel.slew_left);
}

// What the kernel says of its clock must hold until it is told anew. A chunk that was fixed for an
// earlier goal may carry the clock away from this one first; and the kernel lets its error grow at
// the turn of the second, not before.
void Steering::describe(KernelAdjustment& adjustment, const Moment& now, Duration offset,
                        Duration running) const {
    const Duration size = std::max(std::chrono::abs(offset), std::chrono::abs(offset + running));
    adjustment.max_error =
        line_->bound_at(now.raw + until_next_second(now) + kernel_.turn_delay) + size;
    adjustment.estimated_error = line_->sigma_at(now.raw) + size;
    adjustment.synchronized = close_to_line() && adjustment.max_error < kLooseBound;
}

// What we, or a program before us, made the kernel say is not known to be so any more. Where
// another program steers the clock now, its own word stands: it has another PLL than ours.
void Steering::disclaim() {
    const bool another =
        state_ == NodeState::refusing && !(kernel_.phase_locked && kernel_.frequency_held);
    if (context_.hands_off() || kernel_.unsynchronized || another)
        return;
    context_.actions.push_back(DisclaimClock{});
    kernel_.unsynchronized = true;
}

void Steering::plan_next_tick(const Moment& now) {
    Duration wait = until_next_second(now) - (kSecond - kTickPhase);
    if (wait < 100ms)
        wait += kSecond;
    next_tick_ = now.raw + wait;
}

// ---- what to say of it

void Steering::judge(Duration offset) {
    const Duration size{std::abs(offset.count())};
    if (size <= kCloseEnough)
        met_line_ = true;
    const bool close = size <= (close_to_line() ? kTooFar : kCloseEnough);
    if (!close) {
        change_state(NodeState::synchronizing, offset);
    } else {
        change_state(line_is_fresh_ ? NodeState::synchronized : NodeState::holdover, offset);
    }
}

void Steering::change_state(NodeState state, Duration offset) {
    if (state == state_)
        return;
    if (state == NodeState::synchronized && state_ != NodeState::holdover) {
        context_.report(ReportKind::synchronized, context_.settings.name, offset);
        context_.actions.push_back(SaveState{});
    }
    state_ = state;
}

std::optional<Duration> Steering::offset(const Moment& now) const {
    if (!line_)
        return std::nullopt;
    return counted(now) - SystemTime{line_->line.at(now.raw).ns};
}

std::optional<Duration> Steering::bound(const Moment& now) const {
    if (!line_)
        return std::nullopt;
    return line_->bound_at(now.raw) + std::chrono::abs(*offset(now));
}

std::optional<double> Steering::frequency() const {
    if (!line_)
        return std::nullopt;
    return 1 / (1 + line_->line.rate) - 1;
}

std::string_view Steering::way_back() const {
    if (held_by_move_limit_)
        return "raise move_limit and reload: 'berkeleyctl reload'";
    return "this clock is left alone until the cause is gone and berkeleyd restarted: "
           "'systemctl restart berkeleyd'";
}

std::optional<double> Steering::rate_to_save() const {
    if (line_)
        return line_->line.rate;
    return saved_rate_;
}

}  // namespace berkeley
