#include "tests/support/node_bench.hpp"

#include <algorithm>
#include <array>

#include "daemon/core/contract.hpp"
#include "daemon/core/steer/discipline.hpp"

namespace berkeley::test {

Endpoint endpoint(std::uint16_t port) {
    Endpoint endpoint;
    endpoint.address[15] = 1;
    endpoint.port = port;
    return endpoint;
}

NodeSettings bench_settings(std::string name, std::string candidate) {
    NodeSettings settings;
    settings.name = std::move(name);
    settings.cluster = kBenchCluster;
    settings.key = node_key(settings.name);
    if (settings.name != candidate)
        settings.certificate = certificate_for(settings.name, candidate);
    settings.candidates = {{candidate, public_key(candidate)}};
    return settings;
}

// ---- the bench

NodeBench::NodeBench(const NodeSettings& settings, SystemTime system)
    : name_(settings.name), node_(std::make_unique<Node>(settings)), kernel_(raw_, system) {}

void NodeBench::start(const SavedState& saved, std::optional<SavedTrust> trust,
                      const SavedRoster& roster, std::optional<GoingOn> going_on,
                      std::optional<Duration> bound) {
    Started started;
    started.now = now();
    started.kernel = kernel_.read(raw_);
    started.entropy.fill(0x17);
    started.saved = saved;
    started.trust = std::move(trust);
    started.roster = roster;
    started.going_on = going_on;
    started.bound = bound;
    feed(started);
}

void NodeBench::begin_anew(const NodeSettings& settings, const SavedState& saved,
                           std::optional<SavedTrust> trust, const SavedRoster& roster,
                           std::optional<GoingOn> going_on, std::optional<Duration> bound) {
    node_ = std::make_unique<Node>(settings);
    wake_.reset();
    start(saved, std::move(trust), roster, going_on, bound);
}

Moment NodeBench::now() {
    return {raw_, kernel_.at(raw_), suspended_};
}

MemberStatus NodeBench::member(std::string_view name) {
    for (const MemberStatus& row : node_->members(now())) {
        if (row.name == name)
            return row;
    }
    return {};
}

void NodeBench::plan(Duration in, std::function<void()> what) {
    plans_.emplace(raw_ + in, std::move(what));
}

void NodeBench::pass(Duration by) {
    const RawTime end = raw_ + by;
    for (;;) {
        const bool planned = !plans_.empty() && plans_.begin()->first <= end;
        const bool rings = wake_ && *wake_ <= end;
        if (rings && (!planned || *wake_ <= plans_.begin()->first)) {
            raw_ = std::max(raw_, *wake_);
            wake_.reset();
            if (drop_timers)
                continue;
            feed(TimerFired{now(), kernel_.read(raw_)});
        } else if (planned) {
            raw_ = std::max(raw_, plans_.begin()->first);
            const auto what = std::move(plans_.begin()->second);
            plans_.erase(plans_.begin());
            what();
        } else {
            break;
        }
    }
    raw_ = end;
}

void NodeBench::feed(const Event& event) {
    const Actions actions = node_->handle(event);
    for (const Action& action : actions)
        carry_out(action);
}

void NodeBench::receive(std::span<const std::uint8_t> bytes, const Endpoint& from) {
    feed(DatagramReceived{now(), {raw_, 0ns, StampSource::kernel}, from, bytes});
}

void NodeBench::receive(const Message& message, std::string_view from, const Endpoint& at) {
    const std::size_t before = sent.size();
    receive(sealed(message, from, name_), at);
    const auto* join = std::get_if<Join>(&message);
    if (join == nullptr || sent.size() == before)
        return;
    const auto* retry = std::get_if<Retry>(&sent.back().message);
    if (retry == nullptr || join->cookie != 0)
        return;
    Join again = *join;
    again.cookie = retry->cookie;
    receive(sealed(again, from, name_), at);
}

void NodeBench::set_clock(Duration by) {
    kernel_.step(raw_, by);
    feed(ClockWasSet{now(), kernel_.read(raw_)});
}

void NodeBench::carry_out(const Action& action) {
    if (const auto* datagram = std::get_if<SendDatagram>(&action)) {
        const auto envelope = decode(datagram->bytes);
        ensure(envelope.has_value(), "the node sent what nobody can read");
        sent.push_back({datagram->to, envelope->header, envelope->message, datagram->bytes});
        feed(DatagramSent{datagram->token, {raw_, 0ns, StampSource::kernel}});
        if (on_send)
            on_send(Sent(sent.back()));
    } else if (const auto* wake = std::get_if<WakeAt>(&action)) {
        wake_ = wake->at;
    } else if (const auto* adjust = std::get_if<AdjustKernel>(&action)) {
        ++adjustments;
        if (!drop_adjustments)
            kernel_.adjust(raw_, adjust->adjustment);
    } else if (const auto* step = std::get_if<StepClock>(&action)) {
        kernel_.step(raw_, step->by);
        steps.push_back(step->by);
    } else if (std::holds_alternative<DisclaimClock>(action)) {
        kernel_.disclaim();
    } else if (const auto* report = std::get_if<Report>(&action)) {
        reports.push_back(*report);
    } else if (const auto* trust = std::get_if<SaveTrust>(&action)) {
        trust_saves.push_back(trust->generation);
    } else if (const auto* roster = std::get_if<SaveRoster>(&action)) {
        roster_saves.push_back(roster->generation);
    } else if (std::holds_alternative<AdoptRoster>(action)) {
        ++successions;
    } else if (const auto* made = std::get_if<InvitationMade>(&action)) {
        invitations.push_back(made->id);
    } else if (const auto* save = std::get_if<SaveState>(&action)) {
        ++saves;
        const SavedState saved = node_->saved_state(now());
        const Term voted = saved.election.term;
        const MoveId move = saved.move ? saved.move->id : MoveId{};
        if (!save->at_once || (voted == 0 && move.epoch == 0)) {
            on_disk = saved;
            return;
        }
        plan(disk, [this, saved, voted, move] {
            on_disk = saved;
            feed(StateSaved{now(), voted, true, move});
        });
    }
}

std::size_t NodeBench::reported(ReportKind kind) const {
    return static_cast<std::size_t>(
        std::count_if(reports.begin(), reports.end(),
                      [kind](const Report& report) { return report.kind == kind; }));
}

// ---- a played member

PlayedMember::PlayedMember(NodeBench& master, std::string name, std::uint16_t port,
                           const Shape& shape)
    : granted(certificate_for(name)),
      master_(master),
      name_(std::move(name)),
      address_(endpoint(port)),
      shape_(shape),
      since_(master.raw()),
      began_(raw_at(master.raw())),
      system_began_(master.now().system + shape.system_offset) {}

RawTime PlayedMember::raw_at(RawTime masters) const {
    return masters + shape_.raw_offset + gained(masters - since_, shape_.rate);
}

SystemTime PlayedMember::system_at(RawTime raw) const {
    if (shape_.obeys && line_)
        return SystemTime{line_->line.at(raw).ns};
    return system_began_ + (raw - began_);
}

void PlayedMember::jump_rate(double by) {
    shape_.raw_offset += gained(master_.raw() - since_, shape_.rate);
    since_ = master_.raw();
    shape_.rate += by;
}

void PlayedMember::break_raw_clock() {
    ++oscillator_;
    line_.reset();
    session_ = 0;
    last_reply_ = 0;
}

void PlayedMember::join() {
    Join join;
    joining_ = join.session = next_session_++;
    join.oscillator = oscillator_;
    join.name = *NodeName::from(name_);
    join.votes = granted.votes;
    join.certificate = granted;
    last_join_ = join;
    send(join);
}

void PlayedMember::join_again(const Retry& retry) {
    if (retry.session != joining_)
        return;
    last_join_.cookie = retry.cookie;
    send(last_join_);
}

void PlayedMember::leave() {
    send(Leave{session_, reign_});
}

void PlayedMember::send(const Message& message) {
    Header header{id_of(name_), id_of("master"), term_, epoch_};
    if (tamper_header)
        tamper_header(header);
    const Datagram datagram = sealed(message, name_, "master", header.term, header.epoch);
    if (std::holds_alternative<Reply>(message))
        replies.push_back(datagram);
    if (const auto* join = std::get_if<Join>(&message)) {
        if (join->cookie != 0 && !joins.empty())
            joins.pop_back();
        joins.push_back(datagram);
    }
    master_.plan(shape_.one_way, [this, datagram] { master_.receive(datagram, address_); });
}

void PlayedMember::heard(const NodeBench::Sent& sent) {
    if (sent.header.to != id_of(name_))
        return;
    if (const auto* retry = std::get_if<Retry>(&sent.message)) {
        master_.plan(shape_.one_way, [this, retry = *retry] { join_again(retry); });
    } else if (const auto* poll = std::get_if<Poll>(&sent.message); poll != nullptr && !silent) {
        master_.plan(shape_.one_way,
                     [this, poll = *poll, header = sent.header] { poll_arrived(poll, header); });
    }
}

void PlayedMember::poll_arrived(const Poll& poll, const Header& header) {
    if (poll.session != joining_ && poll.session != session_)
        return;
    if (poll.session == joining_) {
        session_ = joining_;
        joining_ = 0;
    }
    ++polls_;
    last_poll_ = poll;
    reign_ = poll.reign;
    term_ = header.term;
    const RawTime raw = raw_at(master_.raw());
    if (poll.correction) {
        line_ = poll.correction;
        epoch_ = header.epoch;
    }
    Reply reply;
    reply.session = poll.session;
    reply.reign = poll.reign;
    reply.sequence = poll.sequence;
    reply.poll_received = raw;
    reply.last_sequence = last_reply_;
    reply.last_sent = last_reply_sent_;
    reply.raw = raw;
    reply.system = system_at(raw);
    if (line_)
        reply.claim = Claim{line_->line.at(raw), line_->bound_at(raw), line_->sigma_at(raw),
                            line_->line.rate, line_->rate_sigma};
    if (tamper)
        tamper(reply);
    last_reply_ = poll.sequence;
    last_reply_sent_ = raw;
    send(reply);
}

// ---- a played cluster

PlayedCluster::PlayedCluster(const NodeSettings& settings,
                             const std::vector<PlayedMember::Shape>& shapes,
                             const SavedState& saved)
    : bench(settings) {
    std::uint16_t port = 0;
    for (const PlayedMember::Shape& shape : shapes) {
        ++port;
        members.push_back(
            std::make_unique<PlayedMember>(bench, "m" + std::to_string(port), port, shape));
    }
    bench.on_send = [this](const NodeBench::Sent& sent) {
        for (const auto& member : members) {
            if (member->address() == sent.to)
                member->heard(sent);
        }
    };
    bench.start(saved);
}

void PlayedCluster::join_all() {
    for (const auto& member : members)
        member->join();
}

NodeSettings master_settings(std::size_t expect) {
    NodeSettings settings = bench_settings("master");
    settings.expect = expect;
    return settings;
}

std::vector<PlayedMember::Shape> four() {
    std::vector<PlayedMember::Shape> shapes(4);
    const std::array<Duration, 4> offsets{3ms, -4ms, 8ms, -7ms};
    const std::array<double, 4> rates{37 * kPpm, -12 * kPpm, 50 * kPpm, -23 * kPpm};
    for (std::size_t i = 0; i < 4; ++i) {
        shapes[i].system_offset = offsets[i];
        shapes[i].rate = rates[i];
        shapes[i].raw_offset = 1'000s * static_cast<std::int64_t>(i);
    }
    return shapes;
}

}  // namespace berkeley::test
