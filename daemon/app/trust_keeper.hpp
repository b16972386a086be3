// Keeps on disk who was invited, enrolled and revoked: each change at once.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "daemon/app/disk_writer.hpp"
#include "daemon/platform/trust_file.hpp"

namespace berkeley {

class TrustKeeper {
  public:
    struct Callbacks {
        std::function<void(std::uint64_t generation, bool good)> saved;
        std::function<void(const std::string& message)>
            failed;  // once for each time that it begins to
        std::function<void()> works_again;
    };

    // Without a file, nothing can be kept, and each change is told to have failed.
    TrustKeeper(boost::asio::io_context& context, std::optional<std::filesystem::path> file,
                TrustPlace place, Callbacks callbacks);

    // By another thread. Of what comes while one is being written, the last is written next.
    void store(std::uint64_t generation, SavedTrust trust);

    // Waits for what was stored last, within limits. Whether it is on disk.
    bool finish();

    std::filesystem::path file() const { return file_.value_or(""); }
    bool has_file() const { return file_.has_value(); }
    const TrustPlace& place() const { return place_; }

  private:
    void written(std::uint64_t generation, const DiskWriter::Result& result);

    std::optional<std::filesystem::path> file_;
    TrustPlace place_;
    Callbacks callbacks_;
    DiskWriter writer_;
    bool failing_ = false;
};

}  // namespace berkeley
