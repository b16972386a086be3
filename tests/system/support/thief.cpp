#include "tests/system/support/thief.hpp"

#include <stdexcept>

#include <poll.h>
#include <sodium/randombytes.h>

#include "daemon/files/config_files.hpp"
#include "daemon/platform/raw_clock.hpp"
#include "daemon/platform/state_file.hpp"
#include "tests/system/support/node_process.hpp"

namespace berkeley::test {
namespace {

constexpr std::size_t kMostKept = 1000;

template <class Value, class Error>
Value taken(tl::expected<Value, Error> value, const char* what) {
    if (!value)
        throw std::runtime_error(what);
    return std::move(*value);
}

Config config_of(const std::filesystem::path& file) {
    const auto sources = taken(read_config_files(file), "no configuration on the stolen disk");
    return taken(parse_config(sources, config_defaults()), "no good configuration on it");
}

std::uint64_t random_number() {
    std::uint64_t number = 0;
    randombytes_buf(&number, sizeof number);
    return number | 1;
}

void keep(std::vector<Bytes>& all, const Bytes& one) {
    if (all.size() < kMostKept)
        all.push_back(one);
}

}  // namespace

Thief::Thief(const std::filesystem::path& config, const std::filesystem::path& state_dir)
    : config_(config_of(config)),
      identity_(taken(read_identity(config_), "no key and certificate on the stolen disk")),
      saved_(taken(load_state(state_dir / "state.json", {boot_id(), current_clocksource()}),
                   "no state on the stolen disk")) {}

Bytes Thief::sealed(std::string_view from, std::string_view to, const PublicKey& receiver,
                    const Message& message, std::uint64_t term, std::uint64_t epoch) const {
    const Datagram datagram = encode({id_of(from), id_of(to), term, epoch}, message);
    Bytes bytes(datagram.begin(), datagram.end());
    const auto shared = pair_key(identity_.key, receiver);
    if (shared)
        seal(bytes, sealing_key(*shared, config_.node.cluster, id_of(from), id_of(to)));
    return bytes;
}

Bytes Thief::to_master(const Message& message, std::uint64_t term, std::uint64_t epoch) const {
    return sealed(name(), config_.candidates.front().name, config_.candidate_keys.front(), message,
                  term, epoch);
}

Join Thief::own_join() const {
    Join join;
    join.session = random_number();
    join.oscillator = 1;
    join.name = *NodeName::from(name());
    join.certificate = identity_.certificate;
    return join;
}

std::optional<Message> Thief::next_message(Seconds within) {
    std::optional<Message> message;
    wait_until(
        within,
        [this, &message] {
            const auto received = wire_.receive();
            if (!received)
                return false;
            take(*received);
            const auto envelope = decode(received->bytes);
            if (envelope && !is_of_own_session(envelope->message))
                message = envelope->message;
            return message.has_value();
        },
        Seconds{0.001});
    return message;
}

// The master polls the member while somebody asks by another name.
bool Thief::is_of_own_session(const Message& message) const {
    const auto* poll = std::get_if<Poll>(&message);
    return poll != nullptr && session_ != 0 && poll->session == session_;
}

std::optional<Message> Thief::ask(const Join& join, std::string_view as) {
    constexpr Seconds kPatience{3};
    const CandidateAddress& master = config_.candidates.front();
    const auto send_join = [this, &as, &master](const Join& each) {
        send_to_master(sealed(as, master.name, config_.candidate_keys.front(), each));
    };
    while (wire_.receive()) {
    }
    send_join(join);
    auto answer = next_message(kPatience);
    if (!answer || !std::holds_alternative<Retry>(*answer))
        return answer;
    Join again = join;
    again.cookie = std::get<Retry>(*answer).cookie;
    send_join(again);
    const auto second = next_message(kPatience);
    return second ? second : answer;
}

void Thief::join() {
    const Join join = own_join();
    const auto answer = ask(join, name());
    if (!answer || !std::holds_alternative<Poll>(*answer))
        throw std::runtime_error("the stolen member is not let in");
    session_ = join.session;
    this->answer(std::get<Poll>(*answer), {});
}

void Thief::play(Seconds time, const Bend& bend) {
    const Stopwatch watch;
    while (watch.seconds() < time.count()) {
        pollfd waiting{wire_.fd(), POLLIN, 0};
        poll(&waiting, 1, 10);
        while (const auto received = wire_.receive()) {
            take(*received);
            hear(received->bytes, bend);
        }
    }
}

void Thief::take(const Wire::Received& received) {
    keep(heard_, received.bytes);
    const ClockReading now = reading_of_machine();
    const std::int64_t ago = received.system_ns == 0 ? 0 : now.system_ns - received.system_ns;
    heard_at_ = RawTime{now.host_raw_ns - ago};
}

void Thief::hear(const Bytes& bytes, const Bend& bend) {
    const auto envelope = decode(bytes);
    if (!envelope)
        return;
    const auto* poll = std::get_if<Poll>(&envelope->message);
    if (poll != nullptr && poll->session == session_)
        answer(*poll, bend);
}

void Thief::answer(const Poll& poll, const Bend& bend) {
    last_poll_ = poll;
    const ClockReading now = reading_of_machine();
    Reply reply;
    reply.session = poll.session;
    reply.reign = poll.reign;
    reply.sequence = poll.sequence;
    reply.poll_received = heard_at_;
    reply.raw = RawTime{now.host_raw_ns};
    reply.system = SystemTime{now.system_ns};
    reply.last_sequence = answered_;
    reply.last_sent = answered_at_;
    reply.stamp_error = 2us;
    for (int copy = 0; copy < copies; ++copy) {
        Reply said = reply;
        said.system = said.system + copy * 1h;
        if (bend)
            bend(said);
        const Bytes bytes = to_master(said);
        keep(said_, bytes);
        // Before it leaves, or a moment without the processor would make the way back too short.
        answered_at_ = RawTime{reading_of_machine().host_raw_ns};
        send_to_master(bytes);
    }
    answered_ = poll.sequence;
}

}  // namespace berkeley::test
