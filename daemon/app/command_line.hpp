// The program's options, and a run from start to stop.
#pragma once

namespace berkeley {

// Returns the exit code: 0 stopped when asked to, 1 failed, 2 usage or configuration.
int run_berkeleyd(int argc, char** argv);

}  // namespace berkeley
