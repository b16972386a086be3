#include "ctl/program.hpp"

int main(int argc, char** argv) {
    return berkeley::ctl::run(argc, argv);
}
