#pragma once

namespace berkeley {

// What the process keeps in memory is written to no file when it crashes, and read by no other
// process of its user: its key is there. A change of user undoes it (prctl(2), PR_SET_DUMPABLE).
void forbid_core_dumps();

}  // namespace berkeley
