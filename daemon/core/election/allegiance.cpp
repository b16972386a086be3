#include "daemon/core/election/allegiance.hpp"

#include "daemon/core/wire/messages.hpp"

namespace berkeley {

Allegiance::Verdict Allegiance::judge(NodeId master, Term term, SteadyTime now) {
    const bool credible_here = term_ == 0 || credible(term, term_);
    if (!electorate_.has(master) || term < term_ || term > kLastTerm || !credible_here)
        return Verdict::refuse;
    if (term == term_ && master_ != NodeId{})
        return master == master_ ? Verdict::follow : Verdict::refuse;
    if (confirmations({term, master}, now) < electorate_.majority())
        return Verdict::unconfirmed;
    term_ = term;
    master_ = master;
    return Verdict::follow;
}

std::size_t Allegiance::confirmations(const Testimony& wanted, SteadyTime now) const {
    std::size_t confirmed = 1;
    for (std::size_t rank = 0; rank < electorate_.size(); ++rank) {
        const std::optional<Heard>& heard = heard_[rank];
        if (electorate_.all()[rank] == wanted.master || !heard)
            continue;
        if (heard->testimony == wanted && now - heard->at < kTestimonyLasts)
            ++confirmed;
    }
    return confirmed;
}

void Allegiance::heard(NodeId candidate, const Testimony& testimony, SteadyTime now) {
    if (const auto rank = electorate_.rank_of(candidate))
        heard_[*rank] = Heard{testimony, now};
}

}  // namespace berkeley
