// What went wrong with a file.
#pragma once

#include <string>

namespace berkeley {

struct FileError {
    int cause = 0;        // of errno's values; EINVAL: the file's text is at fault
    std::string message;  // a sentence for the operator: what is wrong, and what to do
};

// "No such file or directory". Unlike strerror(3), safe beside other threads.
std::string words_of(int cause);

}  // namespace berkeley
