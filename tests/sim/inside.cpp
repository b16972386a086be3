#include "tests/sim/inside.hpp"

#include <fmt/format.h>

#include "tests/support/node_keys.hpp"

namespace berkeley::sim {
namespace {

template <class Clock>
void shift(Instant<Clock>& at, Duration by) {
    const Instant<Clock> shifted = at + by;
    if (plausible(shifted))
        at = shifted;
}

}  // namespace

// ---- a member's keys

InsideMember::InsideMember(World& world, std::size_t host, const Plan& plan)
    : world_(world), host_(host), plan_(plan), dice_(world) {
    world.corrupt = [this](std::size_t from, std::size_t, Envelope& envelope) {
        return change(from, envelope);
    };
    world.tap = [this](std::size_t, std::size_t to, const Datagram& bytes) { hear(to, bytes); };
    if (plan.speaks_out_of_turn) {
        world.every(seconds(1 / dice_.between(1, 100)), [this] {
            if (!stopped_)
                speak();
        });
    }
}

InsideMember::Plan InsideMember::any_plan(World& world) {
    Dice dice(world);
    return {.lie = static_cast<Lie>(dice.one_of(kLies)),
            .by = dice.any_size(1us, 24h),
            .rate = dice.between(-1, 1) * std::pow(10, -dice.between(3, 8)),
            .speaks_out_of_turn = dice.chance(0.7)};
}

void InsideMember::stop() {
    stopped_ = true;
    world_.corrupt = nullptr;
    world_.tap = nullptr;
}

bool InsideMember::change(std::size_t from, Envelope& envelope) {
    auto* reply = std::get_if<Reply>(&envelope.message);
    if (from != host_ || reply == nullptr || plan_.lie == Lie::none)
        return false;
    lie_in(envelope.header, *reply);
    return true;
}

void InsideMember::lie_in(Header& header, Reply& reply) {
    switch (plan_.lie) {
        case Lie::none:
            return;
        case Lie::reads_otherwise:
            return shift(reply.system, plan_.by);
        case Lie::equivocates:
            return shift(reply.system, dice_.chance(0.5) ? plan_.by : -plan_.by);
        case Lie::races:
        case Lie::drifts:
            return race(reply);
        case Lie::jumps:
            if (dice_.chance(0.05))
                jumped_ += plan_.by;
            return shift_raw(reply, jumped_);
        case Lie::stamps_late:
            return shift_raw(reply, plan_.by > 0ns ? Duration{150us} : Duration{-150us});
        case Lie::claims:
            if (reply.claim) {
                shift(reply.claim->cluster, plan_.by);
                reply.claim->bound = 0ns;
            }
            return;
        case Lie::counts_far:
            header.term += dice_.chance(0.5) ? dice_.one_of(1 << 21) : dice_.number();
            header.epoch += dice_.chance(0.5) ? dice_.one_of(1 << 21) : dice_.number();
            return;
        case Lie::flags:
            reply.votes = dice_.chance(0.5);
            reply.steers = dice_.chance(0.5);
            reply.floor = dice_.chance(0.5) ? SystemTime{} : reply.system + 1h;
            reply.system_rate = dice_.between(-0.19, 0.19);
            reply.stamp_error = seconds(dice_.between(0, 2));
            return;
    }
}

void InsideMember::race(Reply& reply) {
    since_ = since_.value_or(reply.raw);
    for (RawTime* at : {&reply.poll_received, &reply.raw, &reply.last_sent}) {
        const Duration since = *at - *since_;
        if (since <= 0ns)
            continue;
        const double hours = as_seconds(since) / 3600;
        shift(*at, gained(since, plan_.lie == Lie::races ? plan_.rate : plan_.rate * hours / 2));
    }
}

void InsideMember::shift_raw(Reply& reply, Duration by) {
    shift(reply.poll_received, by);
    shift(reply.raw, by);
    if (reply.last_sequence != 0)
        shift(reply.last_sent, by);
}

void InsideMember::hear(std::size_t to, const Datagram& bytes) {
    if (to != host_)
        return;
    const auto envelope = decode(bytes);
    if (!envelope)
        return;
    if (const auto* retry = std::get_if<Retry>(&envelope->message)) {
        cookies_[retry->session] = retry->cookie;
    } else if (const auto* poll = std::get_if<Poll>(&envelope->message)) {
        session_ = poll->session;
        reign_ = poll->reign;
    }
}

void InsideMember::speak() {
    const std::size_t to = dice_.one_of(world_.size());
    if (to != host_ && to != 0)
        speak_as_master(to);
    else
        speak_to_master();
}

// As its candidate, and as itself, to one who believes the pinned key alone.
void InsideMember::speak_as_master(std::size_t to) {
    const std::string as = World::name_of(dice_.chance(0.5) ? 0 : host_);
    Poll poll;
    poll.session = session_;
    poll.reign = reign_;
    poll.sequence = 1'000'000 + dice_.one_of(1'000'000);
    poll.correction =
        BoundedLine{{world_.moment(to).raw, ClusterTime{kWorldBegins.ns} + 1h, 0}, 1ms, 1e-4, 1us};
    switch (dice_.one_of(4)) {
        case 0:
            return say(to, as, poll);
        case 1:
            return say(to, as, Leave{session_, reign_});
        case 2:
            return say(to, as, Refusal{session_, RefusalReason::revoked});
        default:
            return say(to, as, Retry{dice_.number(), dice_.number()});
    }
}

void InsideMember::speak_to_master() {
    const std::string own = World::name_of(host_);
    const std::string ghost = fmt::format("ghost{}", dice_.one_of(10));
    const std::string other = World::name_of(1 + dice_.one_of(world_.size() - 1));
    Reply reply;
    reply.session = session_;
    reply.reign = reign_;
    reply.sequence = dice_.one_of(100'000);
    reply.raw = reply.poll_received = world_.moment(host_).raw;
    reply.system = world_.system_time(host_);
    switch (dice_.one_of(7)) {
        case 0:
            return say(0, ghost, join_as(ghost));
        case 1:
            return say(0, other, join_as(other));
        case 2:
            return say(0, own, join_as(own));
        case 3:
            return say(0, ghost,
                       Enrol{InvitationId{dice_.one_of(9)}, dice_.number(), *NodeName::from(ghost),
                             test::public_key(ghost)});
        case 4:
            return say(0, other, reply);
        case 5:
            return say(0, other, Leave{session_, reign_});
        default:
            return say(0, own, reply);
    }
}

// With its own certificate; with the cookie, if one was given to it.
Join InsideMember::join_as(std::string_view name) {
    Join join;
    join.session = dice_.number() | 1;
    if (!cookies_.empty()) {
        const auto last = cookies_.begin();
        join.session = last->first;
        join.cookie = last->second;
        cookies_.erase(last);
    }
    join.oscillator = dice_.number();
    join.name = *NodeName::from(name);
    join.certificate = test::certificate_for(World::name_of(host_), World::name_of(0), "sim");
    return join;
}

void InsideMember::say(std::size_t to, std::string_view as, const Message& message) {
    const std::string target = World::name_of(to);
    const Datagram datagram = test::sealed(message, as, target, dice_.one_of(9), dice_.one_of(9),
                                           {World::name_of(host_), target, "sim"});
    world_.inject(to, World::endpoint_of(host_), {datagram.begin(), datagram.end()});
}

// ---- the master's keys

DishonestMaster::DishonestMaster(World& world)
    : world_(world), dice_(world), lie_(static_cast<Lie>(dice_.one_of(kLies))) {
    by_ = dice_.any_size(leaps() ? Duration{100s} : 1ms, 24h);
    rate_ = dice_.between(-1, 1) * std::pow(10, -dice_.between(2, 6));
    if (lie_ == Lie::falls_silent)
        rate_ = (dice_.chance(0.5) ? 1 : -1) * dice_.between(300, 1000) * kPpm;
    bound_ = dice_.chance(0.5) ? Duration{24h} : 100us;
}

void DishonestMaster::begin() {
    since_ = world_.now();
    world_.corrupt = [this](std::size_t from, std::size_t to, Envelope& envelope) {
        return change(from, to, envelope);
    };
}

bool DishonestMaster::change(std::size_t from, std::size_t to, Envelope& envelope) {
    auto* poll = std::get_if<Poll>(&envelope.message);
    if (from != 0 || poll == nullptr)
        return false;
    lie_in(to, envelope.header, *poll);
    return true;
}

void DishonestMaster::lie_in(std::size_t to, Header& header, Poll& poll) {
    const Duration since = world_.now() - since_;
    if (lie_ == Lie::counts_far) {
        header.term += dice_.chance(0.5) ? dice_.one_of(1 << 21) : dice_.number();
        header.epoch += dice_.chance(0.5) ? dice_.one_of(1 << 21) : dice_.number();
    }
    if (!poll.correction)
        return;
    BoundedLine& told = *poll.correction;
    told.bound = std::max(told.bound, bound_);
    switch (lie_) {
        case Lie::steps:
            shift(told.line.cluster_at_anchor, by_);
            break;
        case Lie::creeps:
            shift(told.line.cluster_at_anchor, gained(since, rate_));
            break;
        case Lie::races:
            shift(told.line.cluster_at_anchor, gained(since, rate_));
            told.line.rate += rate_;
            break;
        case Lie::falls_silent:
            told.line.rate += rate_;
            if (since > Duration{5s})
                world_.network().cut([](std::size_t, std::size_t) { return true; });
            break;
        case Lie::leaps:
            header.epoch += static_cast<std::uint64_t>(since / Duration{10s});
            shift(told.line.cluster_at_anchor, (since / Duration{10s}) * (by_ / 100));
            break;
        case Lie::feigns:
            if (poll.last_sequence != 0) {
                shift(poll.last_sent, by_);
                shift(poll.last_received, by_);
            }
            shift(told.line.cluster_at_anchor, by_);
            break;
        case Lie::equivocates:
            shift(told.line.cluster_at_anchor, to % 2 == 0 ? by_ : -by_);
            break;
        case Lie::is_sure:
            told.line.rate += rate_;
            told.bound = 0ns;
            told.bound_growth = 0;
            break;
        case Lie::counts_far:
            break;
    }
}

}  // namespace berkeley::sim
