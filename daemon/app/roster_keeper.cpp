#include "daemon/app/roster_keeper.hpp"

#include <utility>

namespace berkeley {

RosterKeeper::RosterKeeper(boost::asio::io_context& context,
                           std::optional<std::filesystem::path> file, Callbacks callbacks)
    : RecordKeeper(context, std::move(file),
                   "who the candidates are can be kept nowhere, as there is no folder "
                   "`state_dir`: make it, and restart berkeleyd; until then no change of them is "
                   "signed or taken up",
                   std::move(callbacks)) {}

void RosterKeeper::store(std::uint64_t generation, SavedRoster roster) {
    write(generation,
          [stored = std::move(roster)](const auto& path) { return store_roster(path, stored); });
}

}  // namespace berkeley
