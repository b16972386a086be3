// Any bytes at the codec: as they come, and behind a good header with a good seal.
#include <algorithm>
#include <cstdint>
#include <span>

#include "daemon/core/contract.hpp"
#include "daemon/core/wire/codec.hpp"
#include "tests/support/sample_messages.hpp"

namespace {

using namespace berkeley;

// What was read must be written so that it reads the same. Not to the bit: a rate beyond 0.9 % has
// more digits on the wire, 10^-18 each, than a double.
void round_trip(std::span<const std::uint8_t> bytes) {
    const auto header = decode_header(bytes);
    const auto first = decode(bytes);
    if (!first)
        return;
    ensure(header.has_value() && test::same(*header, first->header), "two headers of one datagram");
    const Datagram written = encode(first->header, first->message);
    const auto second = decode(written);
    ensure(second.has_value(), "what was read cannot be read again");
    ensure(test::same(first->header, second->header), "the header changed");
    ensure(test::same(first->message, second->message), "the message changed");
}

void sealed_round_trip(std::span<const std::uint8_t> bytes) {
    Datagram datagram = encode(test::sample_header(), Leave{});
    const std::size_t size = std::min(bytes.size(), kDatagramSize - kMacSize - 6);
    if (size == 0)
        return;
    datagram[5] = static_cast<std::uint8_t>(bytes[0] % (std::variant_size_v<Message> + 2));
    std::copy_n(bytes.begin() + 1, size - 1, datagram.begin() + 8);
    const SealingKey key = SealingKey{};
    seal(datagram, key);
    ensure(sealed_by(datagram, key), "a seal does not hold");
    round_trip(datagram);
    datagram[bytes[0]] ^= 1;
    ensure(!sealed_by(datagram, key), "a broken seal holds");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    round_trip({data, size});
    sealed_round_trip({data, size});
    return 0;
}
