// What an operator may ask of the daemon about who belongs to the cluster.
#include "daemon/app/daemon.hpp"

namespace berkeley {
namespace {

constexpr const char* kNotYet = "this daemon lets nobody in yet: give every node its key by hand";

}  // namespace

tl::expected<std::vector<InvitationStatus>, std::string> Daemon::invitations() {
    return tl::unexpected(kNotYet);
}

tl::expected<std::vector<EnrolledNode>, std::string> Daemon::enrolled() {
    return tl::unexpected(kNotYet);
}

tl::expected<std::string, std::string> Daemon::invite(const Caller& /*caller*/,
                                                      const InvitationTerms& /*terms*/) {
    return tl::unexpected(kNotYet);
}

tl::expected<Revoked, std::string> Daemon::revoke(const Caller& /*caller*/,
                                                  const NodeOrKey& /*who*/) {
    return tl::unexpected(kNotYet);
}

}  // namespace berkeley
