#include "daemon/app/trust_keeper.hpp"

#include <utility>

namespace berkeley {

namespace {

constexpr std::chrono::seconds kPatience{5};

DiskWriter::Result nowhere() {
    return tl::unexpected<std::string>(
        "who is enrolled and revoked can be kept nowhere, as there is no folder `state_dir`: make "
        "it, and restart berkeleyd; until then nobody is enrolled");
}

}  // namespace

TrustKeeper::TrustKeeper(boost::asio::io_context& context,
                         std::optional<std::filesystem::path> file, TrustPlace place,
                         Callbacks callbacks)
    : file_(std::move(file)),
      place_(std::move(place)),
      callbacks_(std::move(callbacks)),
      writer_(context, [this](DiskWriter::Ticket generation, const DiskWriter::Result& result) {
          written(generation, result);
      }) {}

void TrustKeeper::store(std::uint64_t generation, SavedTrust trust) {
    if (!file_)
        return writer_.write(generation, nowhere);
    writer_.write(generation, [path = *file_, place = place_, stored = std::move(trust)] {
        return store_trust(path, stored, place);
    });
}

bool TrustKeeper::finish() {
    return writer_.finish(kPatience) && !failing_;
}

void TrustKeeper::written(std::uint64_t generation, const DiskWriter::Result& result) {
    const bool failed_before = std::exchange(failing_, !result);
    if (!result && !failed_before)
        callbacks_.failed(result.error());
    if (result && failed_before)
        callbacks_.works_again();
    callbacks_.saved(generation, result.has_value());
}

}  // namespace berkeley
