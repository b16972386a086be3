// Assertions that stay on. A broken one is a bug of ours, never bad input: bad input is a value.
#pragma once

namespace berkeley {

// Prints `what` and aborts. Out of line, so that a check costs its caller one branch.
[[noreturn]] void contract_broken(const char* what) noexcept;

constexpr void ensure(bool holds, const char* what) {
    if (!holds) [[unlikely]]
        contract_broken(what);
}

}  // namespace berkeley
