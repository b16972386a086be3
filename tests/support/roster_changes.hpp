// Changes of the candidates a, b and c, as tests have them signed and sent.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "daemon/core/trust/roster.hpp"
#include "daemon/core/wire/roster_messages.hpp"
#include "tests/support/node_keys.hpp"

namespace berkeley::test::of_rosters {

inline constexpr Duration kSettled = 5s;  // a promise and a campaign, and more

inline Roster founding(RosterSerial serial = 0) {
    Roster roster{.serial = serial, .candidates = {}, .former = {}};
    for (const char* name : {"a", "b", "c"})
        roster.candidates.push_back({NodeName::from(name).value(), "", 0, test::public_key(name)});
    return roster;
}

inline TokenCandidate node(std::string_view name) {
    return {NodeName::from(name).value(), "192.0.2.9", 10525, test::public_key(name)};
}

inline RosterChange change_of(const Roster& roster, RosterStep step, std::string_view name) {
    return next_change(roster, test::kBenchCluster, step, node(name));
}

inline RosterChange promotion(std::string_view name = "m1") {
    return change_of(founding(), RosterStep::promote, name);
}

inline SignedChange signed_by(const RosterChange& change,
                              std::initializer_list<std::string_view> who) {
    SignedChange made{change, {}};
    for (const std::string_view name : who)
        made.signatures.push_back({static_cast<std::uint8_t>(name[0] - 'a'),
                                   sign(change, *test::node_key(name), test::kBenchCluster)});
    return made;
}

inline std::vector<RosterPart> parts_of(const std::vector<std::uint8_t>& bytes, RosterPart like) {
    std::vector<RosterPart> parts;
    like.parts = static_cast<std::uint8_t>((bytes.size() + kRosterPartSize - 1) / kRosterPartSize);
    for (like.part = 0; like.part < like.parts; ++like.part) {
        const std::size_t begin = like.part * kRosterPartSize;
        like.size = static_cast<std::uint8_t>(std::min(kRosterPartSize, bytes.size() - begin));
        like.bytes = {};
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(begin), like.size,
                    like.bytes.begin());
        parts.push_back(like);
    }
    return parts;
}

// As a master proposes it: of a promotion it shows the node's certificate.
inline std::vector<RosterPart> proposal(const RosterChange& change, const Certificate& shown,
                                        RosterPartOf of) {
    std::vector<std::uint8_t> bytes = encode(SignedChange{change, {}});
    if (change.step == RosterStep::promote) {
        const auto certificate = encode(shown);
        bytes.insert(bytes.end(), certificate.begin(), certificate.end());
    }
    return parts_of(bytes, {.session = 77,
                            .of = of,
                            .serial = change.serial,
                            .part = 0,
                            .parts = 0,
                            .size = 0,
                            .bytes = {}});
}

inline std::vector<RosterPart> proposal(const RosterChange& change, std::string_view issuer = "c",
                                        RosterPartOf of = RosterPartOf::proposal) {
    return proposal(change, test::certificate_for(change.node.name.view(), issuer), of);
}

}  // namespace berkeley::test::of_rosters
