#include "tests/support/sample_trust.hpp"

#include <numeric>

namespace berkeley::test {

KeySeed key_seed(std::uint8_t first) {
    KeySeed seed;
    std::iota(seed.bytes.begin(), seed.bytes.end(), first);
    return seed;
}

SecretKey secret_key(std::uint8_t first) {
    return SecretKey(key_seed(first));
}

NodeName name(std::string_view text) {
    return NodeName::from(text).value();
}

NamedCertificate sample_certificate() {
    return {name("lab"), name("node3"),
            certify(secret_key(kCandidateSeed), "lab", "node3",
                    secret_key(kMemberSeed).public_key(), true, 0x0123456789abcdef)};
}

Revocation sample_revocation() {
    return revoke(secret_key(kCandidateSeed), "lab", name("node3"),
                  secret_key(kMemberSeed).public_key());
}

Token sample_token() {
    Token token;
    token.cluster = name("lab");
    token.candidates = {
        {name("node1"), "192.0.2.1", 10525, secret_key(kCandidateSeed).public_key()},
        {name("node2"), "fe80::2%eth0", 525, secret_key(51).public_key()},
    };
    token.inviting_index = 1;
    token.invitation = {0xfedcba9876543210};
    std::iota(token.secret.bytes.begin(), token.secret.bytes.end(), std::uint8_t{0xa0});
    token.votes = true;
    return token;
}

bool same(const Token& a, const Token& b) {
    return a.cluster == b.cluster && a.candidates == b.candidates &&
           a.inviting_index == b.inviting_index && a.invitation == b.invitation &&
           a.secret.bytes == b.secret.bytes && a.votes == b.votes && a.candidate == b.candidate &&
           a.roster == b.roster && a.former == b.former;
}

}  // namespace berkeley::test
