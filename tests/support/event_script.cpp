#include "tests/support/event_script.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <vector>

#include "daemon/core/node/node.hpp"
#include "tests/support/byte_script.hpp"
#include "tests/support/node_bench.hpp"
#include "tests/support/script_peer.hpp"
#include "tests/support/script_values.hpp"

namespace berkeley::test {
namespace {

constexpr std::array<const char*, 4> kPeers{"m1", "m2", "m3", "m4"};

class Player {
  public:
    Player(Role role, ByteScript script)
        : script_(script),
          role_(role),
          self_(role == Role::master ? "master" : "m1"),
          self_id_(id_of(self_)),
          settings_(any_settings(script_, self_)),
          node_(settings_) {
        now_.raw = RawTime{1'000'000'000'000};
        now_.system = kBenchStart;
        for (std::size_t i = 0; i < peers_.size(); ++i) {
            peers_[i].id = id_of(kPeers[i]);
            peers_[i].key = seal_of(kPeers[i], self_);
            peers_[i].raw_offset = 100s * static_cast<std::int64_t>(i);
        }
        master_.id = id_of("master");
        master_.key = seal_of("master", self_);
    }

    std::optional<std::string> play() {
        start();
        while (!script_.done() && !wrong_)
            one_event();
        if (!wrong_)
            look();
        if (!wrong_)
            handle(StopRequested{now_}, 0);
        return wrong_;
    }

  private:
    // ---- events

    void start() {
        Started started{now_, kernel_, {}, {}, SavedTrust{}};
        const std::uint8_t traits = script_.byte();
        stamps_ = (traits & 8) == 0;
        if (traits & 2)
            now_.system = started.now.system = script_.instant<SystemClock>();
        if (traits & 4)
            started.saved.floor = script_.instant<SystemClock>();
        if (traits & 1) {
            started.saved.term = script_.count();
            started.saved.epoch = script_.count();
            started.saved.rate = script_.rate() / 2;
            started.saved.roster = {"m1", "gone"};
        }
        if (traits & 16)
            started.trust.reset();
        handle(started, 0);
        if (role_ == Role::member)
            handle(CandidateResolved{now_, "master", endpoint(9)}, 0);
    }

    void one_event() {
        switch (script_.below(20)) {
            case 0:
            case 1:
            case 2:
                return honest_rounds();
            case 3:
                return ring();
            case 4:
                return pass(script_.number(std::int64_t{1} << 44));
            case 5:
                return hand_over(script_.some(256));
            case 6:
                return forge();
            case 7:
                return replay();
            case 8: {
                const std::size_t from = peer();
                return send(script_.below(8) == 0 ? peer() : from, peer_message(from));
            }
            case 9:
                return master_message();
            case 10:
                return stamp_sent();
            case 11:
                return set_clock();
            case 12:
                handle(RawClockBroken{now_, "script"}, 0);
                return;
            case 13:
                return change_kernel();
            case 14:
                return look();
            case 16:
                return enrol();
            case 17:
                return trust_word(script_.below(4));
            case 18:
                return out_of_the_past();
            case 19:
                return restart();
            default:
                return somebody_elses_word();
        }
    }

    // The resolver's, mostly; now and then the operator's.
    void somebody_elses_word() {
        const bool flag = script_.flag();
        const std::uint8_t which = script_.byte();
        if (several() && which < 150) {
            election_word();
        } else if (which < 180) {
            const char* who = flag ? "master" : kPeers[1 + which % 2];
            handle(CandidateResolved{now_, who, endpoint(which)}, 0);
        } else if (which < 190) {
            handle(PollRequested{now_}, 0);
        } else if (which < 200) {
            handle(any_operators_word(script_, now_, kernel_, node_.saved_state(now_)), 0);
        } else if (which < 248) {
            trust_word(which % 4U);
        } else {
            NodeSettings changed = any_settings(script_, self_);
            changed.poll_max = flag ? changed.poll_min : 1024s;
            handle(SettingsChanged{now_, changed}, 0);
        }
    }

    bool several() const { return settings_.candidates.size() > 1; }

