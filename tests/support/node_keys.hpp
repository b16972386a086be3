// A key for every name, the same each time, and what follows from keys. All are kept, as deriving
// them costs more than a whole test may.
#pragma once

#include <memory>
#include <string_view>

#include "daemon/core/trust/certificate.hpp"
#include "daemon/core/trust/secret_key.hpp"
#include "daemon/core/wire/codec.hpp"

namespace berkeley::test {

inline constexpr std::string_view kBenchCluster = "bench";

std::shared_ptr<const SecretKey> node_key(std::string_view name);
PublicKey public_key(std::string_view name);

// Of the node's own key, as `issuer` grants it.
Certificate certificate_for(std::string_view name, std::string_view issuer = "master",
                            std::string_view cluster = kBenchCluster, bool votes = true);

// Whose keys and what cluster make a seal.
struct Sealing {
    std::string_view from_key;  // whose secret key
    std::string_view to_key;    // whose public key
    std::string_view cluster = kBenchCluster;
    RosterSerial roster = 0;  // that the sender holds
};

// Nobody shares a key with itself: then it is a key of zeros.
SealingKey seal_of(std::string_view from, std::string_view to, const Sealing& by);
SealingKey seal_of(std::string_view from, std::string_view to);

// `message` as `from` would send it to `to`.
Datagram sealed(const Message& message, std::string_view from, std::string_view to,
                std::uint64_t term = 0, std::uint64_t epoch = 0);
Datagram sealed(const Message& message, std::string_view from, std::string_view to,
                std::uint64_t term, std::uint64_t epoch, const Sealing& by);

}  // namespace berkeley::test
