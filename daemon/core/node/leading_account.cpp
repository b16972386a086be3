// What a master tells of itself and of its members.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "daemon/core/node/leading.hpp"

namespace berkeley {
namespace {

// "node1, node2, and more": a sentence, not a table.
std::string listed(const std::vector<std::string>& names) {
    constexpr std::size_t kLongest = 100;
    std::string text;
    for (const std::string& name : names) {
        if (text.size() > kLongest)
            return text + ", and more";
        text += (text.empty() ? "" : ", ") + name;
    }
    return text;
}

}  // namespace

Bulletin Leading::bulletin_for(const Member& member, const Moment& now) const {
    const auto number = [](std::size_t value) {
        return static_cast<std::uint16_t>(std::min<std::size_t>(value, 0xffff));
    };
    Bulletin bulletin;
    bulletin.verdict = verdict_on(member, now.raw);
    bulletin.members = number(tally_.members);
    bulletin.counted = number(tally_.counted);
    bulletin.expected = number(tally_.expected);
    bulletin.master_verdict = own_verdict();
    const auto offset = steering_.offset(now);
    const auto bound = steering_.bound(now);
    if (offset && bound)
        bulletin.master_clock = MasterClock{*offset, *bound};
    bulletin.guidance = guidance_;
    bulletin.reference = verdict_as_reference(member);
    return bulletin;
}

std::string Leading::waiting_for() const {
    const std::size_t needed = majority_of(voters_.expected);
    return fmt::format("{} of {} expected clocks {} here, {} {} needed{}", voters_.present,
                       voters_.expected, voters_.present == 1 ? "is" : "are", needed,
                       needed == 1 ? "is" : "are", who_is_missing()) +
           (majority_is_here() && !told_of_waiting_ ? "; they are being measured" : "") +
           (has_references() && !references_here_ ? "; no reference is in order yet" : "");
}

void Leading::tell_of_waiting() {
    if (!std::exchange(told_of_waiting_, true))
        context_.report(ReportKind::waiting_for_voters, context_.settings.name, 0ns, waiting_for());
}

// By name where they are remembered; else who is here tells who is not.
std::string Leading::who_is_missing() const {
    if (!roster_.empty())
        return "; not back yet: " + listed(roster_);
    std::vector<std::string> here;
    std::vector<std::string> useless;
    if (voters_.own_long_past)
        useless.push_back(fmt::format("{} ({})", context_.settings.name, to_text(own_verdict())));
    else if (own_.votes)
        here.push_back(context_.settings.name);
    for (const Member* member : table_.all()) {
        if (!member->active() || !member->told)
            continue;
        if (member->votes() && !member->twin.known(last_round_))
            here.emplace_back(member->name.view());
        else
            useless.push_back(fmt::format("{} ({})", member->name.view(),
                                          to_text(verdict_on(*member, last_round_))));
    }
    std::string text = here.empty() ? "" : "; here: " + listed(here);
    return useless.empty() ? text : text + "; of no use: " + listed(useless);
}

Verdict Leading::own_verdict() const {
    if (!own_.votes)
        return {.charge = Charge::observes};
    if (!formed() && voters_.own_long_past)
        return {.charge = Charge::long_past};
    if (!formed())
        return {Charge::not_formed, static_cast<std::int64_t>(voters_.present), {}};
    return own_.verdict;
}

Verdict Leading::verdict_on(const Member& member, RawTime now) const {
    if (formed() || !member.active())
        return member.verdict;
    const Duration unheard = now - member.heard_at.value_or(member.known_since);
    if (member.silent(now))
        return {Charge::silent, unheard.count(), {}};
    if (member.twin.known(now))
        return {.charge = Charge::on_two_machines};
    if (!member.readable(now))
        return {.charge = Charge::being_measured};
    if (!member.told->votes)
        return {.charge = member.why_no_vote()};
    if (member.told->long_past())
        return {.charge = Charge::long_past};
    return {Charge::not_formed, static_cast<std::int64_t>(voters_.present), {}};
}

Leading::Tally Leading::tally() const {
    return {member_count(), counted(), formed() ? expected_voters() : voters_.expected};
}

std::size_t Leading::member_count() const {
    const auto active = std::count_if(table_.all().begin(), table_.all().end(),
                                      [](const Member* member) { return member->active(); });
    return static_cast<std::size_t>(active) + 1;
}

std::size_t Leading::counted() const {
    const auto counted = std::count_if(table_.all().begin(), table_.all().end(),
                                       [](const Member* member) { return member->clock.counted; });
    return static_cast<std::size_t>(counted) + (own_.clock.counted ? 1 : 0);
}

bool Leading::majority_counts() const {
    std::vector<Vote> counted;
    if (own_.clock.counted)
        counted.push_back(own_.vote);
    for (const Member* member : table_.all()) {
        if (member->clock.counted)
            counted.push_back(member->vote);
    }
    return number_of(std::move(counted)) >= majority_of(expected_votes());
}

std::vector<std::string> Leading::roster() const {
    std::vector<std::string> names = roster_;
    const auto remembered = static_cast<std::ptrdiff_t>(roster_.size());
    for (const Member* member : table_.all()) {
        if (member->session == 0 || !member->votes())
            continue;
        std::string name(member->name.view());
        const auto end = names.begin() + remembered;
        if (std::find(names.begin(), end, name) == end)
            names.push_back(std::move(name));
    }
    return names;
}

std::size_t Leading::expected_voters() const {
    if (context_.settings.expect)
        return *context_.settings.expect;
    // Who has been heard of in this reign is in roster_ no more.
    const auto here =
        std::count_if(table_.all().begin(), table_.all().end(),
                      [](const Member* member) { return member->session != 0 && member->votes(); });
    const std::size_t remembered =
        roster_.size() + static_cast<std::size_t>(here) + (own_.votes ? 1 : 0);
    return std::max(context_.settings.candidates.size(), remembered);
}

// Of clocks that share an oscillator, all but one are too many.
std::size_t Leading::expected_votes() const {
    if (context_.settings.expect) {
        const std::size_t shared = context_.settings.failure_domains.shared();
        return *context_.settings.expect - std::min(shared, *context_.settings.expect - 1);
    }
    std::vector<Vote> votes;
    if (own_.votes)
        votes.push_back(own_.vote);
    for (const std::string& name : roster_)
        votes.push_back(vote_of(name));
    for (const Member* member : table_.all()) {
        if (member->session != 0 && member->votes())
            votes.push_back(member->vote);
    }
    std::vector<Vote> of_candidates;
    for (const Candidate& candidate : context_.settings.candidates)
        of_candidates.push_back(vote_of(candidate.name));
    return std::max(number_of(std::move(of_candidates)), number_of(std::move(votes)));
}

}  // namespace berkeley
