// Reads files whose size and readiness are not known.
#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include <sys/stat.h>
#include <tl/expected.hpp>

namespace berkeley {

// Owns a file descriptor while a file is read or written.
class OpenFile {
  public:
    explicit OpenFile(int fd) : fd_(fd) {}
    OpenFile(OpenFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    OpenFile& operator=(OpenFile&&) = delete;
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    ~OpenFile();

    int fd() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }

  private:
    int fd_;
};

// Never waits for whoever is to open the other end of a pipe.
OpenFile open_to_read(const char* path);

// At most `most` bytes; the error is an errno. A pipe is waited for, but never without end: the
// daemon's one thread stands still meanwhile. The text is in one place of memory only.
tl::expected<std::string, int> read_at_most(int fd, std::size_t most);

}  // namespace berkeley