    // Of another candidate; or the answer to its last question, or the disk's.
    void election_word() {
        const std::size_t from = 1 + script_.below(2);  // m2 or m3
        const std::size_t kind = script_.below(8);
        if (kind == 0) {
            const Term voted = node_.saved_state(now_).election.term;
            handle(StateSaved{now_, script_.flag() ? voted : script_.count(), script_.flag()}, 0);
        } else if (kind == 1) {
            handle(HandoverRequested{now_, script_.flag() ? "m2" : ""}, 0);
        } else if (kind == 3) {
            send(from, any_witness_word(script_, kPeers[from], inquired_, now_));
        } else if (kind == 2 && asked_) {
            const VoteWanted& asked = *asked_;
            send(from, VoteAnswer{asked.term, asked.binding, asked.asked_at, true, asked.term,
                                  Fitness::fit});
        } else {
            send(from, any_election_message(script_, self_id_, inquired_));
        }
    }

    // What it kept is all that it knows, and what was said before is said again.
    void restart() {
        Started started{now_, kernel_, {}, node_.saved_state(now_), SavedTrust{}};
        started.entropy.fill(++lives_);
        if (const Registry* registry = node_.registry();
            registry != nullptr && registry->readable())
            started.trust = registry->content();
        if (script_.flag())
            handle(StopRequested{now_}, 0);
        node_ = Node(settings_);
        for (ScriptPeer& peer : peers_)
            peer.joined = 0;
        handle(started, 0);
        if (role_ == Role::member)
            handle(CandidateResolved{now_, "master", endpoint(9)}, 0);
    }

    void pass(std::int64_t ns) {
        constexpr std::int64_t kLatest = kEnd<RawClock> - 1;
        const std::int64_t by = std::min(ns, kLatest - now_.raw.ns);
        now_.raw.ns += by;
        now_.system.ns = std::min(now_.system.ns + by, kEnd<SystemClock> - 1);
    }

    void ring() { handle(TimerFired{now_, kernel_}, 0); }

    // Time goes on and every peer does as it should, so that the rest meets a node in full swing.
    void honest_rounds() {
        for (std::size_t round = script_.below(32); round > 0 && !wrong_; --round) {
            pass(50'000'000);
            ring();
            if (role_ == Role::member) {
                const bool joining = std::exchange(new_join_, 0) != 0;
                if (joining)
                    sequence_ = 0;
                send_poll(honest_poll(), 1, 1);
                continue;
            }
            for (std::size_t i = 0; i < 3; ++i) {
                if (peers_[i].joined == 0)
                    send(i, honest_join(i));
                if (peers_[i].polled)
                    send(i, honest_reply(i));
            }
        }
    }

    void hand_over(std::span<const std::uint8_t> bytes) {
        const std::vector<std::uint8_t> copy(bytes.begin(), bytes.end());
        const RawStamp stamp{now_.raw, script_.flag() ? script_.duration() : 0ns,
                             script_.flag() ? StampSource::kernel : StampSource::program};
        handle(DatagramReceived{now_, stamp, endpoint(script_.byte()), copy}, 1);
    }

    // Bytes of the script behind a good header and under a good seal.
    void forge() {
        const ScriptPeer& from = role_ == Role::master ? peers_[peer()] : master_;
        Datagram datagram = sealed_by_peer(Leave{}, from, script_.count(), script_.count());
        datagram[5] = static_cast<std::uint8_t>(1 + script_.below(14));
        const auto body = script_.some(200);
        std::copy(body.begin(), body.end(), datagram.begin() + 40);
        if (script_.flag())
            seal(datagram, from.key);
        hand_over(datagram);
    }

    void replay() {
        if (heard_.empty())
            return;
        Datagram datagram = heard_[script_.below(heard_.size())];
        if (script_.flag())
            datagram[script_.byte()] ^= script_.byte();
        hand_over(datagram);
    }

    // Of long ago, perhaps of an earlier life.
    void out_of_the_past() {
        if (!past_.empty())
            hand_over(past_[script_.below(past_.size())]);
    }

    void remember(const Datagram& datagram) {
        if (past_.size() < 32)
            past_.push_back(datagram);
        heard_.push_back(datagram);
        if (heard_.size() > 32)
            heard_.pop_front();
    }

    void stamp_sent() {
        const std::uint64_t token = script_.flag() ? last_token_ : script_.count();
        const RawTime at = script_.flag() ? now_.raw : script_.instant<RawClock>();
        handle(DatagramSent{token, {at, script_.duration(), StampSource::kernel}}, 0);
    }

    void set_clock() {
        now_.system = script_.instant<SystemClock>();
        if (script_.flag())
            now_.suspended += Duration{script_.byte()};
        handle(ClockWasSet{now_, kernel_}, 0);
    }

    void change_kernel() {
        change(kernel_, script_);
        ring();
    }

