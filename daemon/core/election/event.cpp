#include "daemon/core/election/event.hpp"

#include "daemon/core/contract.hpp"

namespace berkeley {

std::string_view to_text(LeadingEnded why) {
    switch (why) {
        case LeadingEnded::lost_majority:
            return "too few candidates answered in time";
        case LeadingEnded::outvoted:
            return "a candidate has voted in a later term; it asks the others whether it is still "
                   "to lead";
        case LeadingEnded::handed_over:
            return "it was handed over";
        case LeadingEnded::resigned:
            return "it stops, or its clock is not fit to lead";
    }
    contract_broken("an end of leading without words");
}

}  // namespace berkeley
