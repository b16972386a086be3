#include "daemon/app/daemon.hpp"

#include <cerrno>
#include <csignal>
#include <utility>
#include <variant>

#include "daemon/app/notices.hpp"
#include "daemon/app/reload.hpp"
#include "daemon/app/report_text.hpp"
#include "daemon/platform/entropy.hpp"
#include "daemon/platform/notify.hpp"
#include "daemon/platform/time_daemons.hpp"

namespace berkeley {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// Reading a file in /sys costs some µs; suspends are seen in every reading of the clocks.
constexpr Duration kRawClockLooksApart = 1s;

// Of what costs more than it is worth at every waking: a master of many is woken all the time.
constexpr Duration kChoresApart = 900ms;  // so that each of the node's own seconds has one

}  // namespace

std::vector<CandidateAddress> all_but(const std::string& name,
                                      std::vector<CandidateAddress> candidates) {
    std::erase_if(candidates,
                  [&name](const CandidateAddress& candidate) { return candidate.name == name; });
    return candidates;
}

Daemon::Daemon(asio::io_context& context, DaemonParts parts, Journal& journal)
    : context_(context),
      journal_(journal),
      config_(std::move(parts.config)),
      reread_(std::move(parts.reread)),
      clock_(std::move(parts.clock)),
      node_(config_.node),
      translator_(read_clock_bracket()),
      timer_(context, *clock_, [this] { wake(); }),
      resolver_(context, all_but(config_.node.name, config_.candidates), resolver_callbacks()),
      clock_set_watch_(std::move(parts.clock_set_watch)),
      clock_set_(context),
      keeper_(context, std::move(parts.state_file), std::move(parts.raw_clock), keeper_callbacks()),
      trust_keeper_(context, std::move(parts.trust_file), std::move(parts.trust_place),
                    trust_callbacks()),
      roster_keeper_(context, std::move(parts.roster_file), roster_callbacks()),
      earliest_(parts.earliest),
      saved_(std::move(parts.saved)),
      trust_(std::move(parts.trust)),
      roster_(std::move(parts.roster)),
      roster_doubt_(std::move(parts.roster_doubt)),
      signals_(context, SIGTERM, SIGINT, SIGHUP),
      watchdog_(context, watchdog_interval(), notify_watchdog),
      status_teller_(notify_status) {
    journal_.set_level(config_.log_level);
    DatagramListener& listener = *this;
    for (StampedSocket& socket : parts.sockets) {
        ports_.push_back(std::make_unique<DatagramPort>(context, std::move(socket), *clock_,
                                                        translator_, listener));
    }
    if (clock_set_watch_)
        clock_set_.assign(clock_set_watch_->fd());
}

Daemon::~Daemon() {
    if (clock_set_.is_open())
        clock_set_.release();
}

void Daemon::start() {
    running_ = true;
    journal_.write(notice::starts(config_));
    Started started;
    started.now = clock_->now();
    started.kernel = clock_->read();
    fill_random(started.entropy);
    started.saved = std::move(saved_);
    started.trust = std::move(trust_);
    started.roster = std::move(roster_);
    handle(started);
    note_roster();
    for (const auto& port : ports_)
        port->start();
    resolver_.start();
    watch_clock_set();
    wait_for_signal();
    const Moment now = clock_->now();
    notify_ready(status_teller_.sentence_for(status_at(now), now.steady()));
    watchdog_.start();
}

NodeStatus Daemon::status() {
    return status_at(clock_->now());
}

NodeStatus Daemon::status_at(const Moment& now) const {
    NodeStatus status = node_.status(now);
    if (status.state == NodeState::refusing)
        status.reason += suspects_text(suspects_);
    return status;
}

std::vector<MemberStatus> Daemon::members() {
    return node_.members(clock_->now());
}

Tracking Daemon::tracking() {
    const ClockBracket machine = read_clock_bracket();
    tracked_raw_ = machine.raw;
    return node_.tracking(clock_->moment(machine));
}

// A datagram sent while actions are carried out is an event of its own, but the actions stay valid
// only until the next event: it is told of after them.
void Daemon::handle(const Event& event) {
    if (!running_)
        return;
    handling_ = true;
    carry_out(node_.handle(event));
    for (std::size_t i = 0; i < sent_.size(); ++i)
        carry_out(node_.handle(DatagramSent(sent_[i])));
    sent_.clear();
    handling_ = false;
    if (keeper_.urgent()) {
        const Moment now = clock_->now();
        keeper_.store(node_.saved_state(now), now.steady());
    }
    if (std::exchange(adjusting_outdated_, false))
        handle(AdjustingOutdated{clock_->now()});
    if (!adjusting_failure_.empty()) {
        const std::string failure = std::exchange(adjusting_failure_, {});
        handle(AdjustingFailed{clock_->now(), failure});
        return;
    }
    const auto look = [this](const auto& each) {
        if constexpr (requires { each.now; })
            tell_new_state(each.now);
    };
    std::visit(look, event);
}

