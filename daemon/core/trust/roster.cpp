#include "daemon/core/trust/roster.hpp"

#include <algorithm>

#include <sodium/crypto_generichash.h>

#include "daemon/core/agree/average.hpp"
#include "daemon/core/contract.hpp"
#include "daemon/core/trust/bytes.hpp"
#include "daemon/core/trust/fields.hpp"

namespace berkeley {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kRosterDomain = "berkeleyd roster v1\0"sv;
constexpr std::string_view kChangeDomain = "berkeleyd roster change v1\0"sv;

// One alone leads without asking anybody: it could not know when the master before it has ended.
constexpr std::size_t kFewestLeft = 2;

constexpr std::size_t kMostOfCandidate = 1 + kMaxNameLength + 1 + kMaxHostLength + 2 + 32;
constexpr std::size_t kMostOfForeseen = 1 + kMaxNameLength + 32;
constexpr std::size_t kMostOfChange = 2 + 32 + 1 + kMostOfCandidate + kMostOfForeseen;
constexpr std::size_t kMostSignedBytes = kChangeDomain.size() + 1 + kMaxNameLength + kMostOfChange;
constexpr std::size_t kMostEncoded = kMostOfChange + 1 + kMostCandidates * 65;

using SignedRoom = std::array<std::uint8_t, kMostSignedBytes>;

std::span<const std::uint8_t> signed_bytes(SignedRoom& room, RosterChange change,
                                           std::string_view cluster) {
    ByteWriter writer(room);
    writer.raw(kChangeDomain);
    writer.text(cluster, kMaxNameLength);
    signed_fields(writer, change);
    return writer.written();
}

void update(crypto_generichash_state& state, std::span<const std::uint8_t> bytes) {
    crypto_generichash_update(&state, bytes.data(), bytes.size());
}

void update(crypto_generichash_state& state, std::string_view text) {
    const auto size = static_cast<std::uint8_t>(text.size());
    update(state, {&size, 1});
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(text.data()),
                              text.size());
}

// Where there are others, it would take their word, too.
bool may_foresee(const Roster& roster, const RosterChange& change) {
    const Foreseen& next = *change.foreseen;
    return change.step == RosterStep::promote && roster.candidates.size() == 1 &&
           !next.name.view().empty() && next.name != change.node.name &&
           next.key != change.node.key && usable(next.key) &&
           roster.find(next.name.view()) == nullptr && !roster.rank_of(next.key) &&
           std::ranges::count(roster.former, next.key) == 0;
}

std::optional<RosterFault> objection(const Roster& roster, const RosterChange& change,
                                     std::string_view cluster) {
    if (roster.serial == UINT16_MAX || change.serial != roster.serial + 1)
        return RosterFault::not_next;
    if (change.before != digest_of(roster, cluster))
        return RosterFault::other_roster;
    if (change.foreseen && !may_foresee(roster, change))
        return RosterFault::foresees;
    const auto same_key = [&change](const PublicKey& key) { return key == change.node.key; };
    const TokenCandidate* namesake = roster.find(change.node.name.view());
    const bool was_one = std::ranges::any_of(roster.former, same_key);
    if (change.step == RosterStep::distrust && namesake == nullptr && was_one)
        return std::nullopt;
    if (change.step != RosterStep::promote) {
        if (change.step == RosterStep::retire && roster.former.size() >= kMostFormer)
            return RosterFault::many_former;
        if (namesake == nullptr || !same_key(namesake->key))
            return RosterFault::absent;
        return roster.candidates.size() <= kFewestLeft ? std::optional(RosterFault::leaves_few)
                                                       : std::nullopt;
    }
    if (!valid(change.node))
        return RosterFault::malformed;
    if (namesake != nullptr || was_one || roster.rank_of(change.node.key))
        return RosterFault::present;
    if (roster.candidates.size() >= kMostCandidates)
        return RosterFault::full;
    return std::nullopt;
}

}  // namespace

const TokenCandidate* Roster::find(std::string_view name) const {
    const auto found = std::ranges::find_if(
        candidates, [name](const TokenCandidate& each) { return each.name.view() == name; });
    return found == candidates.end() ? nullptr : &*found;
}

std::optional<std::size_t> Roster::rank_of(const PublicKey& key) const {
    const auto found = std::ranges::find(candidates, key, &TokenCandidate::key);
    if (found == candidates.end())
        return std::nullopt;
    return static_cast<std::size_t>(found - candidates.begin());
}

RosterDigest digest_of(const Roster& roster, std::string_view cluster) {
    RosterDigest digest{};
    crypto_generichash_state state;
    crypto_generichash_init(&state, nullptr, 0, digest.size());
    update(state, kRosterDomain);
    update(state, cluster);
    std::array<std::uint8_t, 4> numbers{};
    ByteWriter writer(numbers);
    writer.number(roster.serial);
    writer.number(static_cast<std::uint8_t>(roster.candidates.size()));
    update(state, std::span<const std::uint8_t>(numbers));
    for (const TokenCandidate& candidate : roster.candidates) {
        update(state, candidate.name.view());
        update(state, candidate.key.bytes);
    }
    crypto_generichash_final(&state, digest.data(), digest.size());
    return digest;
}

