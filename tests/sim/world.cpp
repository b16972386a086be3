#include "tests/sim/world.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "tests/sim/heap.hpp"
#include "tests/sim/world_host.hpp"
#include "tests/support/node_keys.hpp"

namespace berkeley::sim {
namespace {

// From the interrupt to the daemon's handler, and from its send call to the wire.
constexpr Duration kProcessing = 40us;
constexpr Duration kSending = 10us;
constexpr Duration kTimerLateness = 60us;
constexpr Duration kStampError = 100ns;
constexpr Duration kDisk = 5ms;  // to be sure that it is written

}  // namespace

World::World(const WorldShape& shape)
    : shape_(shape), random_(shape.seed), network_(shape.path, shape.seed ^ 0x9e3779b97f4a7c15) {
    for (std::size_t i = 0; i < shape.hosts.size(); ++i) {
        NodeSettings settings;
        settings.name = name_of(i);
        settings.cluster = "sim";
        for (std::size_t c = 0; c < shape.candidates; ++c)
            settings.candidates.push_back({name_of(c), test::public_key(name_of(c))});
        settings.key = test::node_key(settings.name);
        if (!is_candidate(i))
            settings.certificate = test::certificate_for(settings.name, name_of(0), "sim");
        settings.expect = shape.expect == 0 ? shape.hosts.size() : shape.expect;
        settings.clock = shape.hosts[i].clock;
        settings.step_policy = shape.hosts[i].step_policy;
        settings.move_limit = shape.hosts[i].move_limit;
        settings.step_threshold = shape.step_threshold;
        settings.poll_min = shape.poll_min;
        settings.poll_max = shape.poll_max;
        settings.max_members = shape.max_members;
        settings.failure_domains = shape.failure_domains;
        settings.references = shape.references;
        hosts_.push_back(
            std::make_unique<Host>(shape.hosts[i], settings, shape.utc_at_start, random_()));
        if (shape.hosts[i].outside)
            have_outside(i, *shape.hosts[i].outside);
        at(shape.hosts[i].starts, [this, i] { start(i); });
    }
}

World::~World() = default;

// ---- time

void World::at(TrueTime when, std::function<void()> what) {
    queue_.push({std::max(when, now_), order_++, std::move(what)});
}

void World::every(Duration period, std::function<void()> what) {
    at(now_ + period, [this, period, what] {
        what();
        every(period, what);
    });
}

void World::run_until(TrueTime end) {
    while (!queue_.empty() && queue_.top().when <= end) {
        Planned next = queue_.top();
        queue_.pop();
        now_ = next.when;
        next.what();
    }
    now_ = end;
}

// ---- hosts

bool World::running(std::size_t host) const {
    return hosts_[host]->node != nullptr;
}
const Node& World::node(std::size_t host) const {
    return *hosts_[host]->node;
}
Oscillator& World::oscillator(std::size_t host) {
    return hosts_[host]->oscillator;
}
std::uint64_t World::steps(std::size_t host) const {
    return hosts_[host]->steps;
}

std::int64_t World::memory(std::size_t host) const {
    return hosts_[host]->memory;
}

std::uint64_t World::reports(std::size_t host, ReportKind kind) const {
    const auto found = hosts_[host]->reports.find(kind);
    return found == hosts_[host]->reports.end() ? 0 : found->second;
}

Moment World::moment(std::size_t host) {
    const RawTime raw = hosts_[host]->oscillator.raw_at(now_);
    return {raw, hosts_[host]->kernel.at(raw)};
}

KernelReading World::kernel(std::size_t host) {
    return hosts_[host]->kernel.read(moment(host).raw);
}

void World::start(std::size_t host) {
    Host& it = *hosts_[host];
    ++it.life;
    const std::int64_t before = heap_in_use();
    it.node = std::make_unique<Node>(it.settings);
    it.memory = heap_in_use() - before;
    Started started;
    started.now = moment(host);
    started.kernel = it.kernel.read(started.now.raw);
    for (auto& byte : started.entropy)
        byte = static_cast<std::uint8_t>(it.random());
    started.saved = it.disk;
    started.trust = it.trust;
    feed(host, started);
    for (std::size_t c = 0; c < shape_.candidates; ++c)
        feed(host, CandidateResolved{moment(host), name_of(c), endpoint_of(c)});
}

void World::kill(std::size_t host) {
    Host& it = *hosts_[host];
    it.node.reset();
    ++it.life;
    it.paused = false;
    it.missed.clear();
}

void World::pause(std::size_t host) {
    hosts_[host]->paused = true;
}

void World::resume(std::size_t host) {
    hosts_[host]->paused = false;
    for (const auto& what : std::exchange(hosts_[host]->missed, {}))
        what();
}

void World::hand_over(std::size_t host, const std::string& to) {
    feed(host, HandoverRequested{moment(host), to});
}

tl::expected<Move, std::string> World::move(std::size_t host, const MoveWish& wish) {
    auto planned = hosts_[host]->node->planned_move(wish, moment(host));
    feed(host, MoveRequested{moment(host), wish});
    return planned;
}

void World::recall_move(std::size_t host) {
    feed(host, MoveRecalled{moment(host)});
}

void World::form(std::size_t host) {
    feed(host, FormingRequested{moment(host)});
}

void World::step(std::size_t host) {
    const Moment now = moment(host);
    feed(host, StepRequested{now, hosts_[host]->kernel.read(now.raw)});
}

std::optional<std::size_t> World::master() {
    for (std::size_t i = 0; i < shape_.candidates; ++i) {
        if (running(i) && hosts_[i]->node->clock_standing(moment(i)).leads)
            return i;
    }
    return std::nullopt;
}

void World::on_host(std::size_t host, TrueTime when, std::function<void()> what) {
    at(when, [this, host, life = hosts_[host]->life, what = std::move(what)] {
        Host& it = *hosts_[host];
        if (it.life != life)
            return;
        if (it.paused)
            it.missed.push_back(what);
        else
            what();
    });
}

void World::stop(std::size_t host) {
    feed(host, StopRequested{moment(host)});
    if (running(host))  // whoever ends waits for the disk
        hosts_[host]->disk = hosts_[host]->node->saved_state(moment(host));
    kill(host);
}

void World::lose_disk(std::size_t host) {
    hosts_[host]->disk = SavedState{};
}

void World::set_clock(std::size_t host, Duration by) {
    Host& it = *hosts_[host];
    it.kernel.step(moment(host).raw, by);
    if (it.node == nullptr)
        return;
    const Moment now = moment(host);
    feed(host, ClockWasSet{now, it.kernel.read(now.raw)});
}

// What a suspend or a restored machine does: the raw clock is not where it was.
void World::break_raw_clock(std::size_t host, Duration jump, const std::string& reason) {
    jump_raw_clock(host, jump);
    feed(host, RawClockBroken{moment(host), reason});
}

void World::jump_raw_clock(std::size_t host, Duration jump) {
    hosts_[host]->oscillator.jump(jump);
}

void World::steer_as_another_program(std::size_t host, const KernelAdjustment& adjustment) {
    hosts_[host]->kernel.adjust(moment(host).raw, adjustment);
}

void World::set_saved(std::size_t host, const SavedState& saved) {
    hosts_[host]->disk = saved;
}

// ---- events and actions

void World::feed(std::size_t host, const Event& event) {
    Host& it = *hosts_[host];
    if (it.node == nullptr)
        return;
    if (std::exchange(it.leaps_told, it.kernel.leapt()) != it.kernel.leapt())
        feed(host, ClockWasSet{moment(host), kernel(host)});  // as the kernel tells of any setting
    const std::int64_t before = heap_in_use();
    const Actions& actions = it.node->handle(event);
    it.memory += heap_in_use() - before;
    carry_out(host, actions);
    for (Checker* checker : checkers_)
        checker->after_event(*this, host);
}

void World::carry_out(std::size_t host, const Actions& actions) {
    Host& it = *hosts_[host];
    for (const Action& action : actions) {
        if (const auto* datagram = std::get_if<SendDatagram>(&action)) {
            send(host, *datagram);
        } else if (const auto* wake = std::get_if<WakeAt>(&action)) {
            wake_at(host, wake->at);
        } else if (const auto* adjust = std::get_if<AdjustKernel>(&action)) {
            it.kernel.adjust(moment(host).raw, adjust->adjustment);
        } else if (const auto* step = std::get_if<StepClock>(&action)) {
            for (Checker* checker : checkers_)
                checker->before_step(*this, host, step->by);
            it.kernel.step(moment(host).raw, step->by);
            ++it.steps;
        } else if (std::holds_alternative<DisclaimClock>(action)) {
            it.kernel.disclaim();
        } else if (const auto* tai = std::get_if<SetTaiOffset>(&action)) {
            it.kernel.set_tai(tai->seconds);
        } else if (std::holds_alternative<SaveState>(action)) {
            save_state(host, std::get<SaveState>(action).at_once);
        } else if (const auto* save = std::get_if<SaveTrust>(&action)) {
            save_trust(host, save->generation);
        } else if (const auto* made = std::get_if<InvitationMade>(&action)) {
            it.invited = made->id;
        } else if (const auto* report = std::get_if<Report>(&action)) {
            ++it.reports[report->kind];
        }
    }
}

// What was to be saved is what there is now; it is on disk a little later. (Where nobody waits for
// that, at once.)
void World::save_state(std::size_t host, bool at_once) {
    const SavedState saved = hosts_[host]->node->saved_state(moment(host));
    if (shape_.candidates == 1 && !saved.move) {
        hosts_[host]->disk = saved;
        return;
    }
    on_host(host, now_ + kDisk, [this, host, at_once, saved] {
        hosts_[host]->disk = saved;
        if (at_once)
            feed(host, StateSaved{moment(host), saved.election.term, true,
                                  saved.move ? saved.move->id : MoveId{}});
    });
}

void World::save_trust(std::size_t host, std::uint64_t generation) {
    const SavedTrust content = hosts_[host]->node->registry()->content();
    on_host(host, now_ + kDisk, [this, host, generation, content] {
        hosts_[host]->trust = content;
        feed(host, TrustSaved{moment(host), generation, true});
    });
}

InvitationId World::invite(std::size_t host, bool votes, Duration lasts) {
    feed(host, InvitationWanted{moment(host), votes, lasts});
    return hosts_[host]->invited;
}

void World::revoke(std::size_t host, std::size_t whom) {
    feed(host, RevocationWanted{moment(host), *NodeName::from(name_of(whom)),
                                test::public_key(name_of(whom))});
}

RawStamp World::stamp(std::size_t host) {
    std::uniform_int_distribution<std::int64_t> noise(-kStampError.count() / 2,
                                                      kStampError.count() / 2);
    return {moment(host).raw + Duration{noise(hosts_[host]->random)}, kStampError,
            StampSource::kernel};
}

void World::send(std::size_t host, const SendDatagram& datagram) {
    ++datagrams_sent_;
    const std::uint64_t life = hosts_[host]->life;
    at(now_ + kSending, [this, host, life, token = datagram.token] {
        if (hosts_[host]->life == life)
            feed(host, DatagramSent{token, stamp(host)});
    });
    const std::size_t to = datagram.to.port;
    if (to >= hosts_.size())
        return;
    const Datagram said = as_said(host, to, datagram.bytes);
    if (tap)
        tap(host, to, said);
    std::vector<Duration> copies = network_.carry(host, to, now_ + kSending);
    if (on_path)
        on_path(host, to, said, copies);
    const std::vector<std::uint8_t> bytes(said.begin(), said.end());
    for (const Duration delay : copies) {
        at(now_ + kSending + delay,
           [this, host, to, bytes] { arrive(to, endpoint_of(host), bytes); });
    }
}

Datagram World::as_said(std::size_t from, std::size_t to, const Datagram& bytes) {
    if (!corrupt)
        return bytes;
    auto envelope = decode(bytes);
    if (!envelope || !corrupt(from, to, *envelope))
        return bytes;
    const Header& header = envelope->header;
    return test::sealed(envelope->message, name_of(from), name_of(to), header.term, header.epoch,
                        {name_of(from), name_of(to), "sim"});
}

void World::inject(std::size_t to, const Endpoint& from, std::vector<std::uint8_t> bytes) {
    arrive(to, from, bytes);
}

void World::arrive(std::size_t to, const Endpoint& from, const std::vector<std::uint8_t>& bytes) {
    if (!running(to))
        return;
    const RawStamp received = stamp(to);
    on_host(to, now_ + kProcessing, [this, to, from, bytes, received] {
        feed(to, DatagramReceived{moment(to), received, from, bytes});
    });
}

void World::wake_at(std::size_t host, RawTime at_raw) {
    Host& it = *hosts_[host];
    const std::uint64_t alarm = ++it.alarm;
    std::uniform_int_distribution<std::int64_t> late(0, kTimerLateness.count());
    const TrueTime due = it.oscillator.true_at(at_raw) + Duration{late(it.random)};
    on_host(host, due, [this, host, alarm] {
        Host& ringing = *hosts_[host];
        if (ringing.alarm != alarm)
            return;
        const Moment now = moment(host);
        feed(host, TimerFired{now, ringing.kernel.read(now.raw)});
    });
}

// ---- names

Endpoint World::endpoint_of(std::size_t host) {
    Endpoint endpoint;
    endpoint.address[15] = 1;
    endpoint.port = static_cast<std::uint16_t>(host);
    return endpoint;
}

std::string World::name_of(std::size_t host) {
    return fmt::format("node{}", host + 1);
}

void World::violation(std::string what) {
    ++violation_count_;
    if (violations_.size() < 20) {
        violations_.push_back(
            fmt::format("at {:.6f} s: {}", static_cast<double>(now_.ns) * 1e-9, what));
    }
}

WorldShape five_hosts(std::uint64_t seed) {
    constexpr std::array<double, 5> kOffsets{0.5, -0.5, 0.3, -0.25, 0.1};
    constexpr std::array<double, 5> kRates{37, -12, 50, -23, 5};
    WorldShape shape;
    shape.seed = seed;
    for (std::size_t i = 0; i < kOffsets.size(); ++i) {
        HostShape host;
        host.oscillator.rate_error = kRates[i] * kPpm;
        host.oscillator.at_start = RawTime{(static_cast<std::int64_t>(i) + 1) * 1'000'000'000'000};
        host.start_offset = seconds(kOffsets[i]);
        shape.hosts.push_back(host);
    }
    return shape;
}

}  // namespace berkeley::sim
