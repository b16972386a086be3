#include "daemon/core/contract.hpp"

#include <cstdio>
#include <cstdlib>

namespace berkeley {

void contract_broken(const char* what) noexcept {
    std::fprintf(stderr, "berkeleyd: internal error: %s\n", what);
    std::abort();
}

}  // namespace berkeley
