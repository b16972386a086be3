#include "daemon/platform/file_descriptor.hpp"

#include <unistd.h>

namespace berkeley {

FileDescriptor::~FileDescriptor() {
    if (fd_ >= 0)
        close(fd_);
}

}  // namespace berkeley
