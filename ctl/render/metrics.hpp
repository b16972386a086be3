// Which metrics there are, and what they are called.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ctl/client/view.hpp"
#include "ctl/render/exposition.hpp"

namespace berkeley::ctl {

struct Account {
    std::string version;
    StatusView status;
    std::vector<MemberView> members;
    TrackingView tracking;
};

// None: no daemon answers, and that is all there is to say.
std::vector<Family> metrics_of(const std::optional<Account>& account);

}  // namespace berkeley::ctl
