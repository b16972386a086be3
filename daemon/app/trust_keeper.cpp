#include "daemon/app/trust_keeper.hpp"

#include <utility>

namespace berkeley {

TrustKeeper::TrustKeeper(boost::asio::io_context& context,
                         std::optional<std::filesystem::path> file, TrustPlace place,
                         Callbacks callbacks)
    : RecordKeeper(context, std::move(file),
                   "who is enrolled and revoked can be kept nowhere, as there is no folder "
                   "`state_dir`: make it, and restart berkeleyd; until then nobody is enrolled",
                   std::move(callbacks)),
      place_(std::move(place)) {}

void TrustKeeper::store(std::uint64_t generation, SavedTrust trust) {
    write(generation, [place = place_, stored = std::move(trust)](const auto& path) {
        return store_trust(path, stored, place);
    });
}

}  // namespace berkeley
