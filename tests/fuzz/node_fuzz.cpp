// Sequences of events, decoded from any bytes, at a master and at a member.
#include <cstdint>
#include <span>

#include "daemon/core/contract.hpp"
#include "tests/support/event_script.hpp"

// A node is made anew for each input: a large quarantine costs more page faults than it finds.
// NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the sanitizer's name
extern "C" const char* __asan_default_options() {
    return "quarantine_size_mb=8:malloc_context_size=2";
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace berkeley;
    if (size == 0)
        return 0;
    const Role role = data[0] % 2 == 0 ? Role::master : Role::member;
    const auto wrong = test::run_event_script(role, {data + 1, size - 1});
    ensure(!wrong, wrong ? wrong->c_str() : "");
    return 0;
}
