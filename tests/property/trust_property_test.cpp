// What a token, a certificate or a revocation says comes back from its text, and any bytes behind a
// right frame are read or refused.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "daemon/core/trust/text_form.hpp"
#include "tests/support/sample_trust.hpp"

namespace berkeley {
namespace {

std::string word(std::string_view letters, std::size_t most) {
    const auto size = *rc::gen::inRange<std::size_t>(1, most + 1);
    return *rc::gen::container<std::string>(size, rc::gen::elementOf(std::string(letters)));
}

NodeName any_name() {
    return test::name(word("abcXYZ019._-", kMaxNameLength));
}

PublicKey any_key() {
    return SecretKey(KeySeed{*rc::gen::arbitrary<std::array<std::uint8_t, 32>>()}).public_key();
}

Token any_token() {
    Token token;
    token.cluster = any_name();
    const auto count = *rc::gen::inRange<std::size_t>(1, kMostCandidates + 1);
    for (std::size_t i = 0; i < count; ++i)
        token.candidates.push_back({any_name(), word("abcXYZ019._-:%@", kMaxHostLength),
                                    *rc::gen::arbitrary<std::uint16_t>(), any_key()});
    token.inviting_index = *rc::gen::inRange<std::uint8_t>(0, static_cast<std::uint8_t>(count));
    token.invitation = {*rc::gen::arbitrary<std::uint64_t>()};
    token.secret.bytes = *rc::gen::arbitrary<std::array<std::uint8_t, 16>>();
    token.votes = *rc::gen::arbitrary<bool>();
    token.candidate = token.votes && *rc::gen::arbitrary<bool>();
    return token;
}

RC_GTEST_PROP(TextForm, ATokenComesBack, ()) {
    const Token token = any_token();
    RC_PRE(valid(token));
    const auto read = parse_token(to_text(token));
    RC_ASSERT(read.has_value());
    RC_ASSERT(test::same(*read, token));
}

RC_GTEST_PROP(TextForm, ACertificateComesBackAndHolds, ()) {
    const SecretKey issuer = test::secret_key(*rc::gen::arbitrary<std::uint8_t>());
    const NodeName cluster = any_name();
    const NodeName name = any_name();
    const Certificate certificate =
        certify(issuer, cluster.view(), name.view(), any_key(), *rc::gen::arbitrary<bool>(),
                *rc::gen::arbitrary<std::uint64_t>());
    const auto read = parse_certificate(to_text(NamedCertificate{cluster, name, certificate}));
    RC_ASSERT(read == NamedCertificate({cluster, name, certificate}));
    RC_ASSERT(decode_certificate(encode(certificate)) == certificate);
    const std::array candidates{issuer.public_key()};
    RC_ASSERT(verify(read->certificate, cluster.view(), name.view(), candidates).has_value());
}

RC_GTEST_PROP(TextForm, ARevocationComesBackAndHolds, ()) {
    const SecretKey issuer = test::secret_key(*rc::gen::arbitrary<std::uint8_t>());
    const NodeName cluster = any_name();
    const Revocation revocation = revoke(issuer, cluster.view(), any_name(), any_key());
    const auto read = parse_revocation(to_text(revocation));
    RC_ASSERT(read == revocation);
    const std::array candidates{issuer.public_key()};
    RC_ASSERT(verify(*read, cluster.view(), candidates).has_value());
}

// One spelling for each: what is read is written as it was.
RC_GTEST_PROP(TextForm, AnyBytesInARightFrameAreReadOrRefused,
              (const std::vector<std::uint8_t>& bytes)) {
    const std::string certificate = framed(TextKind::certificate, bytes);
    if (const auto read = parse_certificate(certificate))
        RC_ASSERT(to_text(*read) == certificate);
    const std::string invitation = framed(TextKind::invitation, bytes);
    if (const auto read = parse_token(invitation))
        RC_ASSERT(to_text(*read) == invitation);
    const std::string revocation = framed(TextKind::revocation, bytes);
    if (const auto read = parse_revocation(revocation))
        RC_ASSERT(to_text(*read) == revocation);
}

}  // namespace
}  // namespace berkeley
