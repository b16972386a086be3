// The command line.
#pragma once

namespace berkeley::ctl {

// Runs one verb and returns the exit code.
int run(int argc, const char* const* argv);

}  // namespace berkeley::ctl
