#include "daemon/platform/process_memory.hpp"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

namespace berkeley {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;  // looked at from outside at the end; a shadow of terabytes
#else
constexpr bool kSanitized = false;
#endif

bool may_lock_everything() {
    rlimit limit{};
    if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0)
        return false;
    if (limit.rlim_cur == RLIM_INFINITY)
        return true;
    limit = {RLIM_INFINITY, RLIM_INFINITY};
    return setrlimit(RLIMIT_MEMLOCK, &limit) == 0;
}

}  // namespace

void forbid_core_dumps() {
    if (!kSanitized)
        prctl(PR_SET_DUMPABLE, 0);
}

void lock_memory() {
    if (!kSanitized && may_lock_everything())
        mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
}

}  // namespace berkeley
