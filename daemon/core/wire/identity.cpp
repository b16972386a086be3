#include "daemon/core/wire/identity.hpp"

#include <algorithm>
#include <array>

#include <boost/endian/conversion.hpp>
#include <sodium/crypto_generichash.h>

namespace berkeley {
namespace {

bool name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

}  // namespace

bool valid_name(std::string_view name) {
    return !name.empty() && name.size() <= kMaxNameLength &&
           std::all_of(name.begin(), name.end(), name_character);
}

std::optional<NodeName> NodeName::from(std::string_view text) {
    if (!valid_name(text))
        return std::nullopt;
    NodeName name;
    std::copy(text.begin(), text.end(), name.text_.begin());
    name.length_ = static_cast<std::uint8_t>(text.size());
    return name;
}

NodeId id_of(std::string_view name) {
    std::array<unsigned char, crypto_generichash_BYTES_MIN> hash{};
    crypto_generichash(hash.data(), hash.size(),
                       reinterpret_cast<const unsigned char*>(name.data()), name.size(), nullptr,
                       0);
    const auto id = boost::endian::load_big_u64(hash.data());
    return NodeId{id == 0 ? 1 : id};
}

}  // namespace berkeley
