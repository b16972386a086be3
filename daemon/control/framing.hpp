// Varlink's framing: each message ends with one NUL byte (varlink.org, "Protocol").
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace berkeley {

// Cuts a stream of bytes into messages, however the stream was cut in transit. Total on any bytes.
class FrameSplitter {
  public:
    // `most` bytes without the NUL make the longest message let through.
    explicit FrameSplitter(std::size_t most) : most_(most) {}

    void feed(std::string_view bytes) { buffered_ += bytes; }

    // The next whole message without its NUL; nothing if none is whole yet. The error, a message
    // too long, is for ever: the stream has no place to take up again.
    tl::expected<std::optional<std::string>, std::string> next();

    // Not yet handed out. Who feeds limits it: one feed between calls of next() until that gives
    // nothing keeps it below `most` and one feed.
    std::size_t buffered() const { return buffered_.size(); }

  private:
    std::size_t most_;
    std::string buffered_;
    std::size_t searched_ = 0;  // this many bytes of `buffered_` hold no NUL
};

}  // namespace berkeley
