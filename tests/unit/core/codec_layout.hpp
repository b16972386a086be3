// Where fields lie in a datagram, and datagrams in which one of them is another.
#pragma once

#include <cstdint>
#include <span>

#include <boost/endian/conversion.hpp>
#include <gtest/gtest.h>

#include "daemon/core/wire/codec.hpp"
#include "tests/support/sample_messages.hpp"

namespace berkeley::test {

// Written down apart from the codec: berkeleyd-protocol(7).
inline constexpr std::size_t kBody = 40;
namespace join_at {
inline constexpr std::size_t votes = kBody + 16, name_length = kBody + 17, name = kBody + 18,
                             cookie = name + 13, has_certificate = cookie + 8,
                             key = has_certificate + 1, issuer = key + 32,
                             certified_votes = issuer + 8, serial = certified_votes + 1,
                             signature = serial + 8;
}
namespace enrol_at {
inline constexpr std::size_t invitation = kBody, nonce = kBody + 8, name_length = kBody + 16,
                             key = kBody + 17 + 13;
}
namespace admission_at {
inline constexpr std::size_t outcome = kBody + 8, has_certificate = kBody + 9, key = kBody + 10;
}
namespace poll_at {
inline constexpr std::size_t next_poll = kBody + 24, last_sent = kBody + 40, charge = kBody + 56,
                             amount = kBody + 57, probation = kBody + 65, members = kBody + 73,
                             expected = kBody + 77, master_charge = kBody + 79,
                             has_clock = kBody + 96, clock_offset = kBody + 97,
                             granted = kBody + 113, believed = kBody + 115,
                             references_off = kBody + 117, pull = kBody + 125,
                             has_reference = kBody + 133, reference_charge = kBody + 134,
                             leaps = kBody + 151, guided = kBody + 152, has_leap = kBody + 153,
                             leap_midnight = kBody + 154, leap_inserted = kBody + 162,
                             has_tai = kBody + 163, tai = kBody + 164, has_correction = kBody + 166,
                             anchor = kBody + 167, cluster = kBody + 175, rate = kBody + 183,
                             bound = kBody + 191, growth = kBody + 199, sigma = kBody + 207,
                             rate_sigma = kBody + 215, has_move = kBody + 223, move = kBody + 224;
}
namespace reply_at {
inline constexpr std::size_t stamp_error = kBody + 48, raw = kBody + 56, system = kBody + 64,
                             system_rate = kBody + 72, votes = kBody + 80, floor = kBody + 82,
                             has_claim = kBody + 90, claim_cluster = kBody + 91,
                             claim_bound = kBody + 99, claim_sigma = kBody + 107,
                             claim_rate = kBody + 115, claim_rate_sigma = kBody + 123,
                             claim_leaps = kBody + 131, has_standing = kBody + 132,
                             voted = kBody + 133, promises = kBody + 141, fitness = kBody + 142,
                             distrusts = kBody + 143, has_move = kBody + 144, move = kBody + 145,
                             has_outside = kBody + 180, outside_synchronized = kBody + 181,
                             outside_max_error = kBody + 182, outside_leap = kBody + 198,
                             outside_tai = kBody + 199;
}
namespace move_at {  // behind where it begins
inline constexpr std::size_t epoch = 8, at = 16, by = 24, way = 32, decided = 33, accepted = 34;
}
namespace inquiry_at {
inline constexpr std::size_t name_length = kBody + 8, cookie = name_length + 14,
                             has_certificate = cookie + 8, key = has_certificate + 1,
                             opinion_term = key + kCompactCertificateSize,
                             judgement = opinion_term + 8;
}
namespace sighting_at {
inline constexpr std::size_t has_told = kBody + 8, term = has_told + 1, epoch = term + 8,
                             cluster = epoch + 8, bound = cluster + 8;
}
namespace vote_at {
inline constexpr std::size_t binding = kBody + 8, asked_at = kBody + 9, promise = kBody + 17,
                             wanted_fitness = kBody + 25, granted = kBody + 17, known = kBody + 18,
                             answer_fitness = kBody + 26;
}

inline Datagram with_number(const Message& message, std::size_t at, std::int64_t value) {
    Datagram datagram = encode(sample_header(), message);
    boost::endian::store_big_s64(datagram.data() + at, value);
    return datagram;
}

inline Datagram with_byte(const Message& message, std::size_t at, std::uint8_t value) {
    Datagram datagram = encode(sample_header(), message);
    datagram[at] = value;
    return datagram;
}

inline void expect_error(std::span<const std::uint8_t> bytes, DecodeError error) {
    const auto decoded = decode(bytes);
    ASSERT_FALSE(decoded.has_value());
    EXPECT_EQ(decoded.error(), error);
}

inline std::int64_t number_at(const Datagram& datagram, std::size_t at) {
    return boost::endian::load_big_s64(datagram.data() + at);
}

}  // namespace berkeley::test
