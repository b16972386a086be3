#include "tests/election/election_world.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "daemon/core/time/rate.hpp"

namespace berkeley::test {
namespace {

constexpr double kWorstClock = 550e-6;
// A new master's members join it first, and are polled often while they are new.
constexpr Duration kFirstPoll = 150ms;

Electorate electorate_of(std::size_t candidates) {
    std::vector<NodeId> ids(candidates);
    for (std::size_t i = 0; i < candidates; ++i)
        ids[i] = ElectionWorld::id(i);
    return Electorate(ids);
}

}  // namespace

ElectionWorld::ElectionWorld(const ElectionShape& shape)
    : loss(shape.loss), shape_(shape), random_(shape.seed) {
    heal();
    for (std::size_t i = 0; i < shape.candidates; ++i) {
        auto host = std::make_unique<Host>();
        host->rate = uniform(-kWorstClock, kWorstClock);
        host->begins = SteadyTime{seconds(uniform(1, 1e6)).count()};
        // It has been elected before, some time ago.
        host->disk = {1, id(i), election_timing(shape.poll).promise};
        hosts_.push_back(std::move(host));
    }
}

double ElectionWorld::uniform(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random_);
}

// ---- time

SteadyTime ElectionWorld::clock(const Host& host) const {
    return host.begins + Duration{now_.ns} + gained(Duration{now_.ns}, host.rate);
}

TrueTime ElectionWorld::true_time(const Host& host, SteadyTime at) const {
    const Duration away = at - clock(host);
    // A nanosecond later than it may be: a timer that fires early fires again.
    return now_ + std::max(away - gained(away, host.rate / (1 + host.rate)), 0ns) + 1ns;
}

void ElectionWorld::at(TrueTime when, std::function<void()> what) {
    queue_.push({when, order_++, std::move(what)});
}

void ElectionWorld::run_one() {
    Planned next = queue_.top();
    queue_.pop();
    now_ = next.when;
    next.what();
}

void ElectionWorld::run_until(TrueTime end) {
    while (!queue_.empty() && queue_.top().when <= end)
        run_one();
    now_ = end;
}

std::optional<std::size_t> ElectionWorld::await_master(Duration most) {
    const TrueTime end = now_ + most;
    while (!master() && !queue_.empty() && queue_.top().when <= end)
        run_one();
    if (!master())
        now_ = end;
    return master();
}

// What a crash undoes, and a pause puts off.
void ElectionWorld::on_host(std::size_t i, Duration after, std::function<void()> what) {
    at(now_ + after, [this, i, life = hosts_[i]->life, what = std::move(what)] {
        Host& host = *hosts_[i];
        if (!host.up || host.life != life)
            return;
        if (host.paused)
            host.missed.push_back(what);
        else
            what();
    });
}

// ---- the machines

void ElectionWorld::start(std::size_t i) {
    Host& host = *hosts_[i];
    host.up = true;
    host.paused = false;
    host.election =
        std::make_unique<Election>(electorate_of(size()), id(i), election_timing(shape_.poll));
    feed(i, ElectionBegins{clock(host), host.disk, host.fitness});
}

void ElectionWorld::crash(std::size_t i) {
    Host& host = *hosts_[i];
    host.up = false;
    host.paused = false;
    ++host.life;
    host.missed.clear();
    host.wakes.reset();
    host.election.reset();
}

void ElectionWorld::lose_disk(std::size_t i) {
    hosts_[i]->disk = {};
    disks_were_lost_ = true;
}

void ElectionWorld::set_disk(std::size_t i, const ElectionMemory& memory) {
    hosts_[i]->disk = memory;
}

void ElectionWorld::heal() {
    passes = [](std::size_t, std::size_t) { return true; };
}

void ElectionWorld::pause(std::size_t i) {
    hosts_[i]->paused = true;
}

void ElectionWorld::resume(std::size_t i) {
    Host& host = *hosts_[i];
    if (!host.paused)
        return;
    host.paused = false;
    const auto missed = std::exchange(host.missed, {});
    for (const auto& what : missed)
        what();
}

void ElectionWorld::set_fitness(std::size_t i, Fitness fitness) {
    hosts_[i]->fitness = fitness;
    if (hosts_[i]->up)
        feed(i, FitnessChanged{clock(*hosts_[i]), fitness});
}

void ElectionWorld::hand_over(std::size_t from, NodeId to) {
    feed(from, HandoverWanted{clock(*hosts_[from]), to});
}

void ElectionWorld::withdraw_trust(std::size_t from, std::size_t master, Duration lasts) {
    feed(from, TrustWithdrawn{clock(*hosts_[from]), id(master), lasts});
}

