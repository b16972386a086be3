// Keeps a record on disk, each change at once, and tells which of them is there: what must not be
// said before it is kept waits for that.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "daemon/app/disk_writer.hpp"

namespace berkeley {

class RecordKeeper {
  public:
    struct Callbacks {
        std::function<void(std::uint64_t generation, bool good)> saved;
        std::function<void(const std::string& message)>
            failed;  // once for each time that it begins to
        std::function<void()> works_again;
    };

    // Without a file, nothing can be kept, and each change is told to have failed, by that message.
    RecordKeeper(boost::asio::io_context& context, std::optional<std::filesystem::path> file,
                 std::string nowhere, Callbacks callbacks);

    // Waits for what was stored last, within limits. Whether it is on disk.
    bool finish(std::chrono::milliseconds most = kPatienceAtTheEnd);

    std::filesystem::path file() const { return file_.value_or(""); }
    bool has_file() const { return file_.has_value(); }

  protected:
    using Store = std::function<DiskWriter::Result(const std::filesystem::path&)>;
    // By another thread. Of what comes while one is being written, the last is written next.
    void write(std::uint64_t generation, Store store);

  private:
    void written(std::uint64_t generation, const DiskWriter::Result& result);

    std::optional<std::filesystem::path> file_;
    std::string nowhere_;
    Callbacks callbacks_;
    DiskWriter writer_;
    bool failing_ = false;
};

}  // namespace berkeley