    void look() { ask_everything(node_, now_); }

    // ---- messages

    std::size_t peer() { return script_.below(peers_.size()); }

    Datagram sealed_by_peer(const Message& message, const ScriptPeer& from, std::uint64_t term,
                            std::uint64_t epoch) const {
        Datagram datagram = encode({from.id, self_id_, term, epoch}, message);
        seal(datagram, from.key);
        return datagram;
    }

    void send(std::size_t from, const Message& message) {
        if (const auto* join = std::get_if<Join>(&message))
            peers_[from].joined = join->session;
        const bool extreme = script_.below(8) == 0;
        const Endpoint at = endpoint(static_cast<std::uint16_t>(from));
        const std::uint64_t term = extreme ? script_.count() : 1;
        const std::uint64_t epoch = extreme ? script_.count() : 1;
        deliver(sealed_by_peer(message, peers_[from], term, epoch), at);
        const auto* join = std::get_if<Join>(&message);
        if (join == nullptr || !peers_[from].retry)
            return;
        Join again = *join;
        again.cookie = std::exchange(peers_[from].retry, std::nullopt)->cookie;
        deliver(sealed_by_peer(again, peers_[from], 1, 1), at);
    }

    void send_poll(const Message& message, std::uint64_t term, std::uint64_t epoch) {
        deliver(sealed_by_peer(message, master_, term, epoch), endpoint(9));
    }

    void deliver(const Datagram& datagram, const Endpoint& from) {
        remember(datagram);
        handle(DatagramReceived{now_, {now_.raw, 0ns, StampSource::kernel}, from, datagram}, 1);
    }

    Join honest_join(std::size_t from) {
        Join join;
        join.session = 1 + next_session_++;
        join.oscillator = 1;
        join.name = *NodeName::from(kPeers[from]);
        join.certificate = certificate_for(kPeers[from]);
        return join;
    }

    Reply honest_reply(std::size_t from) { return peers_[from].honest_reply(now_); }

    Poll honest_poll() {
        Poll poll;
        poll.session = join_session_;
        poll.reign = 7;
        poll.sequence = ++sequence_;
        poll.next_poll = 1s;
        poll.correction = BoundedLine{{now_.raw, ClusterTime{now_.system.ns}, 0}, 1ms, 1e-4, 1us};
        return poll;
    }

    // A Join or Reply in which some fields are anything that the codec lets through.
    Message peer_message(std::size_t from) {
        if (!peers_[from].polled || script_.below(4) == 0) {
            Join join = bent(honest_join(from), script_);
            if (script_.below(4) == 0)
                join.certificate =
                    any_certificate(script_, kPeers[from], kPeers[(from + 1) % kPeers.size()]);
            return join;
        }
        if (script_.below(8) == 0)
            return Leave{peers_[from].polled->session, peers_[from].polled->reign};
        return bent(honest_reply(from), script_);
    }

    // ---- who comes and who goes for good

    void enrol() {
        if (invited_.empty()) {
            const bool candidate = script_.flag();
            handle(InvitationWanted{now_, candidate, 1h, candidate}, 0);
        }
        if (invited_.empty())
            return;
        const InvitationId id = invited_[script_.below(invited_.size())];
        const std::size_t from = peer();
        Enrol enrol{id, script_.count(), *NodeName::from(kPeers[from]),
                    public_key(kPeers[script_.flag() ? peer() : from])};
        Datagram datagram = encode({peers_[from].id, self_id_, 0, 0}, enrol);
        const InvitationSecret secret = invitation_secret(*node_key(self_), kBenchCluster, id);
        seal(datagram, enrolment_key(secret, kBenchCluster, peers_[from].id, self_id_));
        deliver(datagram, endpoint(static_cast<std::uint16_t>(from)));
    }

    void trust_word(std::size_t which) {
        if (which == 0)
            handle(InvitationWanted{now_, script_.flag(), script_.duration()}, 0);
        else if (which == 1)
            enrol();
        else if (which == 2)
            handle(
                RevocationWanted{now_, *NodeName::from(kPeers[peer()]), public_key(kPeers[peer()])},
                0);
        else
            handle(TrustSaved{now_, script_.flag() ? trust_generation_ : script_.count(),
                              script_.flag()},
                   0);
    }

