// Who has a member's whole disk: its configuration, key, certificate and state, read from its files
// as the member reads them. He speaks for it, and may say whatever he likes.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config/config.hpp"
#include "daemon/core/node/settings.hpp"
#include "daemon/files/identity.hpp"
#include "tests/system/support/waiting.hpp"
#include "tests/system/support/wire.hpp"

namespace berkeley::test {

class Thief {
  public:
    // The member should have been stopped.
    Thief(const std::filesystem::path& config, const std::filesystem::path& state_dir);

    const std::string& name() const { return config_.node.name; }
    const Certificate& certificate() const { return *identity_.certificate; }
    const SecretKey& key() const { return identity_.key; }
    std::uint64_t known_term() const { return saved_.term; }

    // With the stolen key, to whoever has `receiver`, in the name of `from` to `to`.
    Bytes sealed(std::string_view from, std::string_view to, const PublicKey& receiver,
                 const Message& message, std::uint64_t term = 1, std::uint64_t epoch = 1) const;
    // By its own name, to its candidate.
    Bytes to_master(const Message& message, std::uint64_t term = 1, std::uint64_t epoch = 1) const;

    void send(const Bytes& bytes, std::uint16_t port) { wire_.send(bytes, port); }
    void send_to_master(const Bytes& bytes) { send(bytes, master_port()); }
    std::uint16_t master_port() const { return config_.candidates.front().port; }

    // Sends a Join and does with its answer what is to be done, for as long as it takes. What the
    // last answer was; nothing if there was none.
    std::optional<Message> ask(const Join& join, std::string_view as);
    Join own_join() const;

    // Comes in and is a member for so long. Each Reply is an honest one that `bend` may change.
    using Bend = std::function<void(Reply&)>;
    void join();
    void play(Seconds time, const Bend& bend = {});

    const Poll& last_poll() const { return last_poll_; }
    const std::vector<Bytes>& heard() const { return heard_; }
    const std::vector<Bytes>& said() const { return said_; }
    int copies = 1;  // of each Reply; the later ones tell of another time

  private:
    void take(const Wire::Received& received);
    void hear(const Bytes& bytes, const Bend& bend);
    void answer(const Poll& poll, const Bend& bend);
    std::optional<Message> next_message(Seconds within);
    bool is_of_own_session(const Message& message) const;

    Config config_;
    Identity identity_;
    SavedState saved_;
    Wire wire_;
    Session session_ = 0;
    Sequence answered_ = 0;
    RawTime answered_at_;
    RawTime heard_at_;  // the last datagram
    Poll last_poll_;
    std::vector<Bytes> heard_;
    std::vector<Bytes> said_;
};

}  // namespace berkeley::test
