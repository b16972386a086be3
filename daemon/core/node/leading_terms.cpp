// How a master comes above the terms and epochs that its members know. If it lost its memory, they
// know later ones than it tells, and refuse it. But one alone may say anything, and most of them
// may be alone for a moment: so it goes far on the word of several only, and seldom.
#include <algorithm>
#include <functional>

#include "daemon/core/node/leading.hpp"

namespace berkeley {
namespace {

constexpr std::uint64_t kOnOneWord = 1000;
constexpr std::size_t kFewest = 2;
const BucketSize kOutgrowths{1 / as_seconds(10min), 1};

// The one after a later number that we were told of, as far towards it as is credible.
std::uint64_t beyond(std::uint64_t told, std::uint64_t known) {
    return std::max(known, towards(std::min(told, kLastTerm) + 1, known));
}

}  // namespace

// (The other candidates are not asked: if anybody forgot, they did.)
bool Leading::tells_of_later(const Member& member) const {
    return member.active() && member.grant.votes && !context_.is_candidate(member.name.view());
}

// Those that are silent may know otherwise by now. Until cluster time is formed some may yet come.
std::size_t Leading::majority_that_tells() const {
    const auto all = static_cast<std::size_t>(std::ranges::count_if(
        table_.all(), [this](const Member* member) { return tells_of_later(*member); }));
    const std::size_t others = formed() ? 0 : expected_voters() - (own_.votes ? 1 : 0);
    return std::max(kFewest, majority_of(std::max(all, others)));
}

// Beyond what most know; and a little further, if some of them know more.
std::uint64_t Leading::outgrown(std::uint64_t Header::* number, std::uint64_t known,
                                const Moment& now) const {
    std::vector<std::uint64_t> later;
    for (const Member* member : table_.all()) {
        if (member->told && tells_of_later(*member) && !member->silent(now.raw) &&
            member->told->header.*number > known)
            later.push_back(member->told->header.*number);
    }
    const std::size_t majority = majority_that_tells();
    if (later.size() < majority)
        return known;
    std::ranges::sort(later, std::greater<>());
    const std::uint64_t most = later[majority - 1];
    return beyond(most + std::min(later.front() - most, kOnOneWord), known);
}

void Leading::outgrow_what_most_know(const Moment& now) {
    const std::uint64_t term = outgrown(&Header::term, context_.term, now);
    const std::uint64_t epoch = outgrown(&Header::epoch, context_.epoch, now);
    if (term == context_.term && (epoch == context_.epoch || !formed()))
        return;
    if (!outgrowths_.holds(kOutgrowths, now.steady()))
        return;
    outgrowths_.take();
    if (term > context_.term && !context_.one_candidate()) {
        later_term_ = term;
        return;
    }
    context_.term = term;
    if (formed())
        context_.epoch = epoch;
    context_.actions.push_back(SaveState{.at_once = true});
}

// Terms only grow: what a member knew before cluster time was formed is of an earlier reign, and
// ours is another. (Where candidates elect, a new term is theirs to begin.)
void Leading::rise_above(std::uint64_t term) {
    if (formed() || term < context_.term || !context_.one_candidate())
        return;
    const std::uint64_t risen = std::min(beyond(term, context_.term), term_begun_ + kOnOneWord);
    if (risen <= context_.term)
        return;
    context_.term = risen;
    context_.actions.push_back(SaveState{.at_once = true});
}

}  // namespace berkeley
