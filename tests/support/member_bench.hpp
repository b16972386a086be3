// A member on the bench, with its master played by hand.
#pragma once

#include "daemon/core/node/following.hpp"
#include "tests/support/node_bench.hpp"

namespace berkeley::test {

inline constexpr Reign kReign = 500;
inline const Endpoint kMaster = endpoint(9);

// A member that has started and knows where its master is.
class MemberBench : public NodeBench {
  public:
    explicit MemberBench(const NodeSettings& settings = bench_settings("m1"),
                         const SavedState& saved = {}, SystemTime system = kBenchStart)
        : NodeBench(settings, system) {
        start(saved);
        feed(CandidateResolved{now(), "master", kMaster});
    }

    Join last_join() { return sent_of<Join>().back(); }
    Reply last_reply() { return sent_of<Reply>().back(); }

    Poll next_poll(Session of) {
        Poll poll;
        poll.session = of;
        poll.reign = kReign;
        poll.sequence = ++sequence_;
        poll.next_poll = 1s;
        poll.bulletin.members = 5;
        poll.bulletin.counted = 4;
        poll.bulletin.expected = 5;
        return poll;
    }

    void tell(const Message& message) {
        receive(sealed(message, "master", "m1", term, epoch), kMaster);
    }

    // Joined, and polled once; every later poll is of this session.
    void get_in_touch() {
        pass(1ms);
        session = last_join().session;
        tell(next_poll(session));
        ensure(status().master.has_value(), "the member does not believe its master");
        pass(kAnswersAfter);
    }

    // With the master's stamps of the last exchange, whose ways took so long.
    Poll next_poll_of(Duration there, Duration back) {
        Poll poll = next_poll(session);
        poll.last_sequence = last_reply().sequence;
        poll.last_sent = last_reply().poll_received - there;
        poll.last_received = last_reply().raw + back;
        return poll;
    }

    // Cluster time `offset` ahead of its system clock now.
    BoundedLine line(Duration offset, Duration bound = 100us) {
        return {{raw(), ClusterTime{now().system.ns} + offset, 0}, bound, 120 * kPpm, 1us};
    }

    void correct(const BoundedLine& correction) {
        Poll poll = next_poll(session);
        poll.correction = correction;
        tell(poll);
    }

    DropCounters dropped() { return tracking().dropped; }

    Session session = 0;
    std::uint64_t term = 1;
    std::uint64_t epoch = 1;

  private:
    Sequence sequence_ = 0;
};

}  // namespace berkeley::test
