// Keeps the candidates' addresses: looks their host names up, and again, as addresses change.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "daemon/config/config.hpp"
#include "daemon/core/wire/endpoint.hpp"

namespace berkeley {

// Asio looks names up in a thread of its own, so that a slow name server delays nothing here.
class CandidateResolver {
  public:
    struct Callbacks {
        // The first address found, and each other one after.
        std::function<void(const std::string& name, const Endpoint& endpoint)> resolved;
        // Once for each time that a host cannot be found any more; the message says why.
        std::function<void(const CandidateAddress& candidate, const std::string& message)> failed;
        // Whether datagrams can be sent there at all: others are passed over.
        std::function<bool(const Endpoint& endpoint)> reaches;
    };

    CandidateResolver(boost::asio::io_context& context, std::vector<CandidateAddress> candidates,
                      Callbacks callbacks);
    ~CandidateResolver();

    void start();
    void stop();

    // Other addresses of the same candidates. What changed is looked up at once.
    void readdress(const std::vector<CandidateAddress>& candidates);

    // Other candidates. Of those that stay, too, it is told again where they are.
    void replace(const std::vector<CandidateAddress>& candidates);

    // Where they do not, the names may lead elsewhere by now: they are looked up again soon, and of
    // several addresses another one is tried.
    void candidates_answer(bool answer);

    // The thread that asks cannot be called off: who ends waits for it as long as the name server
    // is silent.
    bool is_looking_up() const { return open_questions_ > 0; }

    static constexpr std::chrono::seconds kAgainWhenFound{60};
    static constexpr std::chrono::seconds kAgainWhenNot{5};

  private:
    struct Candidate;
    using Results = boost::asio::ip::udp::resolver::results_type;

    void begin(Candidate& candidate);
    void look_up(Candidate& candidate);
    void looked_up(Candidate& candidate, const boost::system::error_code& error,
                   const Results& results);
    static Endpoint choice(Candidate& candidate, const std::vector<Endpoint>& usable);
    void later(Candidate& candidate, std::chrono::seconds wait);
    void report_failure(Candidate& candidate, const std::string& why);

    boost::asio::io_context& context_;
    Callbacks callbacks_;
    std::vector<std::unique_ptr<Candidate>> candidates_;
    std::vector<std::unique_ptr<Candidate>> gone_;  // a question of theirs may be open
    std::size_t open_questions_ = 0;
    bool started_ = false;
    bool stopped_ = false;
};

// A host name or numeric address, looked up while waiting. The error says what to do.
tl::expected<Endpoint, std::string> resolve_listen_address(const ListenAddress& address);

}  // namespace berkeley
