#include "daemon/core/node/acquaintances.hpp"

#include <algorithm>

namespace berkeley {

const PairSeal* Acquaintances::find(std::string_view name, const Certificate& certificate) const {
    const auto known = by_key_.find(certificate.key);
    if (known == by_key_.end() || known->second.certificate != certificate ||
        known->second.name.view() != name)
        return nullptr;
    return &known->second.seal;
}

void Acquaintances::add(std::string_view name, const Certificate& certificate, const PairSeal& seal,
                        std::size_t most) {
    const auto next = by_key_.lower_bound(certificate.key);
    const bool is_new = next == by_key_.end() || next->first != certificate.key;
    if (is_new && !by_key_.empty() && by_key_.size() >= most)
        by_key_.erase(next == by_key_.end() ? by_key_.begin() : next);
    by_key_.insert_or_assign(certificate.key,
                             Acquaintance{NodeName::from(name).value(), certificate, seal});
}

void Acquaintances::keep_those_of(std::span<const PublicKey> issuers) {
    std::erase_if(by_key_, [issuers](const auto& each) {
        return std::ranges::find(issuers, each.second.certificate.issuer,
                                 [](const PublicKey& key) { return key_id(key); }) == issuers.end();
    });
}

}  // namespace berkeley