    void master_message() {
        const Poll poll = bent(honest_poll(), script_);
        sequence_ = poll.sequence;
        const std::size_t kind = script_.below(16);
        const std::uint64_t term = script_.flag() ? script_.count() : 1;
        const std::uint64_t epoch = script_.flag() ? script_.count() : 1;
        if (kind == 0)
            send_poll(Leave{join_session_, 7}, term, epoch);
        else if (kind == 1)
            send_poll(Retry{join_session_, script_.count()}, term, epoch);
        else if (kind == 2)
            send_poll(Refusal{join_session_, static_cast<RefusalReason>(script_.below(7))}, term,
                      epoch);
        else
            send_poll(poll, term, epoch);
    }

    // ---- what the node does about it

    void handle(const Event& event, std::size_t most_sent) {
        std::vector<std::uint64_t> tokens;
        for (const Action& action : node_.handle(event)) {
            if (const auto* datagram = std::get_if<SendDatagram>(&action)) {
                tokens.push_back(datagram->token);
                look_at(*datagram);
            } else if (const auto* adjust = std::get_if<AdjustKernel>(&action)) {
                look_at(adjust->adjustment);
            } else if (const auto* save = std::get_if<SaveTrust>(&action)) {
                trust_generation_ = save->generation;
            } else if (const auto* made = std::get_if<InvitationMade>(&action)) {
                invited_.push_back(made->id);
            } else if (const auto* step = std::get_if<StepClock>(&action)) {
                const SystemTime stepped = now_.system + step->by;
                if (plausible(stepped))
                    now_.system = stepped;
                kernel_.slew_left = 0ns;
            }
        }
        // A candidate's word may make a node ask all the others.
        const std::size_t most = several() ? 8 * most_sent : most_sent;
        if (std::holds_alternative<DatagramReceived>(event) && tokens.size() > most)
            wrong_ = "one datagram was answered by several";
        if (!stamps_)
            return;
        for (const std::uint64_t token : tokens)
            node_.handle(DatagramSent{token, {now_.raw, 0ns, StampSource::kernel}});
    }

    void look_at(const SendDatagram& datagram) {
        last_token_ = datagram.token;
        remember(datagram.bytes);
        // Nobody can read it: allowed only where our own clocks read what nobody believes.
        const auto envelope = decode(datagram.bytes);
        if (!envelope)
            return;
        if (const auto* join = std::get_if<Join>(&envelope->message)) {
            const bool of_master = envelope->header.to == master_.id;
            (of_master ? join_session_ : inquired_) = join->session;
            new_join_ = of_master ? 1 : new_join_;
        }
        if (const auto* wanted = std::get_if<VoteWanted>(&envelope->message))
            asked_ = *wanted;
        if (const auto* inquiry = std::get_if<Inquiry>(&envelope->message))
            inquired_ = inquiry->session;
        for (std::size_t i = 0; i < peers_.size(); ++i) {
            if (envelope->header.to != peers_[i].id)
                continue;
            if (const auto* poll = std::get_if<Poll>(&envelope->message))
                peers_[i].polled = *poll;
            if (const auto* retry = std::get_if<Retry>(&envelope->message))
                peers_[i].retry = *retry;
        }
    }

    void look_at(const KernelAdjustment& adjustment) {
        if (auto fault = fault_of(adjustment))
            wrong_ = fault;
        kernel_.rate = adjustment.rate;
        kernel_.slew_left = adjustment.slew;
        kernel_.time_constant = adjustment.time_constant;
        kernel_.phase_locked = kernel_.frequency_held = true;
    }

    ByteScript script_;
    Role role_;
    std::string self_;
    NodeId self_id_;
    NodeSettings settings_;
    Node node_;
    Moment now_;
    KernelReading kernel_;
    std::array<ScriptPeer, kPeers.size()> peers_;
    ScriptPeer master_;
    std::deque<Datagram> heard_;  // lately
    std::vector<Datagram> past_;  // at first
    std::uint8_t lives_ = 0;
    std::uint64_t last_token_ = 0;
    std::uint64_t trust_generation_ = 0;
    std::vector<InvitationId> invited_;
    Session next_session_ = 0;
    Session join_session_ = 0;
    Sequence sequence_ = 0;
    int new_join_ = 0;
    std::optional<VoteWanted> asked_;
    Session inquired_ = 0;  // of another candidate, by Join or Inquiry
    bool stamps_ = true;    // whether sent datagrams are stamped
    std::optional<std::string> wrong_;
};

}  // namespace

std::optional<std::string> run_event_script(Role role, std::span<const std::uint8_t> bytes) {
    return Player(role, ByteScript(bytes)).play();
}

}  // namespace berkeley::test
