#include "daemon/core/trust/signature.hpp"

#include <sodium/crypto_sign.h>

#include "daemon/core/contract.hpp"

namespace berkeley {

tl::expected<void, SignatureError> verify(std::span<const std::uint8_t> bytes, KeyId issuer,
                                          const Signature& signature,
                                          std::span<const PublicKey> candidates) {
    static_assert(sizeof(Signature) == crypto_sign_BYTES);
    SignatureError error = SignatureError::unknown_issuer;
    for (const PublicKey& key : candidates) {
        if (key_id(key) != issuer)
            continue;
        if (crypto_sign_verify_detached(signature.data(), bytes.data(), bytes.size(),
                                        key.bytes.data()) == 0)
            return {};
        error = SignatureError::bad_signature;
    }
    return tl::unexpected(error);
}

std::string_view to_text(SignatureError error) {
    switch (error) {
        case SignatureError::unknown_issuer:
            return "was issued by none of the candidates whose keys are known here: give this node "
                   "the issuer's key, or have it issued anew by a candidate";
        case SignatureError::bad_signature:
            return "does not hold for this cluster, name and key: have it issued anew by a "
                   "candidate";
    }
    contract_broken("a signature's error without words");
}

}  // namespace berkeley
