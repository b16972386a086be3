#include "daemon/core/trust/text_form.hpp"

#include "daemon/core/contract.hpp"
#include "daemon/core/trust/bytes.hpp"
#include "daemon/core/trust/fields.hpp"

namespace berkeley {
namespace {

template <class Value>
std::string written(TextKind kind, Value value) {
    WipedBytes<kLongestText / 4 * 3> room;
    ByteWriter writer(room.bytes);
    fields(writer, value);
    return framed(kind, writer.written());
}

// Every 32 bytes make a secret key, and of what is signed the signatures tell.
template <class Value>
bool allowed(const Value&) {
    return true;
}

bool allowed(const PublicKey& key) {
    return usable(key);
}

bool allowed(const Token& token) {
    return valid(token);
}

template <class Value>
tl::expected<Value, TextError> read(TextKind kind, std::string_view text) {
    const auto payload = unframed(kind, text);
    if (!payload)
        return tl::unexpected(payload.error());
    Value value;
    ByteReader reader(payload->view());
    fields(reader, value);
    if (!reader.complete() || !allowed(value))
        return tl::unexpected(TextError{TextFault::not_allowed, kind});
    return value;
}

}  // namespace

SecretText::~SecretText() {
    wipe({reinterpret_cast<std::uint8_t*>(text_.data()), text_.size()});
}

SecretText secret_text(const SecretKey& key) {
    return SecretText(written(TextKind::secret_key, key.seed()));
}

std::string to_text(const PublicKey& key) {
    return written(TextKind::public_key, key);
}

std::string to_text(const NamedCertificate& certificate) {
    return written(TextKind::certificate, certificate);
}

std::string to_text(const Token& token) {
    ensure(valid(token), "an invitation that nobody could use");
    return written(TextKind::invitation, token);
}

std::string to_text(const Revocation& revocation) {
    return written(TextKind::revocation, revocation);
}

std::string to_text(const SignedChange& change) {
    return written(TextKind::roster_change, change);
}

tl::expected<SecretKey, TextError> parse_secret_key(std::string_view text) {
    const auto seed = read<KeySeed>(TextKind::secret_key, text);
    if (!seed)
        return tl::unexpected(seed.error());
    return SecretKey(*seed);
}

tl::expected<PublicKey, TextError> parse_public_key(std::string_view text) {
    return read<PublicKey>(TextKind::public_key, text);
}

tl::expected<NamedCertificate, TextError> parse_certificate(std::string_view text) {
    return read<NamedCertificate>(TextKind::certificate, text);
}

tl::expected<Token, TextError> parse_token(std::string_view text) {
    return read<Token>(TextKind::invitation, text);
}

tl::expected<Revocation, TextError> parse_revocation(std::string_view text) {
    return read<Revocation>(TextKind::revocation, text);
}

tl::expected<SignedChange, TextError> parse_roster_change(std::string_view text) {
    return read<SignedChange>(TextKind::roster_change, text);
}

}  // namespace berkeley
