// One berkeleyd: the core's Node, wired to this machine's clock, network, disk and service manager.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>

#include "daemon/app/candidate_resolver.hpp"
#include "daemon/app/datagram_port.hpp"
#include "daemon/app/roster_keeper.hpp"
#include "daemon/app/startup_error.hpp"
#include "daemon/app/state_keeper.hpp"
#include "daemon/app/status_teller.hpp"
#include "daemon/app/trust_keeper.hpp"
#include "daemon/app/wake_timer.hpp"
#include "daemon/app/watchdog.hpp"
#include "daemon/config/config.hpp"
#include "daemon/control/operations.hpp"
#include "daemon/control/state_source.hpp"
#include "daemon/core/node/node.hpp"
#include "daemon/platform/clock_set_watch.hpp"
#include "daemon/platform/host_clock.hpp"
#include "daemon/platform/journal.hpp"
#include "daemon/platform/raw_clock.hpp"
#include "daemon/platform/slew_attendant.hpp"

namespace berkeley {

// The configuration, read anew, with the node's identity if that can be read, else with that in
// use; what stands in its way is told, but stands in the way of nothing else.
using Reread = std::function<tl::expected<Config, StartupError>(const NodeSettings& in_use)>;

// What a daemon is made of, made and checked before it starts.
struct DaemonParts {
    Config config;
    std::vector<StampedSocket> sockets;
    std::unique_ptr<HostClock> clock;
    std::optional<ClockSetWatch> clock_set_watch;
    FileDescriptor state_lock;  // the folder of the next three is this process's
    SavedState saved;
    std::optional<std::filesystem::path> state_file;
    std::optional<SavedTrust> trust = SavedTrust{};  // nothing: it is there and cannot be read
    std::optional<std::filesystem::path> trust_file;
    TrustPlace trust_place;
    SavedRoster roster;        // that `config` goes by, with what led to it
    std::string roster_doubt;  // a sentence: why what was kept of it is not believed
    std::optional<std::filesystem::path> roster_file;
    RawClockIdentity raw_clock;
    std::vector<std::filesystem::path> new_folders;  // made for it, at this start
    SystemTime earliest;                             // that a clock may read to count
    Reread reread;
};

std::vector<CandidateAddress> all_but(const std::string& name,
                                      std::vector<CandidateAddress> candidates);

// All in the one thread that runs `context`. Handlers hold `this`: the daemon must not be destroyed
// until `context` is run no more.
class Daemon final : public StateSource, public Operations, private DatagramListener {
  public:
    Daemon(boost::asio::io_context& context, DaemonParts parts, Journal& journal);
    ~Daemon() override;
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;

    // Begins; the rest happens in `context`, until a signal asks to stop: then it says goodbye,
    // keeps its state, and stops `context`.
    void start();

    // After `context` has stopped: its end would wait for the name service.
    bool is_looking_up_names() const { return resolver_.is_looking_up(); }

    void have_slews_attended(SlewAttendant attendant) { attendant_.emplace(std::move(attendant)); }

    NodeStatus status() override;
    std::vector<MemberStatus> members() override;
    Tracking tracking() override;
    std::int64_t host_raw_ns() override { return tracked_raw_.ns; }

    // In enrolment_calls.cpp.
    tl::expected<std::vector<InvitationStatus>, std::string> invitations() override;
    tl::expected<std::vector<EnrolledNode>, std::string> enrolled() override;
    tl::expected<std::string, std::string> invite(const Caller& caller,
                                                  const InvitationTerms& terms) override;
    tl::expected<Revoked, std::string> revoke(const Caller& caller, const NodeOrKey& who) override;

    // In roster_calls.cpp.
    CandidatesStatus candidates() override;
    tl::expected<RosterSerial, std::string> promote(const Caller& caller, const NodeName& node,
                                                    const std::string& host,
                                                    std::uint16_t port) override;
    tl::expected<RosterSerial, std::string> retire(const Caller& caller, const NodeName& node,
                                                   bool distrust, bool force) override;

    // In operator_calls.cpp.
    tl::expected<std::size_t, std::string> poll(const Caller& caller) override;
    tl::expected<Duration, std::string> step(const Caller& caller) override;
    tl::expected<std::string, std::string> hand_over(const Caller& caller,
                                                     const std::string& to) override;
    tl::expected<Reloaded, std::vector<std::string>> reload(const Caller& caller) override;
    void set_log_level(const Caller& caller, Priority level) override;
    void refused(const Caller& caller, std::string_view method) override;

