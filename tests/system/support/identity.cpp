#include "tests/system/support/identity.hpp"

#include <fstream>

#include <fmt/format.h>
#include <sys/stat.h>

#include "daemon/core/trust/text_form.hpp"
#include "tests/support/node_keys.hpp"

namespace berkeley::test {

void write_key(const std::filesystem::path& file, std::string_view name) {
    std::ofstream(file) << secret_text(*node_key(name)).view() << "\n";
    chmod(file.c_str(), 0600);
}

void write_certificate(const std::filesystem::path& file, std::string_view cluster,
                       std::string_view name, std::string_view issuer) {
    const NamedCertificate named{NodeName::from(cluster).value(), NodeName::from(name).value(),
                                 certificate_for(name, issuer, cluster)};
    std::ofstream(file) << to_text(named) << "\n";
}

std::string pinned(std::string_view candidate) {
    return pinned(candidate, candidate);
}

std::string pinned(std::string_view candidate, std::string_view whose) {
    return fmt::format("keys.\"{}\" = \"{}\"\n", candidate, to_text(public_key(whose)));
}

}  // namespace berkeley::test
