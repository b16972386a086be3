// Any bytes as each text form, as the payload of each behind a right prefix and checksum, and as a
// compact certificate. The first byte chooses.
#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "daemon/core/contract.hpp"
#include "daemon/core/trust/text_form.hpp"
#include "tests/support/sample_trust.hpp"

namespace {

using namespace berkeley;

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r\n";
    const auto first = std::min(text.find_first_not_of(kSpace), text.size());
    return text.substr(first, text.find_last_not_of(kSpace) + 1 - first);
}

// Each value has one spelling.
template <class Parsed>
void written_as_read(const Parsed& parsed, std::string_view text) {
    if (parsed)
        ensure(to_text(*parsed) == trimmed(text), "what was read is written otherwise");
    else
        ensure(!to_text(parsed.error()).empty(), "a fault without words");
}

void round_trip(TextKind kind, std::string_view text) {
    switch (kind) {
        case TextKind::secret_key:
            if (const auto key = parse_secret_key(text))
                ensure(secret_text(*key).view() == trimmed(text), "another secret key came back");
            return;
        case TextKind::public_key:
            return written_as_read(parse_public_key(text), text);
        case TextKind::certificate:
            return written_as_read(parse_certificate(text), text);
        case TextKind::invitation:
            return written_as_read(parse_token(text), text);
        case TextKind::revocation:
            return written_as_read(parse_revocation(text), text);
        case TextKind::roster_change:
            return written_as_read(parse_roster_change(text), text);
    }
}

void compact(std::span<const std::uint8_t> bytes) {
    static const NamedCertificate kOnlyOne = test::sample_certificate();
    static const PublicKey kIssuer = test::secret_key(test::kCandidateSeed).public_key();
    const auto certificate = decode_certificate(bytes);
    if (!certificate)
        return;
    ensure(std::ranges::equal(encode(*certificate), bytes), "a certificate changed");
    const bool holds =
        verify(*certificate, kOnlyOne.cluster.view(), kOnlyOne.name.view(), {&kIssuer, 1})
            .has_value();
    ensure(holds == (*certificate == kOnlyOne.certificate), "a forged certificate holds");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::uint8_t kKinds = 6;
    constexpr std::size_t kMostPayload = 3000;
    if (size == 0)
        return 0;
    const std::uint8_t choice = data[0] % (2 * kKinds + 1);
    const std::span<const std::uint8_t> bytes(data + 1, size - 1);
    const auto kind = static_cast<TextKind>(choice % kKinds);
    if (choice < kKinds)
        round_trip(kind, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    else if (choice < 2 * kKinds)
        round_trip(kind, framed(kind, bytes.first(std::min(bytes.size(), kMostPayload))));
    else
        compact(bytes);
    return 0;
}
