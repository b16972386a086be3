#include <cstdio>
#include <exception>

#include "daemon/app/command_line.hpp"

// What throws is the machine at its end (no memory, no descriptors): there is nothing to go on
// with, and the kernel keeps the clock at its last rate.
int main(int argc, char** argv) {
    try {
        return berkeley::run_berkeleyd(argc, argv);
    } catch (const std::exception& error) {
        static_cast<void>(std::fprintf(stderr, "berkeleyd: cannot go on: %s\n", error.what()));
        return 1;
    }
}
