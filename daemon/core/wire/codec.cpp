#include "daemon/core/wire/codec.hpp"

#include <algorithm>
#include <cmath>
#include <concepts>

#include <boost/endian/conversion.hpp>

#include "daemon/core/contract.hpp"
#include "daemon/core/wire/fields.hpp"

namespace berkeley {
namespace {

// "BKLY", version, type, the roster's serial; then the header's other numbers, then the body.
constexpr std::array<std::uint8_t, 4> kMagic{'B', 'K', 'L', 'Y'};
constexpr std::uint8_t kVersion = 5;
constexpr std::size_t kVersionAt = 4;
constexpr std::size_t kTypeAt = 5;
constexpr std::size_t kRosterAt = 6;
constexpr std::size_t kHeaderAt = 8;
constexpr std::size_t kBodyAt = 40;
constexpr std::size_t kMacAt = kDatagramSize - kMacSize;

constexpr double kRateUnit = 1e18;
constexpr double kRateLimit = 0.2;
constexpr std::int64_t kLongestNs = std::int64_t{1} << 60;

class Writer {
  public:
    Writer(Datagram& datagram, std::size_t at) : datagram_(datagram), at_(at) {}

    template <std::unsigned_integral T>
    void number(T value) {
        ensure(at_ + sizeof(T) <= kMacAt, "message does not fit its datagram");
        boost::endian::endian_store<T, sizeof(T), boost::endian::order::big>(datagram_.data() + at_,
                                                                             value);
        at_ += sizeof(T);
    }

    template <std::size_t size>
    void bytes(const std::array<std::uint8_t, size>& value) {
        for (const std::uint8_t byte : value)
            number(byte);
    }

    void flag(bool value) { number(static_cast<std::uint8_t>(value)); }
    void rate(double value) { integer(std::llround(value * kRateUnit)); }
    void growth(double value) { rate(std::min(value, kRateLimit)); }
    void duration(Duration value) {
        integer(std::clamp<std::int64_t>(value.count(), 0, kLongestNs));
    }
    void signed_number(std::int64_t value) { integer(std::clamp(value, -kLongestNs, kLongestNs)); }
    void difference(Duration value) { signed_number(value.count()); }

    // A small signed number, in two's complement.
    template <std::signed_integral T>
    void small(T value) {
        number(static_cast<std::make_unsigned_t<T>>(value));
    }

    template <class Clock>
    void instant(Instant<Clock> value) {
        integer(value.ns);
    }

    template <class Enum>
    void choice(Enum value, Enum) {
        number(static_cast<std::uint8_t>(value));
    }

    template <class T>
    void maybe(std::optional<T>& value) {
        flag(value.has_value());
        if (!value)
            return;
        if constexpr (std::signed_integral<T>)
            small(*value);
        else
            fields(*this, *value);
    }

    void name(const NodeName& name) {
        number(static_cast<std::uint8_t>(name.view().size()));
        for (const char c : name.view())
            number(static_cast<std::uint8_t>(c));
    }

  private:
    void integer(std::int64_t value) { number(static_cast<std::uint64_t>(value)); }

    Datagram& datagram_;
    std::size_t at_;
};

class Reader {
  public:
    Reader(std::span<const std::uint8_t> bytes, std::size_t at) : bytes_(bytes), at_(at) {}

    bool good() const { return good_; }

    template <std::unsigned_integral T>
    void number(T& value) {
        if (at_ + sizeof(T) > kMacAt) {
            good_ = false;
            return;
        }
        value = boost::endian::endian_load<T, sizeof(T), boost::endian::order::big>(bytes_.data() +
                                                                                    at_);
        at_ += sizeof(T);
    }

    template <std::size_t size>
    void bytes(std::array<std::uint8_t, size>& value) {
        for (std::uint8_t& byte : value)
            number(byte);
    }

    void flag(bool& value) {
        std::uint8_t byte = 0;
        number(byte);
        good_ = good_ && byte <= 1;
        value = byte == 1;
    }

    void rate(double& value) {
        value = static_cast<double>(integer()) / kRateUnit;
        good_ = good_ && std::abs(value) <= kRateLimit;
    }

    void growth(double& value) {
        rate(value);
        good_ = good_ && value >= 0;
    }

    void duration(Duration& value) {
        value = Duration{integer()};
        good_ = good_ && value >= 0ns && value.count() <= kLongestNs;
    }

