// What all text forms have in common: a prefix that tells what it is, base64url (RFC 4648, no
// padding), and at the end of the bytes a checksum, so that a mistyped or truncated text is told
// apart from a foreign one. The checksum proves nothing: signatures and MACs do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "daemon/core/trust/wiped_bytes.hpp"

namespace berkeley {

enum class TextKind : std::uint8_t {
    secret_key,
    public_key,
    certificate,
    invitation,
    revocation,
    roster_change,
};

enum class TextFault : std::uint8_t {
    not_ours,
    other_kind,
    later_version,
    damaged,  // mistyped or truncated
    too_long,
    not_allowed,  // whole, but it holds what no berkeleyd writes
};

struct TextError {
    TextFault fault;
    TextKind wanted;
    std::optional<TextKind> found = std::nullopt;  // where it is another kind

    bool operator==(const TextError&) const = default;
};

// What is wrong, and what to do. Nothing of the text itself is in it.
std::string to_text(const TextError& error);

inline constexpr std::size_t kLongestText = 4096;  // characters; an invitation has at most 3,500
inline constexpr std::size_t kChecksumSize = 4;

// May be a secret.
class Payload {
  public:
    std::span<const std::uint8_t> view() const { return std::span(room_.bytes).first(size_); }

  private:
    friend tl::expected<Payload, TextError> unframed(TextKind kind, std::string_view text);

    WipedBytes<kLongestText / 4 * 3> room_;
    std::size_t size_ = 0;
};

// "berkeleyd-key-1:AbC..."
std::string framed(TextKind kind, std::span<const std::uint8_t> payload);

// White space around the text does not matter.
tl::expected<Payload, TextError> unframed(TextKind kind, std::string_view text);

}  // namespace berkeley
