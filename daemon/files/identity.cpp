#include "daemon/files/identity.hpp"

#include <algorithm>
#include <cerrno>
#include <string>

#include <fmt/format.h>

#include "daemon/files/node_files.hpp"

namespace berkeley {
namespace {

tl::unexpected<FileError> misfit(std::string message) {
    return tl::unexpected(FileError{EINVAL, std::move(message)});
}

tl::unexpected<FileError> not_pinned(const Config& config, const PublicKey& own,
                                     const PublicKey& pinned) {
    if (!config.configured.rank_of(pinned) && config.node.roster > 0)
        return misfit(fmt::format(
            "the key of {0} in {1} is {2}, and by roster {3}, which this node holds in {4}, that "
            "of {0} is {5}: put the right file there; or, if the cluster was begun anew since, "
            "move {4} away",
            config.node.name, config.key_file.string(), fingerprint(own), config.node.roster,
            config.state_dir.string(), fingerprint(pinned)));
    return misfit(fmt::format(
        "the key of {0} in {1} is {2}, and [keys] has {3} for this node: put the right file there, "
        "or the key that `berkeleyctl key --public {1}` prints into [keys] of all nodes",
        config.node.name, config.key_file.string(), fingerprint(own), fingerprint(pinned)));
}

// A disk was copied, most likely: the two would know each other's secrets.
std::string whose_else(const Config& config, const PublicKey& own) {
    for (std::size_t i = 0; i < config.candidates.size(); ++i) {
        if (config.candidates[i].name != config.node.name && config.candidate_keys.at(i) == own)
            return config.candidates[i].name;
    }
    return {};
}

// What is wrong, and what to do; empty if it fits.
std::string misfit_of(const NamedCertificate& certificate, const Config& config,
                      const PublicKey& own) {
    std::string wrong;
    if (certificate.cluster.view() != config.node.cluster)
        wrong = fmt::format("is for the cluster {}, not for {}", certificate.cluster.view(),
                            config.node.cluster);
    else if (certificate.name.view() != config.node.name)
        wrong = fmt::format("is for the name {}, not for {}", certificate.name.view(),
                            config.node.name);
    else if (certificate.certificate.key != own)
        wrong = fmt::format("is for another key than the one in {}", config.key_file.string());
    if (!wrong.empty())
        return wrong +
               ": put the right one there, or join this node anew with an invitation "
               "(`berkeleyctl invite` on a candidate)";
    std::vector<PublicKey> issuers = config.candidate_keys;
    issuers.insert(issuers.end(), config.node.former_keys.begin(), config.node.former_keys.end());
    const auto verified =
        verify(certificate.certificate, config.node.cluster, config.node.name, issuers);
    return verified ? "" : std::string(to_text(verified.error()));
}

}  // namespace

// The word of a candidate that was retired holds, also of itself.
std::optional<Certificate> certificate_of_once(const Config& config, const SecretKey& key) {
    const auto& former = config.node.former_keys;
    if (std::ranges::find(former, key.public_key()) == former.end())
        return std::nullopt;
    return certify(key, config.node.cluster, config.node.name, key.public_key(), true,
                   key_id(key.public_key()).value);
}

tl::expected<Identity, FileError> read_identity(const Config& config) {
    auto key = read_secret_key(config.key_file);
    if (!key)
        return tl::unexpected(std::move(key.error()));
    if (const std::string other = whose_else(config, key->public_key()); !other.empty())
        return misfit(
            fmt::format("the key in {} is that of {}: every node needs one of its own. "
                        "Make one, and join anew with an invitation",
                        config.key_file.string(), other));
    const auto place =
        std::ranges::find(config.candidates, config.node.name, &CandidateAddress::name);
    if (place != config.candidates.end()) {
        const PublicKey& pinned =
            config.candidate_keys.at(static_cast<std::size_t>(place - config.candidates.begin()));
        if (key->public_key() != pinned)
            return not_pinned(config, key->public_key(), pinned);
        return Identity{std::move(*key), std::nullopt};
    }
    if (auto own = certificate_of_once(config, *key))
        return Identity{std::move(*key), std::move(own)};
    const auto certificate = read_certificate(config.certificate_file);
    if (!certificate && config.configured.rank_of(key->public_key()))
        return Identity{std::move(*key), std::nullopt};  // it is told that it belongs no more
    if (!certificate)
        return tl::unexpected(certificate.error());
    const std::string wrong = misfit_of(*certificate, config, key->public_key());
    if (!wrong.empty())
        return misfit(
            fmt::format("the certificate {} {}", config.certificate_file.string(), wrong));
    return Identity{std::move(*key), certificate->certificate};
}

}  // namespace berkeley
