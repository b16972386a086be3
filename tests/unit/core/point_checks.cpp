#include "tests/unit/core/point_checks.hpp"

#include <dlfcn.h>
#include <sodium/crypto_core_ed25519.h>

namespace berkeley::test {

int point_checks = 0;

}  // namespace berkeley::test

extern "C" int crypto_core_ed25519_is_valid_point(const unsigned char* point) {
    using Check = int (*)(const unsigned char*);
    static const auto checks =
        reinterpret_cast<Check>(dlsym(RTLD_NEXT, "crypto_core_ed25519_is_valid_point"));
    ++berkeley::test::point_checks;
    return checks(point);
}
