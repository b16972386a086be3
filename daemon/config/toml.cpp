// toml++'s own code, compiled once.
#define TOML_IMPLEMENTATION
#include "daemon/config/toml.hpp"
