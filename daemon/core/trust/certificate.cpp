#include "daemon/core/trust/certificate.hpp"

#include "daemon/core/contract.hpp"
#include "daemon/core/trust/bytes.hpp"
#include "daemon/core/trust/fields.hpp"

namespace berkeley {
namespace {

using namespace std::string_view_literals;

// A signature for one purpose is none for another: no other signed text begins like this.
constexpr std::string_view kCertificateDomain = "berkeleyd certificate v1\0"sv;
constexpr std::size_t kMostOfCertificate =
    kCertificateDomain.size() + 2 * (1 + kMaxNameLength) + 32 + 8 + 1 + 8;
using CertificateRoom = std::array<std::uint8_t, kMostOfCertificate>;

std::span<const std::uint8_t> certificate_bytes(CertificateRoom& room, Certificate certificate,
                                                std::string_view cluster, std::string_view name) {
    ensure(valid_name(cluster) && valid_name(name), "a certificate for a name that is none");
    ByteWriter writer(room);
    writer.raw(kCertificateDomain);
    writer.text(cluster, kMaxNameLength);
    writer.text(name, kMaxNameLength);
    signed_fields(writer, certificate);
    return writer.written();
}

}  // namespace

Certificate certify(const SecretKey& issuer, std::string_view cluster, std::string_view name,
                    const PublicKey& key, bool votes, std::uint64_t serial) {
    Certificate certificate{key, key_id(issuer.public_key()), votes, serial, {}};
    CertificateRoom room{};
    certificate.signature = issuer.sign(certificate_bytes(room, certificate, cluster, name));
    return certificate;
}

tl::expected<void, SignatureError> verify(const Certificate& certificate, std::string_view cluster,
                                          std::string_view name,
                                          std::span<const PublicKey> candidates) {
    CertificateRoom room{};
    return verify(certificate_bytes(room, certificate, cluster, name), certificate.issuer,
                  certificate.signature, candidates);
}

CompactCertificate encode(const Certificate& certificate) {
    CompactCertificate bytes{};
    ByteWriter writer(bytes);
    Certificate written = certificate;
    fields(writer, written);
    return bytes;
}

tl::expected<Certificate, CompactError> decode_certificate(std::span<const std::uint8_t> bytes) {
    if (bytes.size() != kCompactCertificateSize)
        return tl::unexpected(CompactError::wrong_size);
    Certificate certificate;
    ByteReader reader(bytes);
    fields(reader, certificate);
    if (!reader.complete())
        return tl::unexpected(CompactError::malformed);
    return certificate;
}

}  // namespace berkeley
