// Keeps on disk who the candidates are, and what this one has signed.
#pragma once

#include "daemon/app/record_keeper.hpp"
#include "daemon/platform/roster_file.hpp"

namespace berkeley {

class RosterKeeper : public RecordKeeper {
  public:
    RosterKeeper(boost::asio::io_context& context, std::optional<std::filesystem::path> file,
                 Callbacks callbacks);

    void store(std::uint64_t generation, SavedRoster roster);
};

}  // namespace berkeley
