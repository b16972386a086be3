#include "daemon/app/candidate_resolver.hpp"

#include <algorithm>
#include <cstdint>
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

// The number of an interface is another one when the interface comes back.
bool is_on_an_interface(const std::string& host) {
    return host.find('%') != std::string::npos;
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
    bool silent = false;      // nobody answers there
    bool waiting = false;     // for `timer`, to ask again
    std::uint64_t asked = 0;  // counts questions, so that none gets another's answer
};

CandidateResolver::CandidateResolver(asio::io_context& context,
                                     std::vector<CandidateAddress> candidates, Callbacks callbacks)
    : context_(context), callbacks_(std::move(callbacks)) {
    for (CandidateAddress& address : candidates) {
        candidates_.push_back(std::make_unique<Candidate>(context, std::move(address)));
    }
}

CandidateResolver::~CandidateResolver() = default;

void CandidateResolver::start() {
    started_ = true;
    for (const auto& candidate : candidates_)
        begin(*candidate);
}

void CandidateResolver::begin(Candidate& candidate) {
    boost::system::error_code not_numeric;
    const auto address = asio::ip::make_address(candidate.address.host, not_numeric);
    if (not_numeric || is_on_an_interface(candidate.address.host)) {
        look_up(candidate);
        return;
    }
    const Endpoint endpoint = endpoint_of({address, candidate.address.port});
    if (callbacks_.reaches(endpoint)) {
        callbacks_.resolved(candidate.address.name, endpoint);
        return;
    }
    callbacks_.failed(
        candidate.address,
        fmt::format(
            "cannot reach candidate {} at {}: no address in `listen` is of its family; add one",
            candidate.address.name, endpoint_text(endpoint)));
}

void CandidateResolver::readdress(const std::vector<CandidateAddress>& candidates) {
    for (const auto& candidate : candidates_) {
        const auto found =
            std::ranges::find(candidates, candidate->address.name, &CandidateAddress::name);
        if (found == candidates.end() || *found == candidate->address)
            continue;
        candidate->address = *found;
        candidate->known.reset();
        candidate->failure_told = false;
        ++candidate->asked;  // an answer still to come is one to another question
        candidate->resolver.cancel();
        candidate->timer.cancel();
        if (started_ && !stopped_)
            begin(*candidate);
    }
}

void CandidateResolver::replace(const std::vector<CandidateAddress>& candidates) {
    std::vector<std::unique_ptr<Candidate>> before = std::exchange(candidates_, {});
    for (const CandidateAddress& address : candidates) {
        const auto known = std::ranges::find_if(
            before, [&address](const auto& each) { return each && each->address == address; });
        candidates_.push_back(known == before.end() ? std::make_unique<Candidate>(context_, address)
                                                    : std::move(*known));
    }
    for (auto& each : before) {
        if (!each)
            continue;
        ++each->asked;
        each->resolver.cancel();
        each->timer.cancel();
        gone_.push_back(std::move(each));
    }
    for (const auto& candidate : candidates_) {
        if (candidate->known)
            callbacks_.resolved(candidate->address.name, *candidate->known);
        else if (started_ && !stopped_)
            begin(*candidate);
    }
}

void CandidateResolver::candidates_answer(bool answer) {
    const auto soon = std::chrono::steady_clock::now() + kAgainWhenNot;
    for (const auto& candidate : candidates_) {
        candidate->silent = !answer;
        if (!answer && candidate->waiting && candidate->timer.expiry() > soon)
            later(*candidate, kAgainWhenNot);
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
    candidate.waiting = false;
    ++open_questions_;
    candidate.resolver.async_resolve(
        candidate.address.host, std::to_string(candidate.address.port),
        udp::resolver::numeric_service,
        [this, &candidate, asked = ++candidate.asked](const boost::system::error_code& error,
                                                      const Results& results) {
            --open_questions_;
            if (!stopped_ && asked == candidate.asked)
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
    const Endpoint chosen = choice(candidate, usable);
    if (candidate.known != chosen) {
        candidate.known = chosen;
        callbacks_.resolved(candidate.address.name, chosen);
    }
    later(candidate, kAgainWhenFound);
}

// A name with several addresses gives them in changing order: stay with the one in use, unless
// nobody answers there.
Endpoint CandidateResolver::choice(Candidate& candidate, const std::vector<Endpoint>& usable) {
    const bool silent = std::exchange(candidate.silent, false);
    const auto known = candidate.known ? std::ranges::find(usable, *candidate.known) : usable.end();
    if (known == usable.end())
        return usable.front();
    if (!silent)
        return *known;
    return known + 1 == usable.end() ? usable.front() : *(known + 1);
}

void CandidateResolver::later(Candidate& candidate, std::chrono::seconds wait) {
    if (stopped_)
        return;
    candidate.waiting = true;
    candidate.timer.expires_after(wait);
    candidate.timer.async_wait(
        [this, &candidate, asked = candidate.asked](const boost::system::error_code& error) {
            if (!error && !stopped_ && asked == candidate.asked)
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
