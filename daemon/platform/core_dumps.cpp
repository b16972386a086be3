#include "daemon/platform/core_dumps.hpp"

#include <sys/prctl.h>

namespace berkeley {

void forbid_core_dumps() {
#ifndef __SANITIZE_ADDRESS__  // it looks at the process from outside at the end
    prctl(PR_SET_DUMPABLE, 0);
#endif
}

}  // namespace berkeley
