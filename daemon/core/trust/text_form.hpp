// Keys, certificates, invitations, revocations and changes of the roster as one line of text each:
//
//   berkeleyd-secret-1:        a node's secret key
//   berkeleyd-key-1:           its public key
//   berkeleyd-certificate-1:   a certificate with its names
//   berkeleyd-invitation-1:    a token
//   berkeleyd-revocation-1:    a revocation
//   berkeleyd-roster-change-1: a change of the roster, with signatures
#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "daemon/core/trust/certificate.hpp"
#include "daemon/core/trust/invitation.hpp"
#include "daemon/core/trust/public_key.hpp"
#include "daemon/core/trust/revocation.hpp"
#include "daemon/core/trust/roster.hpp"
#include "daemon/core/trust/secret_key.hpp"
#include "daemon/core/trust/text_frame.hpp"

namespace berkeley {

// For the key's file alone, so it is no string that something might print. Wiped at its end.
class SecretText {
  public:
    explicit SecretText(std::string text) : text_(std::move(text)) {}
    SecretText(const SecretText&) = delete;
    SecretText& operator=(const SecretText&) = delete;
    SecretText(SecretText&&) = default;
    SecretText& operator=(SecretText&&) = delete;
    ~SecretText();

    std::string_view view() const { return text_; }

  private:
    std::string text_;
};

SecretText secret_text(const SecretKey& key);
std::string to_text(const PublicKey& key);
std::string to_text(const NamedCertificate& certificate);
std::string to_text(const Token& token);  // valid(token); whoever has it can enrol
std::string to_text(const Revocation& revocation);
std::string to_text(const SignedChange& change);

// Total on any text. A public key and those in a token are usable(), and a token is valid().
tl::expected<SecretKey, TextError> parse_secret_key(std::string_view text);
tl::expected<PublicKey, TextError> parse_public_key(std::string_view text);
tl::expected<NamedCertificate, TextError> parse_certificate(std::string_view text);
tl::expected<Token, TextError> parse_token(std::string_view text);
tl::expected<Revocation, TextError> parse_revocation(std::string_view text);
tl::expected<SignedChange, TextError> parse_roster_change(std::string_view text);

}  // namespace berkeley
