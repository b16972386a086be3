#include "daemon/app/candidate_resolver.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>

#include "daemon/platform/socket_address.hpp"

namespace berkeley {

namespace asio = boost::asio;
using asio::ip::udp;

namespace {

Endpoint endpoint_of(const udp::endpoint& from) {
    SocketAddress address;
    std::memcpy(&address.storage, from.data(), std::min(from.size(), sizeof address.storage));
    return to_endpoint(address);
}

}  // namespace

struct CandidateResolver::Candidate {
    Candidate(asio::io_context& context, CandidateAddress its_address)
        : address(std::move(its_address)), resolver(context), timer(context) {}

    CandidateAddress address;
    udp::resolver resolver;
    asio::steady_timer timer;
    std::optional<Endpoint> known;
    bool failure_told = false;
};

CandidateResolver::CandidateResolver(asio::io_context& context,
                                     std::vector<CandidateAddress> candidates, Callbacks callbacks)
    : callbacks_(std::move(callbacks)) {
    for (CandidateAddress& address : candidates) {
        candidates_.push_back(std::make_unique<Candidate>(context, std::move(address)));
    }
}

CandidateResolver::~CandidateResolver() = default;

void CandidateResolver::start() {
    for (const auto& candidate : candidates_) {
        boost::system::error_code not_numeric;
        const auto address = asio::ip::make_address(candidate->address.host, not_numeric);
        if (not_numeric) {
            look_up(*candidate);
            continue;
        }
        const Endpoint endpoint = endpoint_of({address, candidate->address.port});
        if (callbacks_.reaches(endpoint)) {
            callbacks_.resolved(candidate->address.name, endpoint);
        } else {
            callbacks_.failed(
                candidate->address,
                fmt::format("cannot reach candidate {} at {}: no address in `listen` is of its "
                            "family; add one",
                            candidate->address.name, endpoint_text(endpoint)));
        }
    }
}

void CandidateResolver::stop() {
    stopped_ = true;
    for (const auto& candidate : candidates_) {
        candidate->resolver.cancel();
        candidate->timer.cancel();
    }
}

void CandidateResolver::look_up(Candidate& candidate) {
    candidate.resolver.async_resolve(
        candidate.address.host, std::to_string(candidate.address.port),
        udp::resolver::numeric_service,
        [this, &candidate](const boost::system::error_code& error, const Results& results) {
            if (!stopped_)
                looked_up(candidate, error, results);
        });
}

void CandidateResolver::looked_up(Candidate& candidate, const boost::system::error_code& error,
                                  const Results& results) {
    std::vector<Endpoint> usable;
    for (const auto& result : results) {
        const Endpoint endpoint = endpoint_of(result.endpoint());
        if (callbacks_.reaches(endpoint))
            usable.push_back(endpoint);
    }
    if (error || usable.empty()) {
        report_failure(candidate, error ? error.message() : "no address that we can send to");
        later(candidate, kAgainWhenNot);
        return;
    }
    candidate.failure_told = false;
    // A name with several addresses gives them in changing order: stay with the one in use.
    const bool still_there = candidate.known && std::find(usable.begin(), usable.end(),
                                                          *candidate.known) != usable.end();
    if (!still_there) {
        candidate.known = usable.front();
        callbacks_.resolved(candidate.address.name, *candidate.known);
    }
    later(candidate, kAgainWhenFound);
}

void CandidateResolver::later(Candidate& candidate, std::chrono::seconds wait) {
    if (stopped_)
        return;
    candidate.timer.expires_after(wait);
    candidate.timer.async_wait([this, &candidate](const boost::system::error_code& error) {
        if (!error && !stopped_)
            look_up(candidate);
    });
}

void CandidateResolver::report_failure(Candidate& candidate, const std::string& why) {
    if (std::exchange(candidate.failure_told, true))
        return;
    callbacks_.failed(
        candidate.address,
        fmt::format("cannot find candidate {}: {} ({}); check `candidates` and the name service. "
                    "Trying again "
                    "every {} s{}",
                    candidate.address.name, candidate.address.host, why, kAgainWhenNot.count(),
                    candidate.known ? ", at its last known address meanwhile" : ""));
}

tl::expected<Endpoint, std::string> resolve_listen_address(const ListenAddress& address) {
    asio::io_context context;
    udp::resolver resolver(context);
    boost::system::error_code error;
    const auto results =
        resolver.resolve(address.host, std::to_string(address.port),
                         udp::resolver::numeric_service | udp::resolver::passive, error);
    if (error || results.empty()) {
        return tl::unexpected(
            fmt::format("cannot listen on \"{}\": {}; write one of this machine's addresses in "
                        "`listen`, or \"::\" for all",
                        address.host, error.message()));
    }
    return endpoint_of(results.begin()->endpoint());
}

}  // namespace berkeley
