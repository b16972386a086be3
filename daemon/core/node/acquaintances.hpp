// Whose certificates this candidate has found good, and how their datagrams are known: who was
// verified once need not be again, so that no flood of strangers keeps it out. Only who has a good
// certificate gets in here.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string_view>

#include "daemon/core/node/context.hpp"
#include "daemon/core/trust/certificate.hpp"

namespace berkeley {

class Acquaintances {
  public:
    // Null: it is to be verified. Whether its key was revoked since is another question.
    const PairSeal* find(std::string_view name, const Certificate& certificate) const;
    // The latest certificate of a key stays. At the limit another key is forgotten.
    void add(std::string_view name, const Certificate& certificate, const PairSeal& seal,
             std::size_t most);
    // The others' certificates hold no more.
    void keep_those_of(std::span<const PublicKey> issuers);

  private:
    struct Acquaintance {
        NodeName name;
        Certificate certificate;
        PairSeal seal;
    };

    std::map<PublicKey, Acquaintance> by_key_;
};

}  // namespace berkeley
