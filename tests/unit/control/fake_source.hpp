// A daemon's state, made up.
#pragma once

#include <fmt/format.h>

#include "daemon/control/operations.hpp"
#include "daemon/control/state_source.hpp"
#include "daemon/core/trust/text_form.hpp"
#include "tests/support/sample_trust.hpp"

namespace berkeley {

class FakeSource : public StateSource {
  public:
    FakeSource() {
        node.role = Role::master;
        node.state = NodeState::synchronized;
        node.cluster = "lab";
        node.node = "node1";
        node.master = "node1";
        node.candidates = {"node1"};
        node.term = 3;
        node.epoch = 1;
        node.offset = Duration(-12'345);
        node.bound = Duration(84'100);
        node.frequency = 37.012e-6;
        node.members = 2;
        node.counted = 1;
        list.push_back({"node1", std::nullopt, MemberState::trusted, Duration(-12'345),
                        Duration(1200), Duration(84'100), std::nullopt, 37.012e-6, Counted::yes,
                        ""});
        Endpoint there;
        there.address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 2};
        there.port = 10525;
        list.push_back({"node2", there, MemberState::silent, std::nullopt, std::nullopt,
                        std::nullopt, Duration(203'000), std::nullopt, Counted::no,
                        "no answer for 40 s: is UDP 10525 open there?"});
    }

    NodeStatus status() override { return node; }
    std::vector<MemberStatus> members() override { return list; }
    Tracking tracking() override { return counters; }
    std::int64_t host_raw_ns() override { return host_raw; }
    CandidatesStatus candidates() override { return roster; }
    tl::expected<std::vector<InvitationStatus>, std::string> invitations() override {
        if (!no_candidate.empty())
            return tl::unexpected(no_candidate);
        return std::vector<InvitationStatus>{{{0xab}, true, 3599'100ms, std::nullopt, true},
                                             {{0xcd}, false, 5s, "node3"}};
    }
    tl::expected<std::vector<EnrolledNode>, std::string> enrolled() override {
        if (!no_candidate.empty())
            return tl::unexpected(no_candidate);
        const PublicKey key = test::secret_key(test::kMemberSeed).public_key();
        return std::vector<EnrolledNode>{{"node3", key, true, false}, {"node4", {}, false, true}};
    }

    NodeStatus node;
    CandidatesStatus roster;
    std::vector<MemberStatus> list;
    Tracking counters;
    std::int64_t host_raw = 77;
    std::string no_candidate;  // who to ask instead; empty: this node is one
};

// Does nothing, and remembers what it was asked to do and by whom.
class FakeOperations : public Operations {
  public:
    tl::expected<std::size_t, std::string> poll(const Caller& caller) override {
        note("poll", caller);
        return refusal.empty() ? tl::expected<std::size_t, std::string>(2)
                               : tl::unexpected(refusal);
    }
    tl::expected<Duration, std::string> step(const Caller& caller) override {
        note("step", caller);
        return refusal.empty() ? tl::expected<Duration, std::string>(-1500ms)
                               : tl::unexpected(refusal);
    }
    tl::expected<std::string, std::string> hand_over(const Caller& caller,
                                                     const std::string& to) override {
        note("handover " + to, caller);
        return refusal.empty() ? tl::expected<std::string, std::string>(to.empty() ? "node2" : to)
                               : tl::unexpected(refusal);
    }
    tl::expected<PlannedMove, std::string> set_time(const Caller& caller, const MoveWish& wish,
                                                    bool dry_run) override {
        const std::string what =
            wish.to ? "to " + std::to_string(wish.to->ns) : "by " + std::to_string(wish.by.count());
        const std::string way = !wish.way ? "" : wish.way == MoveWay::step ? " step" : " slew";
        note((dry_run ? "plan " : "move ") + what + way, caller);
        if (!refusal.empty())
            return tl::unexpected(refusal);
        PlannedMove planned;
        planned.move = {{3, 2},
                        ClusterTime{1'790'000'000'000'000'000},
                        wish.by,
                        wish.way.value_or(MoveWay::slew),
                        false};
        planned.in = 10s;
        planned.settling = 22s;
        planned.warnings = {"mind this"};
        return planned;
    }
    tl::expected<void, std::string> recall_move(const Caller& caller) override {
        note("recall", caller);
        return refusal.empty() ? tl::expected<void, std::string>() : tl::unexpected(refusal);
    }
    tl::expected<Forming, std::string> form(const Caller& caller) override {
        note("form", caller);
        return refusal.empty() ? tl::expected<Forming, std::string>(Forming{true, "1 of 5"})
                               : tl::unexpected(refusal);
    }
    tl::expected<Reloaded, std::vector<std::string>> reload(const Caller& caller) override {
        note("reload", caller);
        if (!refusal.empty())
            return tl::unexpected(std::vector<std::string>{refusal, "another"});
        return Reloaded{{"expect"}, {"listen", "name"}};
    }
    void set_log_level(const Caller& caller, Priority level) override {
        note("loglevel " + std::string(name_of(level)), caller);
    }
    tl::expected<std::string, std::string> invite(const Caller& caller,
                                                  const InvitationTerms& terms) override {
        note(fmt::format("invite {} {}{}", terms.votes, terms.lasts.count(),
                         terms.candidate ? " to be a candidate" : ""),
             caller);
        return refusal.empty() ? tl::expected<std::string, std::string>("berkeleyd-invitation-1:x")
                               : tl::unexpected(refusal);
    }
    tl::expected<Revoked, std::string> revoke(const Caller& caller, const NodeOrKey& who) override {
        const auto* name = std::get_if<NodeName>(&who);
        const PublicKey key = test::secret_key(test::kMemberSeed).public_key();
        note(name != nullptr ? "revoke " + std::string(name->view())
                             : "revoke " + to_text(std::get<PublicKey>(who)),
             caller);
        return refusal.empty() ? tl::expected<Revoked, std::string>(Revoked{"node3", key})
                               : tl::unexpected(refusal);
    }
    tl::expected<RosterSerial, std::string> promote(const Caller& caller, const NodeName& node,
                                                    const std::string& host,
                                                    std::uint16_t port) override {
        note(fmt::format("promote {} '{}' {}", node.view(), host, port), caller);
        return begun();
    }
    tl::expected<RosterSerial, std::string> retire(const Caller& caller, const NodeName& node,
                                                   bool distrust, bool force) override {
        note(fmt::format("retire {} {} {}", node.view(), distrust, force), caller);
        return begun();
    }
    void refused(const Caller& caller, std::string_view method) override {
        note("refused " + std::string(method), caller);
    }

    std::string refusal;
    std::vector<std::string> asked;  // "poll by 0"

  private:
    tl::expected<RosterSerial, std::string> begun() const {
        return refusal.empty() ? tl::expected<RosterSerial, std::string>(RosterSerial{3})
                               : tl::unexpected(refusal);
    }
    void note(const std::string& what, const Caller& caller) {
        asked.push_back(what + " by " + std::to_string(caller.uid));
    }
};

}  // namespace berkeley
