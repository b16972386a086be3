// Whole nodes, some of them candidates, whose candidates change while they crash and are cut off
// from each other. What a daemon does with a later roster is done here as daemon/app/succession.cpp
// does it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/support/node_bench.hpp"

namespace berkeley::test {

class RosterWorld {
  public:
    static constexpr std::size_t kHosts = 6;  // "a" to "f"

    // The first of them are candidates. With one alone there is nobody else until he joins.
    explicit RosterWorld(std::uint64_t seed, std::size_t candidates = 3);

    void run(Duration time);  // throws where two lead, or two rosters of one serial are held

    std::size_t pick(std::size_t below);
    Duration now() const { return now_; }
    void at(Duration when, std::function<void()> what) { plans_.emplace(when, std::move(what)); }

    bool up(std::size_t host) const { return hosts_[host].bench != nullptr; }
    void crash(std::size_t host) { hosts_[host].bench.reset(); }
    void start(std::size_t host);

    // By "a", whose disk knows it a moment later; then that host asks until it is let in.
    InvitationId invite(bool candidate);
    void join(std::size_t host, InvitationId by);
    bool joined(std::size_t host) const { return hosts_[host].granted.has_value(); }
    const SavedTrust& trust(std::size_t host) const { return hosts_[host].trust; }
    // As the host so called would send it, to a host.
    void inject(const Datagram& datagram, std::size_t from, std::size_t to);
    std::vector<Datagram> enrols;       // all that were sent
    std::vector<Datagram> intercepted;  // all to hosts that were down

    std::function<bool(std::size_t from, std::size_t to)> passes;  // empty: all do
    std::size_t loss = 0;                                          // of 1000 datagrams

    // On whoever leads, if anybody does and nothing stands against it.
    void wish(RosterStep step, std::size_t host);

    std::size_t leader() const;  // kHosts: nobody
    NodeBench& bench(std::size_t host) { return *hosts_[host].bench; }
    const Roster& roster() const { return rosters_.rbegin()->second; }  // the latest that is held
    bool all_hold_it() const;
    std::string account();  // of each host, in words

  private:
    struct Host {
        std::string name;
        std::unique_ptr<NodeBench> bench;
        SavedState state;
        SavedTrust trust;
        SavedRoster roster;
        NodeSettings settings;
        std::optional<Certificate> granted;  // to who joined
        std::optional<InvitationId> joins_by;
        Duration asks_at{0};
        std::size_t trust_saves = 0;
        std::size_t roster_saves = 0;
        std::size_t successions = 0;
        Duration began{0};
        std::optional<Duration> succeeding_since;
        std::optional<Duration> looks_at;
    };
    struct Flying {
        std::size_t from = 0;
        std::size_t to = 0;
        Datagram bytes{};
    };

    void send(std::size_t from, const NodeBench::Sent& sent);
    void deliver();
    void ask_to_come_in(std::size_t host);
    void hear_admission(const Flying& datagram);
    void look_after(std::size_t host);
    void write_trust(std::size_t host);
    void look_after_succession(std::size_t host);
    void begin_anew(std::size_t host);
    NodeSettings settings_by(const Host& host, const Roster& roster) const;
    void resolve(std::size_t host);
    void check();
    void check_roster(std::size_t host);

    std::mt19937_64 random_;
    Duration now_{0};
    std::vector<Host> hosts_;
    std::multimap<Duration, Flying> flying_;
    std::multimap<Duration, std::function<void()>> plans_;
    std::map<Term, std::size_t> masters_;  // each term's only one
    std::map<RosterSerial, Roster> rosters_;
};

}  // namespace berkeley::test
