#include "tests/support/script_values.hpp"

#include <array>
#include <cmath>

#include "tests/support/node_bench.hpp"

namespace berkeley::test {

NodeSettings any_settings(ByteScript& script, const std::string& self) {
    NodeSettings settings = bench_settings(self);
    const std::uint8_t traits = script.byte();
    settings.expect = 3 - traits % 3;
    settings.max_members = 3;
    if (traits & 4)
        settings.clock = traits & 64 ? ClockMode::reference : ClockMode::observe;
    if (traits & 128)
        settings.references = {"m2", "m3", self};
    if (traits & 8)
        settings.step_policy = StepPolicy::never;
    if (traits & 16)
        settings.move_limit = 5ms;
    if (traits & 32) {
        for (const char* name : {"m2", "m3"})
            settings.candidates.push_back({name, public_key(name)});
    }
    return settings;
}

Fitness any_fitness(ByteScript& script) {
    return static_cast<Fitness>(script.below(static_cast<std::size_t>(Fitness::fit) + 1));
}

Message any_election_message(ByteScript& script, NodeId self, Session session) {
    // Terms that are near each other meet more often.
    const Term term = script.below(4) == 0 ? script.count() : 1 + script.below(8);
    const SteadyTime asked_at = script.instant<SteadyClock>();
    switch (script.below(4)) {
        case 0:
            return VoteWanted{term, script.flag(), asked_at, script.duration(),
                              any_fitness(script)};
        case 1:
            return VoteAnswer{term,          script.flag(),   asked_at,
                              script.flag(), script.below(9), any_fitness(script)};
        case 2:
            return Release{term, script.flag() ? self : NodeId{}};
        default:
            return Direction{session, {term, script.flag() ? id_of("master") : id_of("m2")}};
    }
}

// Good, by another's hand, or bent.
Message any_revocation_news(ByteScript& script) {
    RevocationNews news{script.count(), {}};
    if (script.below(4) == 0)
        return news;
    const char* const whom = script.flag() ? "m3" : "m1";
    const char* const by = script.flag() ? "m2" : "m1";
    news.revocation = revoke(*node_key(by), kBenchCluster, *NodeName::from(whom), public_key(whom));
    if (script.below(4) == 0)
        news.revocation->key.bytes[script.below(32)] ^= script.byte();
    return news;
}

namespace {

Message any_roster_word(ByteScript& script, std::string_view name, Session session) {
    switch (script.below(3)) {
        case 0:
            return RosterAsk{script.count(),
                             *NodeName::from(name),
                             script.count(),
                             {},
                             static_cast<RosterSerial>(script.below(4)),
                             script.byte()};
        case 1: {
            RosterPart part;
            part.session = script.flag() ? session : script.count();
            part.of = static_cast<RosterPartOf>(script.below(3));
            part.serial = static_cast<RosterSerial>(script.below(3));
            part.part = script.byte();
            part.parts = script.byte();
            part.size = script.byte();
            part.bytes.fill(script.byte());
            return part;
        }
        default: {
            RosterSay say;
            say.session = script.flag() ? session : script.count();
            say.answer = static_cast<RosterAnswer>(
                script.below(static_cast<std::size_t>(kLastRosterAnswer) + 1));
            if (script.flag())
                say.signature.emplace().fill(script.byte());
            return say;
        }
    }
}

}  // namespace

Message any_witness_word(ByteScript& script, std::string_view name, Session inquired,
                         const Moment& now) {
    if (script.below(4) == 0)
        return any_revocation_news(script);
    if (script.below(4) == 0)
        return any_roster_word(script, name, inquired);
    if (script.flag()) {
        const Opinion opinion{script.below(4), static_cast<Judgement>(script.below(3))};
        return Inquiry{
            script.flag() ? script.count() : 1, *NodeName::from(name), script.count(), {}, opinion};
    }
    const ClusterTime near{now.system.ns + script.number(2'000'000)};
    if (script.below(4) == 0)
        return Sighting{inquired, {}};
    return Sighting{script.below(8) == 0 ? script.count() : inquired,
                    Told{script.below(4), script.below(4),
                         script.flag() ? near : script.instant<ClusterClock>(),
                         script.flag() ? Duration{1us} : script.duration(), script.flag()}};
}

std::optional<Certificate> any_certificate(ByteScript& script, std::string_view name,
                                           std::string_view another) {
    switch (script.below(6)) {
        case 0:
            return std::nullopt;
        case 1:  // another's
            return certificate_for(another);
        case 2:
            return certificate_for(name, "master", kBenchCluster, false);
        case 3:  // by nobody who may
            return certificate_for(name, another);
        case 4: {
            Certificate bent = certificate_for(name);
            bent.signature[script.below(64)] ^= script.byte();
            return bent;
        }
        default: {
            Certificate foreign = certificate_for(name);
            foreign.key.bytes[script.below(32)] ^= script.byte();
            return foreign;
        }
    }
}

namespace {

Outside any_outside(ByteScript& script) {
    return {script.flag(), script.duration(), script.duration(),
            static_cast<LeapNotice>(script.below(3)), static_cast<std::int16_t>(script.byte())};
}

Calendar any_calendar(ByteScript& script) {
    Calendar calendar;
    calendar.leaps = static_cast<std::int8_t>(script.byte());
    calendar.guided = script.flag();
    if (script.flag())
        calendar.coming = LeapSecond{script.instant<ClusterClock>(), script.flag()};
    if (script.flag())
        calendar.tai_s = static_cast<std::int16_t>(script.byte());
    return calendar;
}

}  // namespace

Bulletin any_bulletin(ByteScript& script) {
    Bulletin told;
    for (Verdict* verdict : {&told.verdict, &told.master_verdict}) {
        verdict->charge =
            static_cast<Charge>(script.below(static_cast<std::size_t>(kLastCharge) + 1));
        verdict->amount = script.duration().count() * (script.flag() ? -1 : 1);
        verdict->probation = script.duration();
    }
    told.members = script.byte();
    told.expected = script.byte();
    told.master_clock = MasterClock{-script.duration(), script.duration()};
    told.guidance.believed = script.byte();
    told.guidance.off = script.duration();
    return told;
}

std::optional<std::string> fault_of(const KernelAdjustment& adjustment) {
    if (adjustment.rate.tick_us < 9'000 || adjustment.rate.tick_us > 11'000)
        return "tick out of range";
    if (std::abs(adjustment.rate.frequency) > (500 << 16))
        return "frequency out of range";
    if (std::abs(adjustment.slew.count()) > 500'000'000)
        return "slew out of range";
    if (adjustment.time_constant < 0 || adjustment.time_constant > 10)
        return "time constant out of range";
    if (adjustment.max_error < 0ns || adjustment.estimated_error < 0ns)
        return "negative error estimate";
    return std::nullopt;
}

Move any_move(ByteScript& script, std::uint64_t term, std::uint64_t epoch) {
    Move move{{term, epoch},
              script.instant<ClusterClock>(),
              script.duration(),
              MoveWay::step,
              script.flag()};
    if (script.flag())
        move.by = -move.by / 1'000'000;
    if (script.flag())
        move.way = MoveWay::slew;
    return move;
}

Event any_operators_word(ByteScript& script, const Moment& now, const KernelReading& kernel,
                         const SavedState& saved) {
    MoveWish wish;
    switch (script.below(8)) {
        case 6:
            return RosterSaved{now, script.below(4), script.flag()};
        case 7: {
            constexpr std::array kNodes{"master", "m1", "m2", "m4", "nobody"};
            RosterWish wanted;
            wanted.step = static_cast<RosterStep>(script.below(3));
            wanted.node = *NodeName::from(kNodes.at(script.below(kNodes.size())));
            if (script.flag()) {
                wanted.host = script.flag() ? "192.0.2.9" : "not a host";
                wanted.port = script.byte();
            }
            return RosterWanted{now, wanted};
        }
        case 0:
            return MoveRecalled{now};
        case 1:
            return FormingRequested{now};
        case 2:
            return StateSaved{now, 0, script.flag(), saved.move ? saved.move->id : MoveId{}};
        case 3:
            wish.to = script.instant<ClusterClock>();
            return MoveRequested{now, wish};
        case 4:
            wish.by = script.flag() ? script.duration() : -script.duration() / 1'000'000;
            if (script.flag())
                wish.way = script.flag() ? MoveWay::step : MoveWay::slew;
            return MoveRequested{now, wish};
        default:
            return StepRequested{now, kernel};
    }
}

void change(KernelReading& kernel, ByteScript& script) {
    kernel.rate.frequency = script.number(1'000 << 16) - (500 << 16);
    kernel.rate.tick_us = 9'000 + script.number(2'000);
    kernel.slew_left = Duration{script.number(1'000'000'000) - 500'000'000};
    kernel.time_constant = static_cast<int>(script.below(11));
    kernel.phase_locked = script.flag();
    kernel.frequency_held = script.flag();
}

void ask_everything(const Node& node, const Moment& now) {
    static_cast<void>(node.status(now));
    static_cast<void>(node.members(now));
    static_cast<void>(node.tracking(now));
    static_cast<void>(node.clock_standing(now));
    static_cast<void>(node.why_no_step(now));
    static_cast<void>(node.why_no_invitation(now));
    static_cast<void>(node.why_no_revocation(public_key("m1")));
    static_cast<void>(node.key_of("m2"));
    static_cast<void>(node.name_of(public_key("m3")));
    static_cast<void>(node.saved_state(now));
}

Join bent(Join join, ByteScript& script) {
    if (script.flag())
        join.session = script.count();
    if (script.flag())
        join.oscillator = script.byte();
    join.votes = script.flag();
    return join;
}

Reply bent(Reply reply, ByteScript& script) {
    const std::uint8_t which = script.byte();
    if (which & 1)
        reply.poll_received = script.instant<RawClock>();
    if (which & 2)
        reply.last_sent = script.instant<RawClock>();
    if (which & 4)
        reply.raw = script.instant<RawClock>();
    if (which & 8)
        reply.system = script.instant<SystemClock>();
    if (which & 16)
        reply.stamp_error = script.duration();
    if (which & 32)
        reply.system_rate = script.rate();
    if (which & 64)
        reply.claim = Claim{script.instant<ClusterClock>(),
                            script.duration(),
                            script.duration(),
                            script.rate(),
                            std::abs(script.rate()),
                            static_cast<std::int8_t>(script.byte())};
    if (which & 64)
        reply.outside = any_outside(script);
    if (which & 128)
        reply.floor = script.instant<SystemClock>();
    if ((which & 129) == 129)
        reply.votes = script.flag();
    if ((which & 24) == 24)
        reply.move = HeldMove{any_move(script, script.byte(), script.byte()), script.flag()};
    return reply;
}

Poll bent(Poll poll, ByteScript& script) {
    const std::uint8_t which = script.byte();
    if (which & 1)
        poll.session = script.count();
    if (which & 2)
        poll.sequence = script.count();
    if (which & 4)
        poll.next_poll = script.duration();
    if (which & 8)
        poll.correction->line.anchor = script.instant<RawClock>();
    if (which & 16)
        poll.correction->line.cluster_at_anchor = script.instant<ClusterClock>();
    if (which & 32)
        poll.correction->line.rate = script.rate();
    if (which & 64)
        poll.correction->bound = script.duration();
    if (which & 128)
        poll.correction->bound_growth = 0.2;
    if (which & 4)
        poll.bulletin = any_bulletin(script);
    if ((which & 6) == 6)
        poll.move = any_move(script, 1, 2);
    if (poll.move && script.flag())
        poll.move->at = poll.correction->line.cluster_at_anchor + script.duration() / (1 << 30);
    if (which & 1)
        poll.calendar = any_calendar(script);
    return poll;
}

}  // namespace berkeley::test
