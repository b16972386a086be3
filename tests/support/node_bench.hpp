// A node on the bench: its clocks, its timer and its wires, and peers that are played by hand.
// Nothing happens but what the test does; World in tests/sim is the place for whole clusters.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/node/node.hpp"
#include "daemon/platform/kernel_model.hpp"
#include "tests/support/node_keys.hpp"

namespace berkeley::test {

inline constexpr SystemTime kBenchStart{1'790'000'000'000'000'000};

Endpoint endpoint(std::uint16_t port);
NodeSettings bench_settings(std::string name, std::string candidate = "master");

class NodeBench {
  public:
    // Its raw clock is the bench's time; `system` is where its system clock starts.
    explicit NodeBench(const NodeSettings& settings, SystemTime system = kBenchStart);

    void start(const SavedState& saved = {}, std::optional<SavedTrust> trust = SavedTrust{},
               const SavedRoster& roster = {}, std::optional<GoingOn> going_on = {},
               std::optional<Duration> bound = {});

    // Another node goes on with these clocks, from there.
    void begin_anew(const NodeSettings& settings, const SavedState& saved,
                    std::optional<SavedTrust> trust, const SavedRoster& roster,
                    std::optional<GoingOn> going_on, std::optional<Duration> bound);

    // Time goes on; timers and plans that fall due are carried out in their order.
    void pass(Duration by);
    void plan(Duration in, std::function<void()> what);

    Moment now();
    RawTime raw() const { return raw_; }
    KernelModel& kernel() { return kernel_; }
    const Node& node() const { return *node_; }
    NodeStatus status() { return node_->status(now()); }
    Tracking tracking() { return node_->tracking(now()); }
    MemberStatus member(std::string_view name);  // all empty if there is none

    // Hands the event to the node and carries out what it wants, kernel and timer included.
    void feed(const Event& event);
    void receive(std::span<const std::uint8_t> bytes, const Endpoint& from);
    // As from `from` with its own key; a Join is sent again with the cookie, if it is asked for.
    void receive(const Message& message, std::string_view from, const Endpoint& at);
    void set_clock(Duration by);  // by someone else
    void suspend(Duration by) { suspended_ += by; }

    struct Sent {
        Endpoint to;
        Header header;
        Message message;
        Datagram bytes;
    };
    std::vector<Sent> sent;  // all so far; a test may clear it
    std::vector<Report> reports;
    std::vector<Duration> steps;
    std::size_t saves = 0;
    SavedState on_disk;
    std::vector<std::uint64_t> trust_saves;   // generations
    std::vector<std::uint64_t> roster_saves;  // likewise
    std::size_t successions = 0;              // that a later roster was to be taken up
    std::vector<InvitationId> invitations;
    std::size_t adjustments = 0;  // of the kernel
    bool drop_adjustments = false;
    bool drop_timers = false;  // as of a process that is stopped
    Duration disk = 5ms;       // until a vote is there
    // Called for each datagram after it left.
    std::function<void(const Sent&)> on_send;

    template <class Body>
    std::vector<Body> sent_of() const {
        std::vector<Body> bodies;
        for (const Sent& each : sent) {
            if (const auto* body = std::get_if<Body>(&each.message))
                bodies.push_back(*body);
        }
        return bodies;
    }
    std::size_t reported(ReportKind kind) const;

  private:
    void carry_out(const Action& action);

    std::string name_;
    std::unique_ptr<Node> node_;
    RawTime raw_{100'000'000'000};
    KernelModel kernel_;
    Duration suspended_{0};
    std::optional<RawTime> wake_;
    std::multimap<RawTime, std::function<void()>> plans_;
};

// A member played against a master on the bench: answers polls honestly, and does as told.
class PlayedMember {
  public:
    struct Shape {
        Duration raw_offset = 5'000s;  // its raw clock − the master's
        double rate = 0;               // of its raw clock against the master's
        Duration system_offset{0};     // its system clock − the master's, at the start
        Duration one_way = 100us;
        bool obeys = true;  // takes its system clock to the line at once
    };

    PlayedMember(NodeBench& master, std::string name, std::uint16_t port, const Shape& shape);

    void join();
    void leave();
    void heard(const NodeBench::Sent& sent);

    RawTime raw_at(RawTime masters) const;
    SystemTime system_at(RawTime raw) const;
    const Endpoint& address() const { return address_; }
    const Poll& last_poll() const { return last_poll_; }
    std::size_t polls() const { return polls_; }
    const std::optional<BoundedLine>& line() const { return line_; }
    void jump_raw(Duration by) { shape_.raw_offset += by; }
    void jump_rate(double by);
    void break_raw_clock();

    bool silent = false;
    Certificate granted;                 // that it shows
    std::function<void(Reply&)> tamper;  // with what it answers
    std::function<void(Header&)> tamper_header;
    std::vector<Datagram> replies;  // all of them, for replaying
    std::vector<Datagram> joins;    // with their cookies, if any was asked for

  private:
    void poll_arrived(const Poll& poll, const Header& header);
    void join_again(const Retry& retry);
    void send(const Message& message);

    NodeBench& master_;
    std::string name_;
    Endpoint address_;
    Shape shape_;
    RawTime since_;  // of the master's raw clock, when the rate was set
    RawTime began_;  // of its own
    SystemTime system_began_;
    std::optional<BoundedLine> line_;
    std::uint64_t term_ = 0;
    std::uint64_t epoch_ = 0;
    std::uint64_t oscillator_ = 9'000;
    Session session_ = 0;
    Session joining_ = 0;
    Join last_join_;
    Reign reign_ = 0;
    Session next_session_ = 1'000;
    Sequence last_reply_ = 0;
    RawTime last_reply_sent_;
    Poll last_poll_;
    std::size_t polls_ = 0;
};

// A master on the bench with members of given shapes, named m1, m2, ... on ports 1, 2, ...
class PlayedCluster {
  public:
    PlayedCluster(const NodeSettings& settings, const std::vector<PlayedMember::Shape>& shapes,
                  const SavedState& saved = {});

    NodeBench bench;
    std::vector<std::unique_ptr<PlayedMember>> members;
    void join_all();
};

NodeSettings master_settings(std::size_t expect);

// Members some milliseconds and tens of ppm from their master.
std::vector<PlayedMember::Shape> four();

}  // namespace berkeley::test
