// The descriptors 0, 1 and 2 as a program needs them to be.
#pragma once

#include <string_view>

namespace berkeley {

// Whoever started us may have closed them. Then the first socket or file that we open would get
// such a number, and what is written to stderr would go there: /dev/null takes the place. A reader
// of our log that goes away must not end us either: SIGPIPE is ignored. Call before anything else.
void secure_standard_streams();

// A whole line to stderr, or nothing: a reader that does not read must not hold up the clock.
void write_to_stderr(std::string_view line);

}  // namespace berkeley