void Daemon::carry_out(const Actions& actions) {
    for (const Action& action : actions) {
        std::visit([this](const auto& one) { carry_out(one); }, action);
    }
}

void Daemon::carry_out(const SendDatagram& action) {
    int failure = EAFNOSUPPORT;
    for (const auto& port : ports_) {
        if (!port->reaches(action.to))
            continue;
        failure = port->send(action);
        if (failure == 0)
            return;
    }
    journal_.write(notice::send_failed(action.to, failure));
}

void Daemon::carry_out(const WakeAt& action) {
    timer_.wake_at(action.at);
}

void Daemon::carry_out(const AdjustKernel& action) {
    if (second_of(clock_->now().system) != second_of(action.decided_at)) {
        adjusting_outdated_ = true;
        return;
    }
    if (attendant_ && std::chrono::abs(action.adjustment.slew) > kSlewToAttend)
        attendant_->attend();
    const auto adjusted = clock_->adjust(action.adjustment);
    if (!adjusted)
        adjusting_failure_ = adjusted.error();
}

void Daemon::carry_out(const StepClock& action) {
    stepped_ = action.by;
    const auto stepped = clock_->step(action.by);
    translator_.forget(read_clock_bracket());
    if (!stepped)
        adjusting_failure_ = stepped.error();
}

void Daemon::carry_out(const DisclaimClock&) {
    const auto disclaimed = clock_->disclaim();
    if (!disclaimed)
        adjusting_failure_ = disclaimed.error();
}

void Daemon::carry_out(const SetTaiOffset& action) {
    const auto told = clock_->set_tai(action.seconds);
    if (!told)
        adjusting_failure_ = told.error();
}

void Daemon::carry_out(const SaveState& action) {
    keeper_.request(action.at_once);
}

void Daemon::carry_out(const SaveTrust& action) {
    trust_keeper_.store(action.generation, node_.registry()->content());
}

void Daemon::carry_out(const InvitationMade& action) {
    invited_ = action.id;
}

// Who sets or steers the clock beside us is looked for only when that was noticed.
void Daemon::carry_out(const Report& action) {
    const bool other_hand = action.kind == ReportKind::clock_set_by_other ||
                            action.kind == ReportKind::clock_steered_by_other;
    if (!other_hand) {
        journal_.write(log_entry(action));
        return;
    }
    const std::vector<std::string> running = running_time_daemons();
    if (action.kind == ReportKind::clock_steered_by_other)
        suspects_ = running;
    journal_.write(log_entry(action, running));
}

void Daemon::datagram_received(const DatagramReceived& event) {
    if (slept(suspended_, event.now.suspended))
        look_after_raw_clock(event.now);
    handle(event);
}

void Daemon::datagram_sent(const DatagramSent& event) {
    if (handling_) {
        sent_.push_back(event);
    } else {
        handle(event);
    }
}

void Daemon::wake() {
    const ClockBracket machine = read_clock_bracket();
    translator_.note(machine);
    const Moment now = clock_->moment(machine);
    look_after_raw_clock(now);
    handle(TimerFired{now, clock_->read()});
    if (timer_.waiting())
        watchdog_.clock_was_looked_at();
    if (keeper_.due(now.steady()))
        keeper_.store(node_.saved_state(now), now.steady());
    do_chores(now);
}

void Daemon::do_chores(const Moment& now) {
    if (now.steady() - chores_done_at_ < kChoresApart)
        return;
    chores_done_at_ = now.steady();
    const NodeStatus status = status_at(now);
    status_teller_.look(status, now.steady());
    resolver_.candidates_answer(status.master.has_value());
    journal_.tell_of_floods();
    look_after_succession();
}

// Asked after every event, datagrams among them: so the short account.
void Daemon::tell_new_state(const Moment& now) {
    const NodeState state = node_.clock_standing(now).state;
    if (std::exchange(state_, state) != state)
        status_teller_.look(status_at(now), now.steady());
}

void Daemon::watch_clock_set() {
    if (!clock_set_.is_open())
        return;
    clock_set_.async_wait(asio::posix::descriptor_base::wait_read, [this](const error_code& error) {
        if (error || !running_)
            return;
        if (clock_set_watch_->was_set()) {
            const ClockBracket machine = read_clock_bracket();
            translator_.forget(machine);
            // A suspend sets the clock, too: it is told of first, so as not to be taken for a hand.
            look_after_raw_clock(clock_->moment(machine));
            handle(ClockWasSet{clock_->moment(machine), clock_->read()});
        }
        watch_clock_set();
    });
}

