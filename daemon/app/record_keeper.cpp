#include "daemon/app/record_keeper.hpp"

#include <utility>

namespace berkeley {

RecordKeeper::RecordKeeper(boost::asio::io_context& context,
                           std::optional<std::filesystem::path> file, std::string nowhere,
                           Callbacks callbacks)
    : file_(std::move(file)),
      nowhere_(std::move(nowhere)),
      callbacks_(std::move(callbacks)),
      writer_(context, [this](DiskWriter::Ticket generation, const DiskWriter::Result& result) {
          written(generation, result);
      }) {}

void RecordKeeper::write(std::uint64_t generation, Store store) {
    if (!file_)
        return writer_.write(generation, [message = nowhere_]() -> DiskWriter::Result {
            return tl::unexpected(message);
        });
    writer_.write(generation, [path = *file_, stored = std::move(store)] { return stored(path); });
}

bool RecordKeeper::finish(std::chrono::milliseconds most) {
    return writer_.finish(most) && !failing_;
}

void RecordKeeper::written(std::uint64_t generation, const DiskWriter::Result& result) {
    const bool failed_before = std::exchange(failing_, !result);
    if (!result && !failed_before)
        callbacks_.failed(result.error());
    if (result && failed_before)
        callbacks_.works_again();
    callbacks_.saved(generation, result.has_value());
}

}  // namespace berkeley
