// The keys are in it, and what steers the clock.
#pragma once

namespace berkeley {

// What the process keeps in memory is written to no file when it crashes, and read by no other
// process of its user. A change of user undoes it (prctl(2), PR_SET_DUMPABLE).
void forbid_core_dumps();

// Nothing of it is swapped out, so that keys stay off the disk, and no time stamp waits for a page
// to come back from there. Pages are locked as they come into use, which takes no more memory
// (mlockall(2), MCL_ONFAULT). Only where RLIMIT_MEMLOCK is or can be made unlimited: the kernel
// would refuse memory beyond a lower one; without, the node's own key is locked, and nothing else.
void lock_memory();

}  // namespace berkeley