void Daemon::look_after_raw_clock(const Moment& now) {
    if (!slept(suspended_, now.suspended) &&
        now.steady() - raw_clock_looked_at_ < kRawClockLooksApart)
        return;
    raw_clock_looked_at_ = now.steady();
    suspended_ = now.suspended;
    const RawClockWatch::Break broken = raw_clock_watch_.look();
    if (broken.what.empty())
        return;
    keeper_.change_clocksource(raw_clock_watch_.clocksource());
    translator_.forget(read_clock_bracket());
    handle(RawClockBroken{clock_->now(), broken.what, broken.other_source});
}

void Daemon::wait_for_signal() {
    signals_.async_wait([this](const error_code& error, int signal) {
        if (error)
            return;
        if (signal != SIGHUP) {
            stop();
            return;
        }
        static_cast<void>(reload());  // all is told in the journal
        wait_for_signal();
    });
}

void Daemon::stop() {
    notify_stopping();
    const Moment now = clock_->now();
    const bool in_mid_slew =
        attendant_ && std::chrono::abs(clock_->read().slew_left) > kSlewToAttend;
    handle(StopRequested{now});
    running_ = false;
    if (in_mid_slew)
        attend_turn_of_second();
    keeper_.store(node_.saved_state(now), now.steady());
    timer_.stop();
    watchdog_.stop();
    resolver_.stop();
    for (const auto& port : ports_)
        port->stop();
    keeper_.finish();
    static_cast<void>(trust_keeper_.finish());  // what failed is told
    static_cast<void>(roster_keeper_.finish());
    context_.stop();
}

tl::expected<Reloaded, std::vector<std::string>> Daemon::reload() {
    notify_reloading();
    const auto fresh = reread_(config_.node);
    tl::expected<Reloaded, std::vector<std::string>> outcome;
    if (fresh) {
        outcome = go_by(*fresh);
    } else {
        std::vector<std::string> mistakes;
        for (const LogEntry& entry : fresh.error().entries) {
            journal_.write(entry);
            mistakes.push_back(entry.message);
        }
        journal_.write(notice::reload_failed(mistakes.size()));
        outcome = tl::unexpected(std::move(mistakes));
    }
    const Moment now = clock_->now();
    notify_ready(status_teller_.sentence_for(status_at(now), now.steady()));
    return outcome;
}

Reloaded Daemon::go_by(const Config& fresh) {
    const ConfigChanges changes = changes_between(config_, fresh);
    config_ = taken_over(config_, fresh);
    handle(SettingsChanged{clock_->now(), config_.node});
    resolver_.readdress(all_but(config_.node.name, config_.candidates));
    note_roster();
    journal_.write(notice::reloaded(changes));
    journal_.set_level(config_.log_level);
    return {changes.taken_over, changes.needs_restart};
}

bool Daemon::reaches(const Endpoint& endpoint) const {
    for (const auto& port : ports_) {
        if (port->reaches(endpoint))
            return true;
    }
    return false;
}

CandidateResolver::Callbacks Daemon::resolver_callbacks() {
    CandidateResolver::Callbacks callbacks;
    callbacks.resolved = [this](const std::string& name, const Endpoint& endpoint) {
        handle(CandidateResolved{clock_->now(), name, endpoint});
    };
    callbacks.failed = [this](const CandidateAddress& candidate, const std::string& message) {
        journal_.write(notice::candidate_not_found(candidate, message));
    };
    callbacks.reaches = [this](const Endpoint& endpoint) { return reaches(endpoint); };
    return callbacks;
}

StateKeeper::Callbacks Daemon::keeper_callbacks() {
    StateKeeper::Callbacks callbacks;
    callbacks.failed = [this](const std::string& message) {
        journal_.write(notice::state_not_saved(keeper_.file(), message));
    };
    callbacks.works_again = [this] { journal_.write(notice::state_saved_again(keeper_.file())); };
    callbacks.stored = [this](const StateKeeper::Kept& kept, bool good) {
        handle(StateSaved{clock_->now(), kept.vote, good, kept.move});
    };
    return callbacks;
}

TrustKeeper::Callbacks Daemon::trust_callbacks() {
    TrustKeeper::Callbacks callbacks;
    callbacks.saved = [this](std::uint64_t generation, bool good) {
        handle(TrustSaved{clock_->now(), generation, good});
    };
    callbacks.failed = [this](const std::string& message) {
        journal_.write(notice::trust_not_saved(trust_keeper_.file(), message));
    };
    callbacks.works_again = [this] {
        journal_.write(notice::trust_saved_again(trust_keeper_.file()));
    };
    return callbacks;
}

}  // namespace berkeley
