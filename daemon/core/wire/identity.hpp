// Who is who on the wire.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace berkeley {

struct NodeId {
    std::uint64_t value = 0;  // 0 is nobody

    constexpr auto operator<=>(const NodeId&) const = default;
};

inline constexpr std::size_t kMaxNameLength = 63;
inline constexpr std::size_t kMostCandidates = 7;  // of one cluster

// Letters, digits, '.', '_' and '-', 1 to 63 of them: also what a cluster may be called.
bool valid_name(std::string_view name);

// A valid name that needs no memory of its own.
class NodeName {
  public:
    NodeName() = default;
    static std::optional<NodeName> from(std::string_view text);

    std::string_view view() const { return {text_.data(), length_}; }
    bool operator==(const NodeName& other) const { return view() == other.view(); }

  private:
    std::array<char, kMaxNameLength> text_{};
    std::uint8_t length_ = 0;
};

// The first eight bytes of BLAKE2b of the name; never 0.
NodeId id_of(std::string_view name);

}  // namespace berkeley
