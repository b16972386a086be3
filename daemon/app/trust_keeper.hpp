// Keeps on disk who was invited, enrolled and revoked.
#pragma once

#include "daemon/app/record_keeper.hpp"
#include "daemon/platform/trust_file.hpp"

namespace berkeley {

class TrustKeeper : public RecordKeeper {
  public:
    TrustKeeper(boost::asio::io_context& context, std::optional<std::filesystem::path> file,
                TrustPlace place, Callbacks callbacks);

    void store(std::uint64_t generation, SavedTrust trust);
    const TrustPlace& place() const { return place_; }

  private:
    TrustPlace place_;
};

}  // namespace berkeley
