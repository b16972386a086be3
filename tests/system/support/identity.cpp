#include "tests/system/support/identity.hpp"

#include <fstream>

#include <fmt/format.h>
#include <sys/stat.h>

#include "daemon/core/trust/text_form.hpp"
#include "tests/support/node_keys.hpp"

namespace berkeley::test {

std::string key_text(std::string_view name) {
    return std::string(secret_text(*node_key(name)).view()) + "\n";
}

std::string certificate_text(std::string_view cluster, std::string_view name,
                             std::string_view issuer) {
    const NamedCertificate named{NodeName::from(cluster).value(), NodeName::from(name).value(),
                                 certificate_for(name, issuer, cluster)};
    return to_text(named) + "\n";
}

void write_key(const std::filesystem::path& file, std::string_view name) {
    std::ofstream(file) << key_text(name);
    chmod(file.c_str(), 0600);
}

void write_certificate(const std::filesystem::path& file, std::string_view cluster,
                       std::string_view name, std::string_view issuer) {
    std::ofstream(file) << certificate_text(cluster, name, issuer);
}

std::string pinned(std::string_view candidate) {
    return pinned(candidate, candidate);
}

std::string pinned(std::string_view candidate, std::string_view whose) {
    return fmt::format("keys.\"{}\" = \"{}\"\n", candidate, to_text(public_key(whose)));
}

}  // namespace berkeley::test
