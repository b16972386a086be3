// A node's hand on its own clock: where the line says it should be, where it is, what to do.
// The master has one too, and corrects itself as it corrects the others.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "daemon/core/node/context.hpp"
#include "daemon/core/node/outside.hpp"
#include "daemon/core/steer/discipline.hpp"
#include "daemon/core/steer/foreign_hand.hpp"
#include "daemon/core/wire/move.hpp"

namespace berkeley {

class Steering {
  public:
    explicit Steering(Context& context) : context_(context) {}

    void start(const Moment& now, const KernelReading& kernel, const SavedState& saved);

    // Made anew while a master was followed: the line is as fresh as it was.
    void go_on(bool synchronized);

    // A correction, of context.epoch.
    void follow(const BoundedLine& line, const Moment& now);

    // Cluster time is another from now on, of context.epoch: its line was not drawn anew, but is
    // later or earlier by so much. The clock follows that way, `step_policy` permitting.
    void move_line(Duration by, MoveWay way, const Moment& now);
    bool forbids_move(Duration by, const Moment& now) const;  // by move_limit

    // The raw clock is not the one the line was drawn over.
    void drop_line(const Moment& now);
    void forget_rate() { saved_rate_.reset(); }

    // The master is gone; the line is followed all the same.
    void hold_over() { line_is_fresh_ = false; }
    // We are the master no more.
    void hold(const BoundedLine& line) {
        line_ = line;
        line_is_fresh_ = false;
    }

    // Known from the last run only: a correction that contradicts it is to be believed.
    bool line_is_hearsay() const { return line_is_restored_; }

    // Once a second, and at once after the first correction or when the clock was set.
    void tick(const Moment& now, const KernelReading& kernel);
    void clock_was_set(const Moment& now, const KernelReading& kernel);
    void adjusting_outdated(const Moment& now);
    void settings_changed(const Moment& now);
    void stop(const Moment& now);
    void adjusting_failed(const std::string& error);

    // A leap second: the line moves, and the kernel its clock by itself.
    void leap(Duration by);
    // One that this node was not there for: its clock is yet to be moved, at once.
    void catch_up_with_leap(Duration by);
    // Then clocks are moved one after the other: this one is left alone meanwhile.
    bool in_leap(RawTime now) const;
    // What the system clock reads, as the line counts leap seconds.
    SystemTime counted(const Moment& now) const;

    // By an operator's word: one step onto the line. A sentence says why not; empty if it would.
    void step_on_request(const Moment& now, const KernelReading& kernel);
    std::string why_no_step(const Moment& now) const;

    RawTime next_tick() const { return next_tick_; }

    NodeState state() const { return state_; }
    const std::optional<BoundedLine>& line() const { return line_; }
    const KernelReading& kernel() const { return kernel_; }

    // Of the system clock against cluster time; empty without a line.
    std::optional<Duration> offset(const Moment& now) const;
    std::optional<Duration> bound(const Moment& now) const;
    std::optional<double> frequency() const;  // raw clock against cluster time
    const std::string& reason() const { return reason_; }
    std::string_view way_back() const;  // from refusing

    // Of cluster time against the raw clock, for the next start.
    std::optional<double> rate_to_save() const;

  private:
    void watch_for_others(const Moment& now, const KernelReading& kernel);
    bool beyond_move_limit(const Moment& now, Duration offset) const;
    void refuse_for_another(std::string_view why);
    void refuse(ReportKind kind, std::string why);
    bool may_step(Duration offset) const;
    void step_by(const Moment& now, Duration by, std::string why);
    void adjust(const Moment& now, const KernelAdjustment& adjustment, Duration move);
    void tell_calendar(KernelAdjustment& adjustment, const Moment& now, Duration offset) const;
    void tell_tai();
    void note(const Moment& now, const KernelReading& kernel);
    void slew_to_line(const Moment& now, const KernelReading& kernel);
    void disclaim();
    void set_saved_rate(const Moment& now, const KernelReading& kernel);
    void judge(Duration offset);
    void change_state(NodeState state, Duration offset);
    void plan_next_tick(const Moment& now);
    void describe(KernelAdjustment& adjustment, const Moment& now, Duration offset,
                  Duration running) const;
    bool close_to_line() const {
        return state_ == NodeState::synchronized || state_ == NodeState::holdover;
    }

    Context& context_;
    Discipline discipline_;
    ForeignHand foreign_hand_;
    NodeState state_ = NodeState::starting;
    std::string reason_;
    bool held_by_move_limit_ = false;  // that is why it refuses

    std::optional<BoundedLine> line_;
    std::uint64_t line_epoch_ = 0;
    bool line_is_fresh_ = false;
    bool line_is_restored_ = false;  // from the last run, and by no correction since
    bool step_wanted_ = false;       // onto the line, however close it is
    bool met_line_ = false;          // the first synchronization of this epoch is done
    std::optional<double> saved_rate_;

    // Where the clock was, and what rate it had, before we touched it.
    Moment found_;
    double found_rate_ = 0;

    KernelReading kernel_;
    RawTime next_tick_;
    std::optional<SteadyTime> set_by_other_at_;
    std::optional<std::string_view>
        step_due_;  // why the clock is to be put on its line by one step
    std::optional<ClusterTime> leapt_to_;
    StatedError stated_error_;
    RawTime notice_from_;  // until then the kernel is told of no leap second
};

}  // namespace berkeley
