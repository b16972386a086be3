#include "daemon/core/node/failure_domains.hpp"

#include "daemon/core/wire/identity.hpp"

namespace berkeley {

void FailureDomains::add(const std::vector<std::string>& nodes) {
    std::size_t added = 0;
    for (const std::string& node : nodes)
        added += votes_.emplace(node, Vote{id_of(nodes.front()).value}).second ? 1U : 0U;
    if (added > 1)
        shared_ += added - 1;
}

Vote FailureDomains::vote_of(std::string_view node) const {
    const auto found = votes_.find(node);
    return found == votes_.end() ? Vote{id_of(node).value} : found->second;
}

}  // namespace berkeley
