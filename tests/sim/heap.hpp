// How much of the heap is in use by this thread, to the byte: so that a test sees what a node
// keeps.
#pragma once

#include <cstdint>

namespace berkeley::sim {

std::int64_t heap_in_use();

}  // namespace berkeley::sim
