#include "daemon/control/framing.hpp"

#include <fmt/format.h>

namespace berkeley {

tl::expected<std::optional<std::string>, std::string> FrameSplitter::next() {
    const auto end = buffered_.find('\0', searched_);
    const std::size_t length = end == std::string::npos ? buffered_.size() : end;
    if (length > most_)
        return tl::unexpected(fmt::format("a message is longer than {} bytes", most_));
    if (end == std::string::npos) {
        searched_ = length;
        return std::nullopt;
    }
    std::string message = buffered_.substr(0, end);
    buffered_.erase(0, end + 1);
    searched_ = 0;
    return message;
}

}  // namespace berkeley