std::string_view to_text(RosterFault fault) {
    switch (fault) {
        case RosterFault::not_next:
            return "it does not follow on the roster that is held";
        case RosterFault::other_roster:
            return "it changes another roster of that serial";
        case RosterFault::malformed:
            return "a name, key or address in it cannot be";
        case RosterFault::foresees:
            return "it foresees another promotion, which it cannot";
        case RosterFault::present:
            return "a candidate has that name or key, or had that key";
        case RosterFault::absent:
            return "no candidate has that name and key";
        case RosterFault::full:
            return "there are seven candidates, which are the most";
        case RosterFault::many_former:
            return "certificates of twelve retired candidates hold still, which are the most";
        case RosterFault::leaves_few:
            return "it leaves fewer than two candidates: promote another first, or write the one "
                   "that is left into the configurations by hand, as berkeleyd(8) tells";
        case RosterFault::bad_signature:
            return "a signature is not that of a candidate, or is there twice";
        case RosterFault::too_few:
            return "no majority of the candidates has signed it";
    }
    contract_broken("a fault of a roster without words");
}

tl::expected<Roster, RosterFault> changed(const Roster& roster, const RosterChange& change,
                                          std::string_view cluster) {
    if (const auto fault = objection(roster, change, cluster))
        return tl::unexpected(*fault);
    Roster next = roster;
    next.serial = change.serial;
    next.foreseen = change.foreseen;
    if (change.step == RosterStep::promote) {
        next.candidates.push_back(change.node);
        return next;
    }
    std::erase_if(next.candidates,
                  [&change](const TokenCandidate& each) { return each.key == change.node.key; });
    std::erase(next.former, change.node.key);
    if (change.step == RosterStep::retire)
        next.former.push_back(change.node.key);
    return next;
}

RosterChange next_change(const Roster& roster, std::string_view cluster, RosterStep step,
                         TokenCandidate node, const std::optional<Foreseen>& foreseen) {
    return {static_cast<RosterSerial>(roster.serial + 1), digest_of(roster, cluster), step,
            std::move(node), foreseen};
}

Signature sign(const RosterChange& change, const SecretKey& key, std::string_view cluster) {
    SignedRoom room{};
    return key.sign(signed_bytes(room, change, cluster));
}

bool signed_by(const RosterChange& change, const Signature& signature, const PublicKey& key,
               std::string_view cluster) {
    SignedRoom room{};
    return verify(signed_bytes(room, change, cluster), key_id(key), signature, {&key, 1})
        .has_value();
}

tl::expected<Roster, RosterFault> changed(const Roster& roster, const SignedChange& change,
                                          std::string_view cluster) {
    auto next = changed(roster, change.change, cluster);
    if (!next)
        return next;
    if (change.signatures.size() < majority_of(roster.candidates.size()))
        return tl::unexpected(RosterFault::too_few);
    std::size_t least_rank = 0;
    for (const RosterSignature& each : change.signatures) {
        if (each.rank < least_rank || each.rank >= roster.candidates.size() ||
            !signed_by(change.change, each.signature, roster.candidates[each.rank].key, cluster))
            return tl::unexpected(RosterFault::bad_signature);
        least_rank = each.rank + std::size_t{1};
    }
    return next;
}

std::vector<std::uint8_t> encode(const SignedChange& change) {
    std::array<std::uint8_t, kMostEncoded> room{};
    ByteWriter writer(room);
    SignedChange written = change;
    fields(writer, written);
    return {writer.written().begin(), writer.written().end()};
}

std::optional<SignedChange> decode_signed_change(std::span<const std::uint8_t> bytes) {
    SignedChange change;
    ByteReader reader(bytes);
    fields(reader, change);
    if (!reader.complete())
        return std::nullopt;
    return change;
}

const SignedChange* RosterChain::making(RosterSerial serial) const {
    if (serial <= founding.serial || serial - founding.serial > static_cast<int>(changes.size()))
        return nullptr;
    return &changes[static_cast<std::size_t>(serial - founding.serial - 1)];
}

tl::expected<std::vector<Roster>, RosterFault> rosters_of(const RosterChain& chain,
                                                          std::string_view cluster) {
    std::vector<Roster> rosters{chain.founding};
    for (const SignedChange& change : chain.changes) {
        auto next = changed(rosters.back(), change, cluster);
        if (!next)
            return tl::unexpected(next.error());
        rosters.push_back(*std::move(next));
    }
    return rosters;
}

}  // namespace berkeley
