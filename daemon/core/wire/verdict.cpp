#include "daemon/core/wire/verdict.hpp"

#include <fmt/format.h>

#include "daemon/core/contract.hpp"
#include "daemon/core/time/text.hpp"

namespace berkeley {
namespace {

std::string charge_text(const Verdict& verdict) {
    const Duration amount{verdict.amount};
    switch (verdict.charge) {
        case Charge::none:
            return {};
        case Charge::not_formed:
            return "there is no cluster time yet";
        case Charge::being_measured:
            return "being measured";
        case Charge::rate_unknown:
            return "its rate is being learned";
        case Charge::observes:
            return "it only observes";
        case Charge::no_vote:
            return "it was admitted without a vote";
        case Charge::long_past:
            return "its clock reads a time that has long passed";
        case Charge::oscillator_jumped:
            return "its oscillator jumped";
        case Charge::oscillator_changed:
            return fmt::format("its oscillator changed by {:+.1f} ppm",
                               static_cast<double>(verdict.amount) * 1e-3);
        case Charge::not_steered:
            return fmt::format("its clock is {} off and refuses to be steered", to_text(amount));
        case Charge::being_corrected:
            return fmt::format("its clock is {} off, being corrected", to_text(amount));
        case Charge::off_when_formed:
            return fmt::format("its clock was {} off when cluster time was formed",
                               to_text(amount));
        case Charge::silent:
            return fmt::format("no answer for {} s", amount / Duration{1s});
        case Charge::left:
            return "it said goodbye";
    }
    contract_broken("a charge without words");
}

}  // namespace

std::string to_text(const Verdict& verdict) {
    if (verdict.probation <= 0ns)
        return charge_text(verdict);
    return fmt::format("counts again in {} s: {}", verdict.probation / Duration{1s} + 1,
                       charge_text(verdict));
}

}  // namespace berkeley
