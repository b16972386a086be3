// What went wrong with a file.
#pragma once

#include <string>

namespace berkeley {

struct FileError {
    int cause = 0;  // of errno's values; EINVAL: what stands in the file is at fault, or its mode
    std::string message;  // a sentence for the operator: what is wrong, and what to do
};

// "No such file or directory". Unlike strerror(3), safe beside other threads.
std::string words_of(int cause);

}  // namespace berkeley