    void signed_number(std::int64_t& value) {
        value = integer();
        good_ = good_ && value >= -kLongestNs && value <= kLongestNs;
    }

    void difference(Duration& value) {
        std::int64_t ns = 0;
        signed_number(ns);
        value = Duration{ns};
    }

    template <std::signed_integral T>
    void small(T& value) {
        std::make_unsigned_t<T> bits = 0;
        number(bits);
        value = static_cast<T>(bits);
    }

    template <class Clock>
    void instant(Instant<Clock>& value) {
        value.ns = integer();
        good_ = good_ && plausible(value);
    }

    template <class Enum>
    void choice(Enum& value, Enum last) {
        std::uint8_t byte = 0;
        number(byte);
        good_ = good_ && byte <= static_cast<std::uint8_t>(last);
        value = static_cast<Enum>(byte);
    }

    template <class T>
    void maybe(std::optional<T>& value) {
        bool present = false;
        flag(present);
        if (!good_ || !present)
            return;
        if constexpr (std::signed_integral<T>)
            small(value.emplace());
        else
            fields(*this, value.emplace());
    }

    void name(NodeName& name) {
        std::uint8_t length = 0;
        number(length);
        good_ = good_ && at_ + length <= kMacAt;
        if (!good_)
            return;
        std::array<char, kMacAt> text{};
        std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at_), length, text.begin());
        at_ += length;
        const auto valid = NodeName::from({text.data(), length});
        good_ = valid.has_value();
        if (good_)
            name = *valid;
    }

  private:
    std::int64_t integer() {
        std::uint64_t value = 0;
        number(value);
        return static_cast<std::int64_t>(value);
    }

    std::span<const std::uint8_t> bytes_;
    std::size_t at_;
    bool good_ = true;
};

// The type on the wire is the alternative's place in Message, counted from 1.
template <class Body>
const auto kTypeOf = static_cast<std::uint8_t>(Message(Body{}).index() + 1);

template <std::size_t index = 0>
tl::expected<Message, DecodeError> read_body(std::uint8_t type, Reader& reader) {
    if constexpr (index < std::variant_size_v<Message>) {
        if (type != index + 1)
            return read_body<index + 1>(type, reader);
        std::variant_alternative_t<index, Message> body;
        fields(reader, body);
        if (!reader.good())
            return tl::unexpected(DecodeError::malformed);
        return body;
    }
    return tl::unexpected(DecodeError::malformed);
}

}  // namespace

Datagram encode(const Header& header, const Message& message) {
    Datagram datagram{};
    std::copy(kMagic.begin(), kMagic.end(), datagram.begin());
    datagram[kVersionAt] = kVersion;
    datagram[kTypeAt] = static_cast<std::uint8_t>(message.index() + 1);
    Writer(datagram, kRosterAt).number(header.roster);
    Writer header_writer(datagram, kHeaderAt);
    Header written = header;
    fields(header_writer, written);
    Writer body_writer(datagram, kBodyAt);
    std::visit([&body_writer](auto body) { fields(body_writer, body); }, message);
    return datagram;
}

tl::expected<Header, DecodeError> decode_header(std::span<const std::uint8_t> bytes) {
    if (bytes.size() != kDatagramSize)
        return tl::unexpected(DecodeError::wrong_size);
    if (!std::equal(kMagic.begin(), kMagic.end(), bytes.begin()) || bytes[kVersionAt] != kVersion) {
        return tl::unexpected(DecodeError::not_ours);
    }
    Header header;
    Reader reader(bytes, kHeaderAt);
    fields(reader, header);
    Reader(bytes, kRosterAt).number(header.roster);
    return header;
}

bool has_seal(std::span<const std::uint8_t> bytes) {
    return bytes.size() == kDatagramSize && bytes[kTypeAt] != kTypeOf<Retry>;
}

tl::expected<Envelope, DecodeError> decode(std::span<const std::uint8_t> bytes) {
    const auto header = decode_header(bytes);
    if (!header)
        return tl::unexpected(header.error());
    Reader reader(bytes, kBodyAt);
    auto message = read_body(bytes[kTypeAt], reader);
    if (!message)
        return tl::unexpected(message.error());
    return Envelope{*header, *std::move(message)};
}

}  // namespace berkeley
