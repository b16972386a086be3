#include "daemon/core/node/opinions.hpp"

#include <algorithm>
#include <array>

#include <boost/endian/conversion.hpp>
#include <sodium/crypto_shorthash.h>

namespace berkeley {
namespace {

std::uint64_t lot_of(NodeId member, std::uint64_t secret) {
    std::array<std::uint8_t, crypto_shorthash_KEYBYTES> key{};
    std::array<std::uint8_t, 8> name{};
    std::array<std::uint8_t, crypto_shorthash_BYTES> lot{};
    boost::endian::store_big_u64(key.data(), secret);
    boost::endian::store_big_u64(name.data(), member.value);
    crypto_shorthash(lot.data(), name.data(), name.size(), key.data());
    return boost::endian::load_big_u64(lot.data());
}

}  // namespace

void Opinions::hear(NodeId member, KeyId issuer, const Opinion& opinion, SteadyTime now) {
    const auto known = std::ranges::find(heard_, member, &Heard::member);
    if (known != heard_.end()) {
        *known = {member, known->lot, issuer, opinion, now};
        return;
    }
    const Heard fresh{member, lot_of(member, secret_), issuer, opinion, now};
    if (heard_.size() < kMost) {
        heard_.push_back(fresh);
        return;
    }
    const auto last = std::ranges::max_element(heard_, {}, &Heard::lot);
    if (fresh.lot < last->lot)
        *last = fresh;
}

MemberVoices Opinions::voices(Term term, SteadyTime since, std::span<const KeyId> liars) const {
    MemberVoices voices;
    for (const Heard& heard : heard_) {
        if (heard.opinion.term != term || heard.at < since)
            continue;
        const bool admitted_by_liar = std::ranges::find(liars, heard.issuer) != liars.end();
        if (heard.opinion.judgement == Judgement::agrees)
            ++voices.agree;
        else if (heard.opinion.judgement == Judgement::contradicts && !admitted_by_liar)
            ++voices.contradict;
    }
    return voices;
}

}  // namespace berkeley
