#include "ctl/render/metrics.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace berkeley::ctl {
namespace {

using Type = Family::Type;
using Count = std::optional<std::int64_t>;

Family plain(std::string name, Type type, std::string help, Count value) {
    Family family{std::move(name), type, "", std::move(help), {}};
    if (value)
        family.samples.push_back({{}, std::to_string(*value)});
    return family;
}

// In the unit's 1e-9: nanoseconds as seconds, parts per thousand million as a ratio.
Family scaled(const std::string& name, const std::string& unit, std::string help, Count value) {
    Family family{name + "_" + unit, Type::gauge, unit, std::move(help), {}};
    if (value)
        family.samples.push_back({{}, nano(*value)});
    return family;
}

Family states(const StatusView& status) {
    Family family{
        "berkeleyd_state", Type::stateset, "", "The daemon's state; one of them is 1.", {}};
    std::vector<std::string> names = {"starting", "synchronizing", "synchronized", "holdover",
                                      "refusing"};
    if (std::ranges::find(names, status.state) == names.end())
        names.push_back(status.state);  // of a newer daemon
    for (const std::string& name : names)
        family.samples.push_back({{{family.name, name}}, name == status.state ? "1" : "0"});
    return family;
}

Family info(const Account& account) {
    const StatusView& status = account.status;
    Family family{"berkeleyd", Type::info, "", "Version, and who this node is.", {}};
    family.samples.push_back({{{"version", account.version},
                               {"cluster", status.cluster},
                               {"node", status.node},
                               {"role", status.role},
                               {"clock", status.clock}},
                              "1"});
    return family;
}

void add_clock(std::vector<Family>& all, const Account& account) {
    const StatusView& status = account.status;
    const TrackingView& tracking = account.tracking;
    all.push_back(scaled("berkeleyd_offset", "seconds", "System clock minus cluster time.",
                         status.offset_ns));
    all.push_back(scaled("berkeleyd_bound", "seconds",
                         "Guaranteed: the system clock is no further from cluster time.",
                         status.bound_ns));
    all.push_back(scaled("berkeleyd_bound_growth", "ratio",
                         "How fast the bound grows while no correction comes.",
                         status.bound_growth_ppb));
    all.push_back(scaled("berkeleyd_frequency_offset", "ratio",
                         "Frequency of the free oscillator against cluster time, positive if fast.",
                         status.frequency_ppb));
    all.push_back(scaled("berkeleyd_holdover", "seconds",
                         "Since the last correction, in holdover; else 0.",
                         status.holdover_ns.value_or(0)));
    all.push_back(scaled("berkeleyd_correction_age", "seconds", "Since the last correction.",
                         tracking.number("correction_age_ns")));
    all.push_back(scaled("berkeleyd_slew_left", "seconds",
                         "What the kernel has yet to add to the system clock.",
                         tracking.number("slew_left_ns")));
    all.push_back(scaled("berkeleyd_poll_interval", "seconds", "Between polls.",
                         tracking.number("poll_interval_ns")));
}

void add_cluster(std::vector<Family>& all, const StatusView& status) {
    all.push_back(plain("berkeleyd_term", Type::gauge, "Number of the election.", status.term));
    all.push_back(plain("berkeleyd_epoch", Type::gauge,
                        "Number of cluster time; grows with every deliberate step.", status.epoch));
    all.push_back(plain("berkeleyd_cluster_members", Type::gauge,
                        "Nodes of the cluster, the master included, as the master tells.",
                        status.members_total));
    all.push_back(plain("berkeleyd_cluster_members_counted", Type::gauge,
                        "Nodes whose clocks count, as the master tells.", status.members_counted));
    all.push_back(plain("berkeleyd_cluster_members_expected", Type::gauge,
                        "Voting clocks, of which a majority must agree.", status.members_expected));
}

void add_references(std::vector<Family>& all, const StatusView& status) {
    all.push_back(plain("berkeleyd_references", Type::gauge,
                        "Nodes that are granted to bring outside time, as the master tells.",
                        status.references));
    all.push_back(plain("berkeleyd_references_believed", Type::gauge,
                        "References that are believed; 0: cluster time goes on by itself.",
                        status.references_believed));
    all.push_back(scaled("berkeleyd_reference_offset", "seconds",
                         "The references' time minus cluster time.", status.reference_offset_ns));
    const Count tai_ns =
        status.tai_offset_s ? Count(*status.tai_offset_s * 1'000'000'000) : std::nullopt;
    all.push_back(
        scaled("berkeleyd_tai_offset", "seconds", "TAI minus UTC, as references tell.", tai_ns));
    all.push_back(plain("berkeleyd_leap_announced", Type::gauge,
                        "1 if a leap second is announced, by any sign.",
                        status.leap.empty() ? 0 : 1));
}

// Only the master sees them all.
Family members_by_state(const Account& account) {
    Family family{"berkeleyd_members", Type::gauge, "", "Nodes by state, on the master.", {}};
    if (account.status.role != "master")
        return family;
    std::map<std::string, std::int64_t> counts = {
        {"joining", 0}, {"trusted", 0}, {"excluded", 0}, {"silent", 0}, {"left", 0}};
    for (const MemberView& member : account.members)
        ++counts[member.state];
    for (const auto& [state, count] : counts)
        family.samples.push_back({{{"state", state}}, std::to_string(count)});
    return family;
}

void add_members(std::vector<Family>& all, const std::vector<MemberView>& members) {
    Family offset{"berkeleyd_member_offset_seconds",
                  Type::gauge,
                  "seconds",
                  "That node's system clock minus cluster time.",
                  {}};
    Family bound{"berkeleyd_member_bound_seconds",
                 Type::gauge,
                 "seconds",
                 "Guaranteed: that clock is no further from cluster time.",
                 {}};
    Family delay{"berkeleyd_member_round_trip_seconds",
                 Type::gauge,
                 "seconds",
                 "Least round trip to that node.",
                 {}};
    Family counted{"berkeleyd_member_counted",
                   Type::gauge,
                   "",
                   "1 if that node's clock counts in the average.",
                   {}};
    Family reference{"berkeleyd_member_reference_believed",
                     Type::gauge,
                     "",
                     "1 if that node's outside time is believed; only of references.",
                     {}};
    std::set<std::string> seen;
    for (const MemberView& member : members) {
        if (!seen.insert(member.name).second)
            continue;
        const auto add = [&member](Family& family, Count value) {
            if (value)
                family.samples.push_back({{{"member", member.name}}, nano(*value)});
        };
        add(offset, member.offset_ns);
        add(bound, member.bound_ns);
        add(delay, member.delay_ns);
        if (member.counted)
            counted.samples.push_back({{{"member", member.name}}, *member.counted ? "1" : "0"});
        if (member.reference)
            reference.samples.push_back({{{"member", member.name}}, *member.reference ? "1" : "0"});
    }
    for (Family* family : {&offset, &bound, &delay, &counted, &reference})
        all.push_back(std::move(*family));
}

void add_counters(std::vector<Family>& all, const TrackingView& tracking) {
    struct Counter {
        const char* name;
        const char* key;
        const char* help;
    };
    constexpr std::array<Counter, 7> kCounters = {{
        {"berkeleyd_datagrams_sent", "datagrams_sent", "Datagrams sent."},
        {"berkeleyd_datagrams_received", "datagrams_received", "Datagrams received."},
        {"berkeleyd_corrections", "corrections", "Corrections accepted."},
        {"berkeleyd_corrections_refused", "corrections_refused", "Corrections not believed."},
        {"berkeleyd_steps", "steps", "Times the system clock was stepped."},
        {"berkeleyd_foreign_sets", "foreign_sets", "Times someone else set the system clock."},
        {"berkeleyd_raw_clock_breaks", "raw_breaks",
         "Breaks of the raw clock: suspend, clocksource change, restored machine."},
    }};
    for (const Counter& counter : kCounters)
        all.push_back(
            plain(counter.name, Type::counter, counter.help, tracking.number(counter.key)));
    Family dropped{"berkeleyd_datagrams_dropped",
                   Type::counter,
                   "",
                   "Datagrams thrown away, by the reason.",
                   {}};
    for (const auto& [reason, count] : tracking.dropped)
        dropped.samples.push_back({{{"reason", reason}}, std::to_string(count)});
    all.push_back(std::move(dropped));
    Family stamps{
        "berkeleyd_stamps", Type::counter, "", "Time stamps of datagrams, by who took them.", {}};
    for (const char* source : {"kernel", "program"}) {
        if (const Count count = tracking.number(std::string(source) + "_stamps"))
            stamps.samples.push_back({{{"source", source}}, std::to_string(*count)});
    }
    all.push_back(std::move(stamps));
}

}  // namespace

std::vector<Family> metrics_of(const std::optional<Account>& account) {
    std::vector<Family> all;
    all.push_back(plain("berkeleyd_up", Type::gauge, "1 if the daemon answers.", account ? 1 : 0));
    if (!account)
        return all;
    all.push_back(info(*account));
    all.push_back(states(account->status));
    add_clock(all, *account);
    add_cluster(all, account->status);
    add_references(all, account->status);
    all.push_back(members_by_state(*account));
    add_members(all, account->members);
    add_counters(all, account->tracking);
    return all;
}

}  // namespace berkeley::ctl