void ElectionWorld::feed(std::size_t i, const ElectionEvent& event) {
    const ElectionActions actions = hosts_[i]->election->handle(event);
    for (const ElectionAction& action : actions)
        carry_out(i, action);
    wake(i);
    check();
}

void ElectionWorld::wake(std::size_t i) {
    Host& host = *hosts_[i];
    const SteadyTime next = host.election->next_timer();
    if (!plausible(next))
        return;
    const TrueTime when = std::max(true_time(host, next), now_);
    if (host.wakes && *host.wakes <= when && *host.wakes > now_)
        return;
    host.wakes = when;
    on_host(i, when - now_, [this, i, when] {
        Host& woken = *hosts_[i];
        if (woken.wakes == when)
            woken.wakes.reset();
        feed(i, ElectionTimer{clock(woken)});
    });
}

void ElectionWorld::carry_out(std::size_t i, const ElectionAction& action) {
    if (const auto* write = std::get_if<WriteMemory>(&action)) {
        const auto takes =
            seconds(std::exponential_distribution<double>(1 / as_seconds(shape_.disk))(random_));
        on_host(i, takes, [this, i, memory = write->memory] {
            // A later one replaces it.
            if (hosts_[i]->election->state().memory != memory)
                return;
            hosts_[i]->disk = memory;
            feed(i, MemoryWritten{clock(*hosts_[i]), memory.term, true});
        });
    } else if (const auto* sent = std::get_if<SendToCandidate>(&action)) {
        ++datagrams_;
        const std::size_t to = sent->to.value - 1;
        send(i, to, [this, i, to, message = sent->message] {
            feed(to, ElectionHeard{clock(*hosts_[to]), id(i), message});
        });
    } else if (const auto* leading = std::get_if<BeginLeading>(&action)) {
        begin_leading(i, leading->term);
    }
}

void ElectionWorld::begin_leading(std::size_t i, Term term) {
    for (const auto& [earlier, who] : elected_) {
        if (earlier == term && who != i && !disks_were_lost_)
            violations_.push_back(fmt::format("two masters in term {}", term));
    }
    elected_.emplace_back(term, i);
    for (std::size_t other = 0; other < size(); ++other) {
        if (other != i)
            on_host(i, kFirstPoll, [this, i, other, term] { poll(i, other, term); });
    }
}

// ---- the network

Duration ElectionWorld::delay() {
    const double jitter = std::exponential_distribution<double>(
        1 / std::max(as_seconds(shape_.mean_jitter), 1e-9))(random_);
    return shape_.least_delay + seconds(jitter);
}

void ElectionWorld::send(std::size_t from, std::size_t to, const std::function<void()>& arrives) {
    const int copies = uniform(0, 1) < shape_.duplication ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
        if (!passes(from, to) || uniform(0, 1) < loss)
            continue;
        // Who starts meanwhile hears it too: a life begins when it arrives.
        at(now_ + delay(), [this, to, arrives] { on_host(to, 0ns, arrives); });
    }
}

void ElectionWorld::poll(std::size_t master, std::size_t other, Term reign) {
    Election& election = *hosts_[master]->election;
    const SteadyTime asked_at = clock(*hosts_[master]);
    if (!election.leads(asked_at) || election.term() != reign)
        return;
    send(master, other, [this, master, other, reign, asked_at] {
        feed(other, PollHeard{clock(*hosts_[other]), id(master), reign});
        const Election& heard = *hosts_[other]->election;
        PollAnswered answer{{},
                            id(other),
                            asked_at,
                            heard.term(),
                            heard.promises(id(master), reign),
                            hosts_[other]->fitness};
        send(other, master, [this, master, answer]() mutable {
            answer.now = clock(*hosts_[master]);
            feed(master, answer);
        });
    });
    // As Leading has it.
    const Duration next = seconds(as_seconds(shape_.poll) * uniform(15.0 / 16, 17.0 / 16));
    on_host(master, next, [this, master, other, reign] { poll(master, other, reign); });
}

// ---- checks

std::optional<std::size_t> ElectionWorld::master() const {
    for (std::size_t i = 0; i < size(); ++i) {
        const Host& host = *hosts_[i];
        if (host.up && host.election->leads(clock(host)))
            return i;
    }
    return std::nullopt;
}

void ElectionWorld::check() {
    std::size_t masters = 0;
    for (const auto& host : hosts_)
        masters += host->up && host->election->leads(clock(*host)) ? 1U : 0U;
    if (masters > 1)
        violations_.push_back(
            fmt::format("{} masters at {} s", masters, static_cast<double>(now_.ns) * 1e-9));
}

}  // namespace berkeley::test
