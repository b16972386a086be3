// A new node's one conversation: with the candidate that invited it.
#pragma once

#include <chrono>
#include <string>

#include <tl/expected.hpp>

#include "ctl/exit_code.hpp"
#include "daemon/core/trust/certificate.hpp"
#include "daemon/core/trust/invitation.hpp"
#include "daemon/core/trust/public_key.hpp"
#include "daemon/core/wire/identity.hpp"

namespace berkeley::ctl {

struct EnrolmentError {
    ExitCode code = ExitCode::failed;  // no_daemon if nobody answers
    std::string message;               // what is wrong and what to do
};

// Asks again and again until there is an authentic answer. The certificate is one for this name and
// key, by that candidate.
tl::expected<Certificate, EnrolmentError> enrol(const Token& token, const NodeName& name,
                                                const PublicKey& key);

}  // namespace berkeley::ctl
