#include "daemon/core/node/cookies.hpp"

#include <algorithm>
#include <span>

#include <boost/endian/conversion.hpp>
#include <sodium/crypto_generichash.h>

namespace berkeley {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedIpv4{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::int64_t period_of(SteadyTime now) {
    constexpr Duration kPeriod = 1min;
    return now.ns / kPeriod.count();
}

std::uint64_t hash(const std::array<std::uint8_t, 32>& secret,
                   std::span<const std::uint8_t> bytes) {
    std::array<std::uint8_t, crypto_generichash_BYTES_MIN> hashed{};
    crypto_generichash(hashed.data(), hashed.size(), bytes.data(), bytes.size(), secret.data(),
                       secret.size());
    return boost::endian::load_big_u64(hashed.data());
}

}  // namespace

Cookies::Cookies(Nonces& nonces) {
    for (std::size_t at = 0; at < secret_.size(); at += 8)
        boost::endian::store_big_u64(secret_.data() + at, nonces.next());
}

Cookie Cookies::cookie_for(const Endpoint& from, Session session, SteadyTime now) const {
    return of_period(from, session, period_of(now));
}

bool Cookies::holds(Cookie cookie, const Endpoint& from, Session session, SteadyTime now) const {
    const std::int64_t period = period_of(now);
    return cookie != 0 && (cookie == of_period(from, session, period) ||
                           cookie == of_period(from, session, period - 1));
}

Cookie Cookies::of_period(const Endpoint& from, Session session, std::int64_t period) const {
    std::array<std::uint8_t, 16 + 2 + 4 + 8 + 8> question{};
    std::ranges::copy(from.address, question.begin());
    boost::endian::store_big_u16(question.data() + 16, from.port);
    boost::endian::store_big_u32(question.data() + 18, from.scope);
    boost::endian::store_big_u64(question.data() + 22, session);
    boost::endian::store_big_s64(question.data() + 30, period);
    const std::uint64_t cookie = hash(secret_, question);
    return cookie == 0 ? 1 : cookie;
}

Origin Cookies::origin_of(const Endpoint& from) const {
    const auto begin = std::span(from.address).first(kMappedIpv4.size());
    return std::ranges::equal(kMappedIpv4, begin)
               ? Origin{network_of(from, 16), network_of(from, 15)}
               : Origin{network_of(from, 8), network_of(from, 6)};
}

std::uint64_t Cookies::network_of(const Endpoint& from, std::size_t bytes) const {
    std::array<std::uint8_t, 1 + 4 + 16> network{};
    network[0] = static_cast<std::uint8_t>(bytes);
    boost::endian::store_big_u32(network.data() + 1, from.scope);
    std::copy_n(from.address.begin(), bytes, network.begin() + 5);
    return hash(secret_, network);
}

}  // namespace berkeley
