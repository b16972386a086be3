#include "tests/support/script_values.hpp"

#include "tests/support/node_bench.hpp"

namespace berkeley::test {

NodeSettings any_settings(ByteScript& script, const std::string& self) {
    NodeSettings settings = bench_settings(self);
    const std::uint8_t traits = script.byte();
    settings.expect = 3 - traits % 3;
    settings.max_members = 3;
    if (traits & 4)
        settings.clock = ClockMode::observe;
    if (traits & 8)
        settings.step_policy = StepPolicy::never;
    if (traits & 16)
        settings.move_limit = 5ms;
    return settings;
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

Bulletin any_bulletin(ByteScript& script) {
    Bulletin told;
    for (Verdict* verdict : {&told.verdict, &told.master_verdict}) {
        verdict->charge =
            static_cast<Charge>(script.below(static_cast<std::size_t>(Charge::left) + 1));
        verdict->amount = script.duration().count() * (script.flag() ? -1 : 1);
        verdict->probation = script.duration();
    }
    told.members = script.byte();
    told.expected = script.byte();
    told.master_clock = MasterClock{-script.duration(), script.duration()};
    return told;
}

}  // namespace berkeley::test
