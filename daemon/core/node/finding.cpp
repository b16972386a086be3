#include "daemon/core/node/finding.hpp"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "daemon/core/steer/slew.hpp"
#include "daemon/core/time/text.hpp"

namespace berkeley {
namespace {

constexpr std::string_view kGoesOn = "the clock goes on at its last known rate";
constexpr Duration kSettled = 500us;  // as Steering calls a clock synchronized
constexpr Duration kRecently = 60s;   // a datagram that did not authenticate is told for so long

std::string in_journal(std::string_view what) {
    return fmt::format("'journalctl -u berkeleyd' tells {}", what);
}

std::string master_place(const Following& following) {
    const auto address = following.master_address();
    return address ? fmt::format("{} at {}", following.master(), to_string(*address))
                   : following.master();
}

std::string majority_words(std::size_t present, std::size_t expected) {
    const std::size_t needed = majority_of(expected);
    return fmt::format("{} of {} expected clocks {} there, {} {} needed", present, expected,
                       present == 1 ? "is" : "are", needed, needed == 1 ? "is" : "are");
}

Finding waiting_to_form(const Leading& leading) {
    if (leading.long_past() > 0)
        return {"waiting to form cluster time: " + leading.waiting_for(),
                "set the clocks that read a time long past ('date --set'), or go without them by "
                "'berkeleyctl form' here; if nobody's clock is of today, cluster time begins by "
                "itself where it was last seen"};
    if (leading.majority_is_here())
        return {"waiting to form cluster time: " + leading.waiting_for(),
                "wait some seconds: 'berkeleyctl waitsync' does; if this stays so, 'berkeleyctl "
                "members' shows whose clock stands in the way"};
    return {"waiting to form cluster time: " + leading.waiting_for(),
            "start berkeleyd on the machines that are missing, or set `expect` to how many clocks "
            "there are; 'berkeleyctl members' shows who is here"};
}

Finding before_first_correction(const Following& following) {
    const auto& bulletin = following.bulletin();
    if (bulletin && bulletin->verdict.charge == Charge::not_formed) {
        const auto present =
            static_cast<std::size_t>(std::max<std::int64_t>(bulletin->verdict.amount, 0));
        const bool missing = present < majority_of(bulletin->expected);
        return {fmt::format("{} has no cluster time yet: {}", following.master(),
                            majority_words(present, bulletin->expected)),
                fmt::format("{}'berkeleyctl status' on {} tells {}",
                            missing ? "start berkeleyd on the machines that are missing; " : "",
                            following.master(), missing ? "more" : "what it waits for")};
    }
    return {following.master() + " is measuring this clock: waiting for the first correction",
            "wait some seconds: 'berkeleyctl waitsync' does"};
}

Finding observing(const NodeStatus& status) {
    const std::string reason = "observing: the clock is measured and not steered";
    if (!status.offset || std::abs(status.offset->count()) <= kSettled.count())
        return {reason, {}};
    return {fmt::format("{}; it is {} off, and stays so", reason, to_text(*status.offset)),
            "set clock = \"system\" in the configuration to have it corrected"};
}

// On a reference: whether the master believes it.
Finding as_reference(const std::optional<ReferenceVerdict>& verdict) {
    if (!verdict || verdict->believed())
        return {};
    std::string advice = "look at the program that steers this clock: 'chronyc tracking', for one";
    if (verdict->charge == ReferenceCharge::not_granted)
        advice =
            "name this node in `references` on every candidate, and 'berkeleyctl reload' there";
    return {"this clock is not believed as a reference: " + to_text(*verdict), std::move(advice)};
}

// There are to be references, and none is believed; or cluster time is far from theirs.
Finding without_references(const NodeStatus& status) {
    constexpr Duration kFar = 10ms;
    if (status.references > 0 && status.references_believed == 0)
        return {fmt::format("none of {} reference{} is believed: cluster time goes on after the "
                            "clocks of the nodes",
                            status.references, status.references == 1 ? "" : "s"),
                "'berkeleyctl members' on the master tells why"};
    if (!status.reference_offset || std::chrono::abs(*status.reference_offset) <= kFar)
        return {};
    return {fmt::format("cluster time is {} from its references and is brought to them by {:.0f} "
                        "ppm, in about {}",
                        to_text(-*status.reference_offset), Pull::kMost / kPpm,
                        about_text(Pull::time_for(*status.reference_offset))),
            fmt::format("to have it there at once, on the master: 'berkeleyctl settime {:+.3f}s'",
                        as_seconds(*status.reference_offset))};
}

Finding slewing(const NodeStatus& status) {
    return {fmt::format("slewing the clock to cluster time: {} to go, about {}",
                        to_text(-*status.offset), about_text(status.settling.value_or(0ns))),
            "wait: 'berkeleyctl waitsync' does"};
}

Finding disbelieving(Disbelief why, const Following& following, const Moment& now) {
    return {fmt::format("the corrections of {} have not been believed for {}: {}; {}",
                        following.master(), about_text(following.disbelieving_for(now)),
                        to_text(why), kGoesOn),
            advice(why, following.master())};
}

Finding few_count(const NodeStatus& status, const Leading* leading) {
    if (!status.expected || status.members == 0)
        return {};
    if (leading ? leading->majority_counts() : status.counted >= majority_of(*status.expected))
        return {};
    return {fmt::format("{} of {} expected clocks {}, less than a majority: a wrong one among them "
                        "would not be noticed",
                        status.counted, *status.expected, status.counted == 1 ? "counts" : "count"),
            "'berkeleyctl members' on the master tells why the others do not"};
}

Finding trust_trouble(const Context& context) {
    if (context.trust_unreadable)
        return {
            "the record of who was enrolled and revoked cannot be read: nobody is let in who "
            "is not a member now",
            in_journal("what is wrong with trust.json in `state_dir`") +
                "; mend it, or put a copy back, and restart berkeleyd"};
    if (context.trust_unsaved)
        return {
            "who was enrolled and revoked of late could not be saved: nobody is enrolled, and "
            "a restart would forget it",
            in_journal("what stands in the way")};
    return {};
}

Finding roster_trouble(const Context& context) {
    const NodeSettings& settings = context.settings;
    if (context.roster_out_of_reach)
        return {
            fmt::format("the candidates are those of roster {} by now, and nobody who was asked "
                        "knows any more how that came about from roster {}, which this node "
                        "holds",
                        *context.roster_out_of_reach, context.roster),
            "if the roster was written into the configurations by hand, write it into this one; "
            "else stop berkeleyd here, and join anew with an invitation"};
    if (settings.roster_in_doubt && context.is_candidate(settings.name))
        return {
            "the roster of candidates that this node held cannot be read: it neither votes "
            "nor leads",
            in_journal("what is wrong with roster.json in `state_dir`")};
    if (settings.roster > 0 && !settings.certificate && !context.is_candidate(settings.name))
        return {fmt::format("this node is a candidate no more, by roster {}, and what it certified "
                            "holds no more: it belongs to the cluster no more",
                            context.roster),
                "stop berkeleyd here; if it is to be a member, join anew with an invitation"};
    return {};
}

Finding strangers(const Context& context, const Moment& now) {
    const auto& last = context.last_not_authentic;
    if (!last || now.raw - last->at > kRecently)
        return {};
    return {fmt::format("datagrams do not authenticate, {} so far, the last from {}",
                        context.tracking.dropped.not_authentic, to_string(last->from)),
            "is that a node of another cluster, or one with an old key or an old configuration? "
            "Compare "
            "cluster names, and [keys] with 'berkeleyctl key --public' on the candidate"};
}

Finding if_in_touch(const NodeStatus& status, const Following& following, const Steering& steering,
                    const Moment& now) {
    if (const auto why = following.disbelief())
        return disbelieving(*why, following, now);
    if (!steering.line())
        return before_first_correction(following);
    if (status.state == NodeState::holdover) {
        Finding finding = before_first_correction(following);
        finding.reason += "; until then the clock goes on at its last known rate";
        return finding;
    }
    return {};
}

Finding candidacy_trouble(const Candidacy* candidacy, const Context& context, const Moment& now) {
    if (candidacy == nullptr)
        return {};
    if (context.deposed_until && now.steady() < *context.deposed_until)
        return {fmt::format("this candidate was deposed, for what it told as the master: it does "
                            "not lead for {}",
                            about_text(*context.deposed_until - now.steady())),
                "look at who has its key, at its memory and at its clock; a restart of berkeleyd "
                "lets it stand again"};
    if (!candidacy->votes_are_lost())
        return {};
    return {
        "the votes of this candidate cannot be saved: until they can, it votes for nobody and "
        "does not lead",
        in_journal("what stands in the way of saving state.json in `state_dir`")};
}

// By too few to be sure.
Finding contradicted(const Following& following, const Moment& now) {
    const auto names = following.contradicting(now);
    if (names.empty() || following.disbelief())
        return {};
    return {
        fmt::format("{} {} told by {} what contradicts what this node is told: one of them is "
                    "wrong, or this node",
                    fmt::join(names, ", "), names.size() == 1 ? "is" : "are", following.master()),
        "'berkeleyctl status' on the other nodes tells whom they contradict: the one that "
        "most of them name is wrong"};
}

// The other is not let in, and this one is not counted.
Finding copied(const Following& following, const Context& context) {
    const auto& bulletin = following.bulletin();
    if (!bulletin || bulletin->verdict.charge != Charge::on_two_machines ||
        bulletin->verdict.probation > 0ns)
        return {};
    return {fmt::format("another machine came to {} with this node's key: this clock does not "
                        "count meanwhile",
                        following.master()),
            fmt::format("'berkeleyctl members' there tells where it is: take one of the two away, "
                        "or revoke {} there and join both anew",
                        context.settings.name)};
}

// One of several candidates is to be followed, and is not there.
Finding no_master(const Following& following, bool is_candidate, const Context& context,
                  const Moment& now) {
    const std::size_t all = context.settings.candidates.size();
    const std::size_t needed = majority_of(all);
    const auto missing = following.candidates_that_answer(false, now);
    const std::size_t here =
        following.candidates_that_answer(true, now).size() + (is_candidate ? 1 : 0);
    const auto unheard = following.unheard_for(now);
    const std::string since = unheard ? fmt::format(" for {}", about_text(*unheard)) : "";
    const std::string meanwhile = unheard ? fmt::format("; {}, and its bound grows", kGoesOn) : "";
    if (following.in_touch()) {
        return {fmt::format("{} says that it is the master, and a majority of the candidates has "
                            "not confirmed it{}",
                            following.master(), meanwhile),
                "wait some seconds; if this stays so, look at who has the key of that machine"};
    }
    const auto namesakes = following.candidates_that_name_us(now);
    if (is_candidate && namesakes.size() + 1 >= needed) {
        return {fmt::format("{} stand by this node as the master, and it does not lead: it was "
                            "restarted a moment ago, or another machine has its key, and leads{}",
                            fmt::join(namesakes, ", "), meanwhile),
                "wait some seconds; if this stays so, was one copied from the other? Take one of "
                "the two away"};
    }
    if (here >= needed) {
        return {fmt::format("no master{}: {} of {} candidates are reached, and elect one{}", since,
                            here, all, meanwhile),
                "wait some seconds; 'berkeleyctl status' on the candidates tells if one must not "
                "lead"};
    }
    return {
        fmt::format("no master{}: {} of {} candidates {} reached from here, {} are needed; not "
                    "reached: {}{}",
                    since, here, all, here == 1 ? "is" : "are", needed, fmt::join(missing, ", "),
                    meanwhile),
        fmt::format("start berkeleyd there, or mend the network between here and there: with a "
                    "majority there is a master again by itself{}",
                    all != 2 ? ""
                             : fmt::format("; of two candidates both are needed: take one that is "
                                           "gone for good out of `candidates` and [keys] on every "
                                           "node, write roster = {} there, and restart them",
                                           context.roster + 1))};
}

Finding of_the_moment(const NodeStatus& status, const Leading* leading, const Following* following,
                      const Candidacy* candidacy, const Context& context, const Steering& steering,
                      const Moment& now) {
    if (status.state == NodeState::refusing)
        return {steering.reason(), std::string(steering.way_back())};
    if (leading && !leading->formed())
        return waiting_to_form(*leading);
    if (following && !following->confirmed())
        return master_trouble(*following, candidacy != nullptr, context, now);
    if (following) {
        Finding finding = if_in_touch(status, *following, steering, now);
        if (!finding.reason.empty())
            return finding;
    }
    if (context.observing())
        return observing(status);
    if (context.is_reference()) {
        const auto& bulletin = following ? following->bulletin() : std::nullopt;
        return as_reference(leading    ? leading->own_verdict_as_reference()
                            : bulletin ? bulletin->reference
                                       : std::nullopt);
    }
    if (status.state == NodeState::synchronizing && status.offset)
        return slewing(status);
    return {};
}

}  // namespace

Finding master_trouble(const Following& following, bool is_candidate, const Context& context,
                       const Moment& now) {
    if (!context.one_candidate() && !following.refusal())
        return no_master(following, is_candidate, context, now);
    const auto unheard = following.unheard_for(now);
    const std::string meanwhile = unheard ? fmt::format("; until it answers, {}", kGoesOn) : "";
    if (!following.master_address()) {
        return {"the host name of " + following.master() +
                    " does not resolve to an address that `listen` can reach",
                "look at `candidates` and `listen` in the configuration, and at /etc/hosts or the "
                "name server; it is tried again and again"};
    }
    if (const auto refusal = following.refusal()) {
        return {fmt::format("{} does not let this node in: {}{}", master_place(following),
                            to_text(*refusal), unheard ? fmt::format("; {}", kGoesOn) : ""),
                std::string(advice(*refusal))};
    }
    if (following.told_goodbye()) {
        return {fmt::format("{} said goodbye {} ago: berkeleyd was stopped there",
                            master_place(following), about_text(unheard.value_or(0ns))),
                "start berkeleyd there again" + meanwhile};
    }
    const std::string door = fmt::format("UDP {} open", following.master_address()->port);
    if (!unheard) {
        return {
            fmt::format("no answer from {} yet, asked for {}: is berkeleyd running there, and "
                        "{}?",
                        master_place(following), about_text(following.asking_for(now)), door),
            "ask there with 'berkeleyctl status'; both must have one cluster name, and [keys] here "
            "the key of that node"};
    }
    return {fmt::format("no answer from {} for {}: is berkeleyd running there, and {}?",
                        master_place(following), about_text(*unheard), door),
            "ask there with 'berkeleyctl status'" + meanwhile};
}

Finding find_trouble(const NodeStatus& status, const Leading* leading, const Following* following,
                     const Candidacy* candidacy, const Context& context, const Steering& steering,
                     const Moment& now) {
    Finding finding = trust_trouble(context);
    // A clock that follows well may still have little to follow.
    const auto also = [&finding](const Finding& more) {
        if (more.reason.empty())
            return;
        finding.reason += (finding.reason.empty() ? "" : "; ") + more.reason;
        finding.advice = finding.advice.empty() ? more.advice : finding.advice;
    };
    also(roster_trouble(context));
    also(candidacy_trouble(candidacy, context, now));
    also(of_the_moment(status, leading, following, candidacy, context, steering, now));
    if (following && following->confirmed())
        also(copied(*following, context));
    if (status.state == NodeState::synchronized) {
        also(few_count(status, leading));
        if (following && following->confirmed())
            also(contradicted(*following, now));
        also(without_references(status));
    }
    if (status.state != NodeState::refusing)
        also(strangers(context, now));
    return finding;
}

Duration settling_time(Duration offset) {
    constexpr Duration kLongest = 24h * 1000;
    Duration left = std::min<Duration>(Duration{std::abs(offset.count())}, kLongest);
    // Beyond what the kernel takes at once it moves by the same amount each second.
    const Duration chunk =
        nanoseconds_of(as_ns(kMaxDeclared) * chunk_share(time_constant_for(kMaxDeclared)));
    Duration time{0};
    if (left > kMaxDeclared) {
        const std::int64_t whole = (left - kMaxDeclared) / chunk;
        time = std::chrono::seconds(whole);
        left -= chunk * whole;
    }
    for (; left > kSettled; time += 1s) {
        const Duration declared = std::min<Duration>(left, kMaxDeclared);
        left -= nanoseconds_of(as_ns(declared) * chunk_share(time_constant_for(left)));
    }
    return time;
}

std::string about_text(Duration duration) {
    const double whole = as_seconds(duration);
    if (whole < 180)
        return fmt::format("{} s", std::max<std::int64_t>(duration / Duration{1s}, 0));
    if (whole < 7200)
        return fmt::format("{:.0f} min", whole / 60);
    if (whole < 172'800)
        return fmt::format("{:.1f} h", whole / 3600);
    return fmt::format("{:.1f} days", whole / 86'400);
}

}  // namespace berkeley
