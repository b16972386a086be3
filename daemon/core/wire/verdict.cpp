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
        case Charge::on_two_machines:
            return "another machine came with its key";
    }
    contract_broken("a charge without words");
}

std::string charge_text(const ReferenceVerdict& verdict) {
    const Duration amount{verdict.amount};
    switch (verdict.charge) {
        case ReferenceCharge::none:
            return {};
        case ReferenceCharge::not_granted:
            return "the master's `references` does not name it";
        case ReferenceCharge::being_measured:
            return "being measured";
        case ReferenceCharge::silent:
            return "it does not answer";
        case ReferenceCharge::unsynchronized:
            return "its kernel says that its clock is not synchronized";
        case ReferenceCharge::uncertain:
            return fmt::format("its kernel says that its clock may be {} off", to_text(amount));
        case ReferenceCharge::long_past:
            return "its clock reads a time that has long passed";
        case ReferenceCharge::jumped:
            return fmt::format("its time jumped by {}", to_text(amount));
        case ReferenceCharge::disagrees:
            return fmt::format(
                "it is {} from where a majority of the references is, or there is "
                "no majority",
                to_text(amount));
        case ReferenceCharge::no_outside:
            return "`references` names it, but its own `clock` is not \"reference\"";
    }
    contract_broken("a charge of a reference without words");
}

std::string with_probation(const std::string& charge, Duration probation, std::string_view then) {
    if (probation <= 0ns)
        return charge;
    return fmt::format("{} again in {} s: {}", then, probation / Duration{1s} + 1, charge);
}

}  // namespace

std::string to_text(const Verdict& verdict) {
    return with_probation(charge_text(verdict), verdict.probation, "counts");
}

std::string to_text(const ReferenceVerdict& verdict) {
    return with_probation(charge_text(verdict), verdict.probation, "believed");
}

}  // namespace berkeley
