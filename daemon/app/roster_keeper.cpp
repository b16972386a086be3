#include "daemon/app/roster_keeper.hpp"

#include <utility>

namespace berkeley {
namespace {

constexpr std::chrono::seconds kPatience{5};

DiskWriter::Result nowhere() {
    return tl::unexpected<std::string>(
        "who the candidates are can be kept nowhere, as there is no folder `state_dir`: make it, "
        "and restart berkeleyd; until then no change of them is signed or taken up");
}

}  // namespace

RosterKeeper::RosterKeeper(boost::asio::io_context& context,
                           std::optional<std::filesystem::path> file, Callbacks callbacks)
    : file_(std::move(file)),
      callbacks_(std::move(callbacks)),
      writer_(context, [this](DiskWriter::Ticket generation, const DiskWriter::Result& result) {
          written(generation, result);
      }) {}

void RosterKeeper::store(std::uint64_t generation, SavedRoster roster) {
    if (!file_)
        return writer_.write(generation, nowhere);
    writer_.write(generation, [path = *file_, stored = std::move(roster)] {
        return store_roster(path, stored);
    });
}

bool RosterKeeper::finish() {
    return writer_.finish(kPatience) && !failing_;
}

void RosterKeeper::written(std::uint64_t generation, const DiskWriter::Result& result) {
    const bool failed_before = std::exchange(failing_, !result);
    if (!result && !failed_before)
        callbacks_.failed(result.error());
    if (result && failed_before)
        callbacks_.works_again();
    callbacks_.saved(generation, result.has_value());
}

}  // namespace berkeley
