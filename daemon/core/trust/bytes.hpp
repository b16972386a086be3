// Archives for fields.hpp: values to bytes and back, big-endian, with no padding between them.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/endian/conversion.hpp>

#include "daemon/core/contract.hpp"
#include "daemon/core/wire/identity.hpp"

namespace berkeley {

// Writes into room that its owner gives, and wipes if it has to.
class ByteWriter {
  public:
    explicit ByteWriter(std::span<std::uint8_t> room) : room_(room) {}

    std::span<const std::uint8_t> written() const { return room_.first(size_); }

    void raw(std::string_view text) { std::ranges::copy(text, take(text.size()).begin()); }

    template <std::size_t size>
    void bytes(const std::array<std::uint8_t, size>& value) {
        std::ranges::copy(value, take(size).begin());
    }

    template <std::unsigned_integral T>
    void number(T value) {
        boost::endian::endian_store<T, sizeof(T), boost::endian::order::big>(take(sizeof(T)).data(),
                                                                             value);
    }

    void flag(bool value) { number(static_cast<std::uint8_t>(value)); }

    template <class Enum>
    void choice(Enum value, Enum) {
        number(static_cast<std::uint8_t>(value));
    }

    // At the end of a value alone, where there was nothing once.
    template <std::unsigned_integral T>
    void last_if_not_zero(T value) {
        if (value != 0)
            number(value);
    }

    void text(std::string_view value, std::size_t most) {
        ensure(value.size() <= most && most <= UINT8_MAX, "text too long to be written");
        number(static_cast<std::uint8_t>(value.size()));
        raw(value);
    }

    void name(const NodeName& value) { text(value.view(), kMaxNameLength); }

    template <class T>
    void list(std::vector<T>& values, std::size_t most) {
        ensure(values.size() <= most && most <= UINT8_MAX, "list too long to be written");
        number(static_cast<std::uint8_t>(values.size()));
        for (T& value : values)
            fields(*this, value);
    }

  private:
    std::span<std::uint8_t> take(std::size_t size) {
        ensure(size <= room_.size() - size_, "no room for what is written");
        const auto taken = room_.subspan(size_, size);
        size_ += size;
        return taken;
    }

    std::span<std::uint8_t> room_;
    std::size_t size_ = 0;
};

// Total on any bytes: what cannot be read is left as it was, and complete() says so.
class ByteReader {
  public:
    explicit ByteReader(std::span<const std::uint8_t> bytes) : left_(bytes) {}

    // All was there and allowed, and nothing is left over.
    bool complete() const { return good_ && left_.empty(); }

    template <std::size_t size>
    void bytes(std::array<std::uint8_t, size>& value) {
        if (const auto taken = take(size); good_)
            std::ranges::copy(taken, value.begin());
    }

    template <std::unsigned_integral T>
    void number(T& value) {
        if (const auto taken = take(sizeof(T)); good_)
            value =
                boost::endian::endian_load<T, sizeof(T), boost::endian::order::big>(taken.data());
    }

    void flag(bool& value) {
        std::uint8_t byte = 0;
        number(byte);
        good_ = good_ && byte <= 1;
        value = byte == 1;
    }

    template <class Enum>
    void choice(Enum& value, Enum last) {
        std::uint8_t byte = 0;
        number(byte);
        good_ = good_ && byte <= static_cast<std::uint8_t>(last);
        if (good_)
            value = static_cast<Enum>(byte);
    }

    template <std::unsigned_integral T>
    void last_if_not_zero(T& value) {
        if (left_.empty())
            return;
        number(value);
        good_ = good_ && value != 0;  // each value has one spelling
    }

    void text(std::string& value, std::size_t most) {
        std::uint8_t size = 0;
        number(size);
        good_ = good_ && size <= most;
        if (const auto taken = take(size); good_)
            value.assign(taken.begin(), taken.end());
    }

    void name(NodeName& value) {
        std::string text_read;
        text(text_read, kMaxNameLength);
        const auto valid = NodeName::from(text_read);
        good_ = good_ && valid.has_value();
        if (good_)
            value = *valid;
    }

    template <class T>
    void list(std::vector<T>& values, std::size_t most) {
        std::uint8_t size = 0;
        number(size);
        good_ = good_ && size <= most;
        for (std::size_t i = 0; good_ && i < size; ++i)
            fields(*this, values.emplace_back());
    }

  private:
    std::span<const std::uint8_t> take(std::size_t size) {
        good_ = good_ && size <= left_.size();
        if (!good_)
            return {};
        const auto taken = left_.first(size);
        left_ = left_.subspan(size);
        return taken;
    }

    std::span<const std::uint8_t> left_;
    bool good_ = true;
};

}  // namespace berkeley
