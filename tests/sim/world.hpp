// The simulated world: hosts with crystals and kernel clocks, a network, faults, and true time.
// Discrete events; everything follows from the seed. The Node in it is the one that ships.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "daemon/core/node/node.hpp"
#include "daemon/platform/kernel_model.hpp"
#include "tests/sim/network.hpp"
#include "tests/sim/oscillator.hpp"

namespace berkeley::sim {

// What a right clock reads at true time 0.
inline constexpr SystemTime kWorldBegins{1'790'000'000'000'000'000};

// Of a host whose clock outside time steers: what its NTP client or receiver makes of it.
struct OutsideShape {
    Duration error{0};       // a lasting one, against true time
    Duration noise{0};       // one sigma; of a second
    Duration says{1ms};      // the error that its kernel is told
    double drift = 0;        // of a false one
    TrueTime begins{};       // until then it is unsynchronized
    std::int16_t tai_s = 0;  // told to its kernel; 0: nothing is
};

struct HostShape {
    Oscillator::Shape oscillator;
    Duration start_offset{0};  // of its system clock, against true time
    ClockMode clock = ClockMode::system;
    StepPolicy step_policy = StepPolicy::first;
    std::optional<Duration> move_limit;
    TrueTime starts;
    std::optional<OutsideShape> outside = {};
};

struct WorldShape {
    std::uint64_t seed = 1;
    std::vector<HostShape> hosts;
    std::size_t candidates = 1;  // the first of the hosts, by rank
    PathShape path;
    std::size_t expect = 0;  // 0: all hosts
    Duration step_threshold = 500ms;
    Duration poll_min = 50ms;
    Duration poll_max = 1s;
    std::size_t max_members = 10'000;
    FailureDomains failure_domains;
    std::vector<std::string> references;  // granted by all candidates
    SystemTime utc_at_start = kWorldBegins;
    std::optional<LeapSecond> leap;  // that the world's outside time knows of for a day
};

class World;

// Looks at the world after every event; what it finds wrong it reports.
class Checker {
  public:
    virtual ~Checker() = default;
    virtual void after_event(World& world, std::size_t host) = 0;
    virtual void before_step(World&, std::size_t, Duration) {}
};

class World {
  public:
    explicit World(const WorldShape& shape);
    ~World();

    TrueTime now() const { return now_; }
    std::size_t size() const { return hosts_.size(); }
    Network& network() { return network_; }
    Random& random() { return random_; }

    void run_until(TrueTime end);
    void at(TrueTime when, std::function<void()> what);
    void every(Duration period, std::function<void()> what);
    void watch(Checker& checker) { checkers_.push_back(&checker); }
    void unwatch(const Checker& checker) { std::erase(checkers_, &checker); }

    // Hosts. `kill` leaves the kernel clock running as it is; what was saved stays on disk.
    bool running(std::size_t host) const;
    const Node& node(std::size_t host) const;
    bool is_candidate(std::size_t host) const { return host < shape_.candidates; }
    // Who leads now, as he himself sees it; paused ones are looked at, too.
    std::optional<std::size_t> master();
    Moment moment(std::size_t host);
    SystemTime system_time(std::size_t host) { return moment(host).system; }
    KernelReading kernel(std::size_t host);
    Oscillator& oscillator(std::size_t host);
    std::uint64_t reports(std::size_t host, ReportKind kind) const;
    void start(std::size_t host);
    void kill(std::size_t host);
    void stop(std::size_t host);  // with a goodbye
    // The program alone, as by SIGSTOP: what happens meanwhile it learns of when it goes on.
    void pause(std::size_t host);
    void resume(std::size_t host);
    void hand_over(std::size_t host, const std::string& to = {});
    // The operator's moves.
    tl::expected<Move, std::string> move(std::size_t host, const MoveWish& wish);
    void recall_move(std::size_t host);
    void form(std::size_t host);
    void step(std::size_t host);
    void lose_disk(std::size_t host);
    // Outside time: lost, as its kernel then says; set off by a step; had again.
    bool has_outside(std::size_t host) const;
    void lose_outside(std::size_t host);
    void have_outside(std::size_t host, const OutsideShape& outside);
    void call_off_leap() { shape_.leap.reset(); }
    // UTC now, as POSIX counts; and counting on through a leap second, of a clock and of UTC.
    SystemTime utc() const;
    SystemTime counted_on(std::size_t host);
    Duration against_utc(std::size_t host);
    void set_clock(std::size_t host, Duration by);
    // `jump` forward only: the kernel model cannot go back.
    void break_raw_clock(std::size_t host, Duration jump, const std::string& reason);
    void jump_raw_clock(std::size_t host, Duration jump);  // and the node is not told
    void steer_as_another_program(std::size_t host, const KernelAdjustment& adjustment);
    void set_saved(std::size_t host, const SavedState& saved);
    InvitationId invite(std::size_t host, bool votes, Duration lasts);  // the last one made
    void revoke(std::size_t host, std::size_t whom);
    void inject(std::size_t to, const Endpoint& from, std::vector<std::uint8_t> bytes);

    std::uint64_t datagrams_sent() const { return datagrams_sent_; }
    std::uint64_t steps(std::size_t host) const;
    // What its node has on the heap.
    std::int64_t memory(std::size_t host) const;

    static Endpoint endpoint_of(std::size_t host);
    static std::string name_of(std::size_t host);

    void violation(std::string what);
    const std::vector<std::string>& violations() const { return violations_; }  // the first few
    std::uint64_t violation_count() const { return violation_count_; }

    // Every datagram as it is sent; an attacker's ear.
    std::function<void(std::size_t from, std::size_t to, const Datagram&)> tap;
    // And his hand: how long each copy takes, to be changed.
    std::function<void(std::size_t from, std::size_t to, const Datagram&, std::vector<Duration>&)>
        on_path;
    // A host that is his, keys and all, says something else than its node does, if this returns
    // true.
    std::function<bool(std::size_t from, std::size_t to, Envelope&)> corrupt;

  private:
    struct Host;
    struct Planned {
        TrueTime when;
        std::uint64_t order;
        std::function<void()> what;
        bool operator>(const Planned& other) const {
            return when != other.when ? when > other.when : order > other.order;
        }
    };

    void feed(std::size_t host, const Event& event);
    void steer_from_outside(std::size_t host);
    // What a crash undoes, and a pause puts off.
    void on_host(std::size_t host, TrueTime when, std::function<void()> what);
    void carry_out(std::size_t host, const Actions& actions);
    void send(std::size_t host, const SendDatagram& datagram);
    Datagram as_said(std::size_t from, std::size_t to, const Datagram& bytes);
    void arrive(std::size_t to, const Endpoint& from, const std::vector<std::uint8_t>& bytes);
    void wake_at(std::size_t host, RawTime at);
    void save_state(std::size_t host, bool at_once);
    void save_trust(std::size_t host, std::uint64_t generation);
    RawStamp stamp(std::size_t host);

    WorldShape shape_;
    Random random_;
    Network network_;
    TrueTime now_;
    std::uint64_t order_ = 0;
    std::priority_queue<Planned, std::vector<Planned>, std::greater<>> queue_;
    std::vector<std::unique_ptr<Host>> hosts_;
    std::vector<Checker*> checkers_;
    std::vector<std::string> violations_;
    std::uint64_t violation_count_ = 0;
    std::uint64_t datagrams_sent_ = 0;
};

// The ANCHORS conditions: five clocks up to half a second and 50 ppm apart.
WorldShape five_hosts(std::uint64_t seed);

}  // namespace berkeley::sim
