#include "tests/support/node_keys.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>

#include <boost/endian/conversion.hpp>

#include "daemon/core/contract.hpp"

namespace berkeley::test {

std::shared_ptr<const SecretKey> node_key(std::string_view name) {
    static thread_local std::map<std::string, std::shared_ptr<const SecretKey>, std::less<>> keys;
    auto& key = keys[std::string(name)];
    if (key == nullptr) {
        KeySeed seed;
        boost::endian::store_big_u64(seed.bytes.data(), id_of(name).value);
        key = std::make_shared<const SecretKey>(seed);
    }
    return key;
}

PublicKey public_key(std::string_view name) {
    return node_key(name)->public_key();
}

Certificate certificate_for(std::string_view name, std::string_view issuer,
                            std::string_view cluster, bool votes) {
    using Of = std::tuple<std::string, std::string, std::string, bool>;
    static thread_local std::map<Of, Certificate> made;
    const Of of{name, issuer, cluster, votes};
    const auto found = made.find(of);
    if (found != made.end())
        return found->second;
    return made[of] = certify(*node_key(issuer), cluster, name, public_key(name), votes,
                              id_of(name).value + (votes ? 1 : 0));
}

SealingKey seal_of(std::string_view from, std::string_view to, const Sealing& by) {
    using Of = std::tuple<std::string, std::string, std::string, std::string, std::string>;
    static thread_local std::map<Of, SealingKey> made;
    const Of of{from, to, by.from_key, by.to_key, by.cluster};
    const auto found = made.find(of);
    if (found != made.end())
        return found->second;
    if (by.from_key == by.to_key)
        return {};
    const auto shared = pair_key(*node_key(by.from_key), public_key(by.to_key));
    ensure(shared.has_value(), "two names with one key");
    return made[of] = sealing_key(*shared, by.cluster, id_of(from), id_of(to));
}

SealingKey seal_of(std::string_view from, std::string_view to) {
    return seal_of(from, to, {from, to});
}

Datagram sealed(const Message& message, std::string_view from, std::string_view to,
                std::uint64_t term, std::uint64_t epoch, const Sealing& by) {
    Datagram datagram = encode({id_of(from), id_of(to), term, epoch, by.roster}, message);
    seal(datagram, seal_of(from, to, by));
    return datagram;
}

Datagram sealed(const Message& message, std::string_view from, std::string_view to,
                std::uint64_t term, std::uint64_t epoch) {
    return sealed(message, from, to, term, epoch, {from, to});
}

}  // namespace berkeley::test
