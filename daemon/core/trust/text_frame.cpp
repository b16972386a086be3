#include "daemon/core/trust/text_frame.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <sodium/crypto_generichash.h>
#include <sodium/utils.h>

#include "daemon/core/contract.hpp"

namespace berkeley {
namespace {

constexpr std::string_view kBegin = "berkeleyd-";
constexpr std::string_view kTextVersion = "1";
constexpr int kBase64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

struct Naming {
    TextKind kind;
    std::string_view in_prefix;
    std::string_view in_words;
};

constexpr std::array kNamings{
    Naming{TextKind::secret_key, "secret", "a secret key"},
    Naming{TextKind::public_key, "key", "a public key"},
    Naming{TextKind::certificate, "certificate", "a certificate"},
    Naming{TextKind::invitation, "invitation", "an invitation"},
    Naming{TextKind::revocation, "revocation", "a revocation"},
    Naming{TextKind::roster_change, "roster-change", "a change of the roster"},
};

const Naming& naming(TextKind kind) {
    const auto* found = std::ranges::find(kNamings, kind, &Naming::kind);
    ensure(found != kNamings.end(), "a text of no kind");
    return *found;
}

std::string prefix(TextKind kind) {
    return fmt::format("{}{}-{}:", kBegin, naming(kind).in_prefix, kTextVersion);
}

using Checksum = std::array<std::uint8_t, kChecksumSize>;

Checksum checksum(std::string_view prefix, std::span<const std::uint8_t> payload) {
    crypto_generichash_state state;
    std::array<std::uint8_t, crypto_generichash_BYTES_MIN> hash{};
    crypto_generichash_init(&state, nullptr, 0, hash.size());
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(prefix.data()),
                              prefix.size());
    crypto_generichash_update(&state, payload.data(), payload.size());
    crypto_generichash_final(&state, hash.data(), hash.size());
    Checksum beginning{};
    std::copy_n(hash.begin(), beginning.size(), beginning.begin());
    return beginning;
}

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_space(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_space(text.back()))
        text.remove_suffix(1);
    return text;
}

bool later(std::string_view version) {
    return !version.empty() && version.front() != '0' && version != kTextVersion &&
           std::ranges::all_of(version, [](char c) { return c >= '0' && c <= '9'; });
}

bool base64_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

// The base64 after "berkeleyd-KIND-VERSION:".
tl::expected<std::string_view, TextError> after_prefix(TextKind kind, std::string_view text) {
    const TextError not_ours{TextFault::not_ours, kind};
    const auto colon = text.find(':');
    const auto dash = text.substr(0, colon).rfind('-');
    if (colon == std::string_view::npos || !text.starts_with(kBegin) || dash < kBegin.size())
        return tl::unexpected(not_ours);
    const std::string_view name = text.substr(kBegin.size(), dash - kBegin.size());
    const std::string_view version = text.substr(dash + 1, colon - dash - 1);
    const auto* found = std::ranges::find(kNamings, name, &Naming::in_prefix);
    if (found == kNamings.end() || (version != kTextVersion && !later(version)))
        return tl::unexpected(not_ours);
    if (found->kind != kind)
        return tl::unexpected(TextError{TextFault::other_kind, kind, found->kind});
    if (version != kTextVersion)
        return tl::unexpected(TextError{TextFault::later_version, kind});
    return text.substr(colon + 1);
}

}  // namespace

std::string framed(TextKind kind, std::span<const std::uint8_t> payload) {
    const std::string begin = prefix(kind);
    WipedBytes<kLongestText / 4 * 3> room;
    const std::size_t size = payload.size() + kChecksumSize;
    const std::size_t encoded = sodium_base64_ENCODED_LEN(size, kBase64);  // and a zero byte
    ensure(begin.size() + encoded <= kLongestText, "a text form too long to be read");
    std::ranges::copy(payload, room.bytes.begin());
    std::ranges::copy(checksum(begin, payload), room.bytes.begin() + std::ssize(payload));

    std::string text;
    text.reserve(begin.size() + encoded);  // a secret leaves no copy behind by growing
    text = begin;
    text.resize(begin.size() + encoded);
    sodium_bin2base64(text.data() + begin.size(), encoded, room.bytes.data(), size, kBase64);
    text.pop_back();
    return text;
}

tl::expected<Payload, TextError> unframed(TextKind kind, std::string_view text) {
    text = trimmed(text);
    const auto encoded = after_prefix(kind, text);
    if (!encoded)
        return tl::unexpected(encoded.error());
    if (text.size() > kLongestText)
        return tl::unexpected(TextError{TextFault::too_long, kind});
    const TextError damaged{TextFault::damaged, kind};
    Payload payload;
    std::size_t size = 0;
    const char* end = nullptr;
    // libsodium 1.0.18 takes bytes beyond 127 for '_' where char is signed.
    if (!std::ranges::all_of(*encoded, base64_character) ||
        sodium_base642bin(payload.room_.bytes.data(), payload.room_.bytes.size(), encoded->data(),
                          encoded->size(), nullptr, &size, &end, kBase64) != 0 ||
        end != encoded->data() + encoded->size() || size < kChecksumSize)
        return tl::unexpected(damaged);
    payload.size_ = size - kChecksumSize;
    const auto expected = checksum(prefix(kind), payload.view());
    if (!std::ranges::equal(expected,
                            std::span(payload.room_.bytes).subspan(payload.size_, kChecksumSize)))
        return tl::unexpected(damaged);
    return payload;
}

std::string to_text(const TextError& error) {
    const std::string_view wanted = naming(error.wanted).in_words;
    const std::string begin = prefix(error.wanted);
    const std::string_view bare = wanted.substr(wanted.find(' ') + 1);
    switch (error.fault) {
        case TextFault::not_ours:
            return fmt::format("this is not {}: give the one line that begins with '{}'", wanted,
                               begin);
        case TextFault::other_kind:
            return fmt::format("this is {}, not {}: give the one line that begins with '{}'",
                               naming(error.found.value()).in_words, wanted, begin);
        case TextFault::later_version:
            return fmt::format("this {} was made by a later version of berkeleyd: update it here",
                               bare);
        case TextFault::damaged:
            return fmt::format("this {} is cut short or mistyped: copy its whole line again", bare);
        case TextFault::too_long:
            return fmt::format("this is longer than {} can be: give its one line alone", wanted);
        case TextFault::not_allowed:
            return fmt::format(
                "this {} is whole, but no berkeleyd makes one like it: have it made anew", bare);
    }
    contract_broken("a text's fault without words");
}

}  // namespace berkeley
