#include "tests/sim/heap.hpp"

#include <cstdlib>
#include <new>

#include <malloc.h>

namespace berkeley::sim {
namespace {

thread_local std::int64_t in_use = 0;

}  // namespace

std::int64_t heap_in_use() {
    return in_use;
}

}  // namespace berkeley::sim

// All other forms of new and delete come down to these.
void* operator new(std::size_t size) {
    void* place = std::malloc(size == 0 ? 1 : size);
    if (place == nullptr)
        throw std::bad_alloc();
    berkeley::sim::in_use += static_cast<std::int64_t>(malloc_usable_size(place));
    return place;
}

void operator delete(void* place) noexcept {
    if (place != nullptr)
        berkeley::sim::in_use -= static_cast<std::int64_t>(malloc_usable_size(place));
    std::free(place);
}

void operator delete(void* place, std::size_t) noexcept {
    operator delete(place);
}
