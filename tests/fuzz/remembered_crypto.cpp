// The slow functions of libsodium, each question answered by it once: a fuzzer asks the same few
// thousand times a second. All of them are functions of their arguments alone, so nothing that is
// fuzzed can tell. Linked in by ld's --wrap.
#include <algorithm>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>

namespace {

using Bytes = std::span<const unsigned char>;

std::string joined(std::string what, std::initializer_list<Bytes> parts) {
    for (const Bytes& part : parts)
        what.append(part.begin(), part.end());
    return what;
}

template <class Ask>
int remembered(const std::string& question, std::span<unsigned char> answer, Ask ask) {
    struct Answer {
        int result = 0;
        std::string bytes;
    };
    constexpr std::size_t kMost = 20'000;
    static std::unordered_map<std::string, Answer> known;
    const auto found = known.find(question);
    if (found != known.end()) {
        std::ranges::copy(found->second.bytes, answer.begin());
        return found->second.result;
    }
    if (known.size() >= kMost)
        known.clear();
    const int result = ask();
    known.emplace(question, Answer{result, {answer.begin(), answer.end()}});
    return result;
}

}  // namespace

// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): ld makes the names
extern "C" {

int __real_crypto_box_beforenm(unsigned char* key, const unsigned char* peer,
                               const unsigned char* own);
int __real_crypto_sign_verify_detached(const unsigned char* signature, const unsigned char* text,
                                       unsigned long long size, const unsigned char* key);
int __real_crypto_sign_ed25519_pk_to_curve25519(unsigned char* to, const unsigned char* from);
int __real_crypto_core_ed25519_is_valid_point(const unsigned char* point);

int __wrap_crypto_box_beforenm(unsigned char* key, const unsigned char* peer,
                               const unsigned char* own) {
    return remembered(joined("b", {{peer, 32}, {own, 32}}), {key, 32},
                      [key, peer, own] { return __real_crypto_box_beforenm(key, peer, own); });
}

int __wrap_crypto_sign_verify_detached(const unsigned char* signature, const unsigned char* text,
                                       unsigned long long size, const unsigned char* key) {
    return remembered(
        joined("v", {{signature, 64}, {key, 32}, {text, static_cast<std::size_t>(size)}}), {},
        [signature, text, size, key] {
            return __real_crypto_sign_verify_detached(signature, text, size, key);
        });
}

int __wrap_crypto_sign_ed25519_pk_to_curve25519(unsigned char* to, const unsigned char* from) {
    return remembered(joined("c", {{from, 32}}), {to, 32},
                      [to, from] { return __real_crypto_sign_ed25519_pk_to_curve25519(to, from); });
}

int __wrap_crypto_core_ed25519_is_valid_point(const unsigned char* point) {
    return remembered(joined("p", {{point, 32}}), {},
                      [point] { return __real_crypto_core_ed25519_is_valid_point(point); });
}

}  // extern "C"
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