    // In move_calls.cpp.
    tl::expected<PlannedMove, std::string> set_time(const Caller& caller, const MoveWish& wish,
                                                    bool dry_run) override;
    tl::expected<void, std::string> recall_move(const Caller& caller) override;
    tl::expected<Forming, std::string> form(const Caller& caller) override;

  private:
    void handle(const Event& event);
    void carry_out(const Actions& actions);
    void carry_out(const SendDatagram& action);
    void carry_out(const WakeAt& action);
    void carry_out(const AdjustKernel& action);
    void carry_out(const StepClock& action);
    void carry_out(const DisclaimClock& action);
    void carry_out(const SetTaiOffset& action);
    void carry_out(const SaveState& action);
    void carry_out(const SaveTrust& action);
    void carry_out(const InvitationMade& action);
    void carry_out(const SaveRoster& action);   // in succession.cpp
    void carry_out(const AdoptRoster& action);  // likewise
    void carry_out(const Report& action);
    void datagram_received(const DatagramReceived& event) override;
    void datagram_sent(const DatagramSent& event) override;

    void wake();
    NodeStatus status_at(const Moment& now) const;
    void do_chores(const Moment& now);
    void tell_new_state(const Moment& now);
    void watch_clock_set();
    void look_after_raw_clock(const Moment& now);
    void wait_for_signal();
    tl::expected<Reloaded, std::vector<std::string>> reload();
    Reloaded go_by(const Config& fresh);
    void stop();
    bool reaches(const Endpoint& endpoint) const;
    CandidateResolver::Callbacks resolver_callbacks();
    StateKeeper::Callbacks keeper_callbacks();
    TrustKeeper::Callbacks trust_callbacks();
    RosterKeeper::Callbacks roster_callbacks();
    tl::expected<RosterSerial, std::string> change_roster(const Caller& caller,
                                                          const RosterWish& wish);

    // In succession.cpp.
    void look_after_succession();
    void begin_anew();
    void lead_on();
    void note_roster();
    Config next_config() const;
    std::optional<PublicKey> key_of_member_or_candidate(const NodeName& name) const;
    ElectionMemory first_vote(const Moment& now) const;
    std::optional<SavedTrust> load_own_trust();

    boost::asio::io_context& context_;
    Journal& journal_;
    Config config_;
    Reread reread_;
    std::unique_ptr<HostClock> clock_;
    Node node_;
    StampTranslator translator_;
    std::vector<std::unique_ptr<DatagramPort>> ports_;
    std::optional<SlewAttendant> attendant_;
    bool handling_ = false;
    bool adjusting_outdated_ = false;  // one of the actions just carried out
    std::string adjusting_failure_;    // of the actions just carried out; empty if there was none
    std::optional<Duration> stepped_;  // last
    Duration suspended_{0};
    std::vector<DatagramSent> sent_;  // to be told to the node once its actions are carried out
    WakeTimer timer_;
    CandidateResolver resolver_;
    std::optional<ClockSetWatch> clock_set_watch_;
    boost::asio::posix::stream_descriptor clock_set_;  // the watch's; does not own
    RawClockWatch raw_clock_watch_;
    StateKeeper keeper_;
    TrustKeeper trust_keeper_;
    RosterKeeper roster_keeper_;
    SystemTime earliest_;
    SavedState saved_;                         // until start()
    std::optional<SavedTrust> trust_;          // likewise
    SavedRoster roster_;                       // likewise
    std::string roster_note_;                  // where the configuration has another one
    std::string roster_doubt_;                 // as in DaemonParts
    std::optional<RawTime> succeeding_since_;  // a later roster waits to be taken up
    std::optional<InvitationId> invited_;      // made last
    boost::asio::signal_set signals_;
    Watchdog watchdog_;
    StatusTeller status_teller_;
    std::vector<std::string> suspects_;  // who may be the other hand on the clock
    NodeState state_ = NodeState::starting;
    SteadyTime raw_clock_looked_at_;
    SteadyTime chores_done_at_;
    RawTime tracked_raw_;  // the machine's, at the last tracking()
    bool running_ = false;
};

}  // namespace berkeley
