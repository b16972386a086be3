// One of three candidates a, b and c, or a member of theirs, on the bench; the others are played by
// hand.
#pragma once

#include <gtest/gtest.h>

#include "tests/support/node_bench.hpp"

namespace berkeley::test {

inline NodeSettings of_three(std::string name) {
    NodeSettings settings = bench_settings(std::move(name), "a");
    if (settings.name == "b" || settings.name == "c")
        settings.certificate.reset();
    for (const char* other : {"b", "c"})
        settings.candidates.push_back({other, public_key(other)});
    return settings;
}

class ThreeBench : public NodeBench {
  public:
    explicit ThreeBench(std::string name, const SavedState& saved = {})
        : NodeBench(of_three(name)), self_(std::move(name)) {
        start(saved);
        std::uint16_t port = 1;
        for (const char* candidate : {"a", "b", "c"})
            feed(CandidateResolved{now(), candidate, endpoint(port++)});
    }

    void tell(std::string_view from, const Message& message, Term term = 0,
              std::uint64_t epoch = 0) {
        const auto port = static_cast<std::uint16_t>(1 + from[0] - 'a');
        receive(sealed(message, from, self_, term, epoch), endpoint(port));
    }

    template <class Body>
    std::vector<Body> sent_to(std::string_view who) const {
        std::vector<Body> bodies;
        for (const Sent& each : sent) {
            const auto* body = std::get_if<Body>(&each.message);
            if (body != nullptr && each.header.to == id_of(who))
                bodies.push_back(*body);
        }
        return bodies;
    }

    // The two others vote for it.
    void elect() {
        for (int i = 0; i < 200 && status().role != Role::master; ++i) {
            sent.clear();
            pass(10ms);
            for (const Sent& each : std::vector<Sent>(sent)) {
                const auto* wanted = std::get_if<VoteWanted>(&each.message);
                if (wanted == nullptr)
                    continue;
                const std::string_view from = each.header.to == id_of("b") ? "b" : "c";
                tell(from, VoteAnswer{wanted->term, wanted->binding, wanted->asked_at, true,
                                      wanted->binding ? wanted->term : 0, Fitness::fit});
            }
        }
        ASSERT_EQ(status().role, Role::master) << status().reason;
    }

  private:
    std::string self_;
};

inline SavedState voted(Term term, std::string_view for_whom) {
    SavedState saved;
    saved.term = term;
    saved.election = {term, id_of(for_whom), 3500ms};
    return saved;
}

}  // namespace berkeley::test
