// A later roster is taken up. A master leads on by it, once the other candidates hold it and a
// majority of them stands by it; if it is a candidate no more, it hands over to one of them, and
// those who follow it wait for that. Any other node is made anew by it, as after a restart, from
// what it would have saved, and goes on following its master. One that handed over looks again with
// the next chores, lest it stand against its successor. The only candidate, whom those that it
// promoted do not stand by in time, leads no more: they may never have heard of him, and have to be
// asked for their votes.
#include <boost/asio/post.hpp>

#include "daemon/app/daemon.hpp"
#include "daemon/app/notices.hpp"
#include "daemon/config/roster.hpp"
#include "daemon/files/identity.hpp"
#include "daemon/platform/entropy.hpp"

namespace berkeley {
namespace {

constexpr Duration kLongestWait = 10s;  // for the other candidates

}  // namespace

void Daemon::carry_out(const SaveRoster& action) {
    roster_keeper_.store(action.generation, node_.saved_roster());
}

void Daemon::carry_out(const AdoptRoster&) {
    if (!succeeding_since_)
        succeeding_since_ = clock_->now().raw;
    boost::asio::post(context_, [this] { look_after_succession(); });
}

// The daemon's configuration, by the roster that the node holds.
Config Daemon::next_config() const {
    Config next = config_;
    take_roster(next, node_.roster().roster);
    next.node.roster_in_doubt = false;
    return next;
}

void Daemon::look_after_succession() {
    if (!running_ || !succeeding_since_)
        return;
    const Moment now = clock_->now();
    const RosterSucceeds succeeds = node_.roster_succeeds(now);
    switch (next_step(succeeds, now.raw - *succeeding_since_ < kLongestWait)) {
        case SuccessionStep::wait:
            return;  // it is looked at again with the chores
        case SuccessionStep::lead_on:
            if (roster_keeper_.finish() && node_.roster_succeeds(clock_->now()).leads_on)
                lead_on();
            return;
        case SuccessionStep::hand_over:
            return handle(HandoverRequested{now, succeeds.successor});
        case SuccessionStep::end_reign:
            handle(StopRequested{now});
            return begin_anew();
        case SuccessionStep::begin_anew:
            return begin_anew();
    }
}

// Checks all changes: for a start and a succession, not for each that asks.
void Daemon::note_roster() {
    const auto held = held_roster(config_, node_.saved_roster());
    roster_note_ = held ? held->note : "";
}

void Daemon::lead_on() {
    config_ = next_config();
    succeeding_since_.reset();
    handle(RosterTakenUp{clock_->now(), config_.node});
    resolver_.replace(all_but(config_.node.name, config_.candidates));
    note_roster();
}

// What a node that was no candidate has voted, as far as that may be said: nothing; it stands by
// the master that it follows. One that led alone was elected by nobody: it is as if it had voted
// for itself.
ElectionMemory Daemon::first_vote(const Moment& now) const {
    const ClockStanding standing = node_.clock_standing(now);
    if (standing.term == 0 || standing.master == NodeId{})
        return {};
    return {standing.term, standing.master, election_timing(config_.node.poll_max).promise};
}

void Daemon::begin_anew() {
    Started started;
    started.now = clock_->now();
    started.going_on = node_.going_on();
    started.bound = node_.bound(started.now);
    started.saved = node_.saved_state(started.now);
    const bool was_candidate = node_.registry() != nullptr;
    const bool voted = was_candidate && config_.node.candidates.size() > 1;
    Config next = next_config();
    const bool is_candidate =
        node_.roster().roster.rank_of(next.node.key->public_key()).has_value();
    if (is_candidate && !voted)
        started.saved.election = first_vote(started.now);
    keeper_.store(started.saved, started.now.steady());
    if (!keeper_.finish() || !trust_keeper_.finish() || !roster_keeper_.finish() ||
        (is_candidate && keeper_.fails()))
        return;  // what was promised is to be on disk; it is tried again with the chores
    if (is_candidate)
        next.node.certificate.reset();
    else if (was_candidate)
        next.node.certificate = certificate_of_once(next, *next.node.key);
    if (was_candidate)
        started.trust = node_.registry()->readable() ? std::optional(node_.registry()->content())
                                                     : std::nullopt;
    else if (is_candidate)
        started.trust = load_own_trust();
    started.roster = node_.saved_roster();
    started.kernel = clock_->read();
    fill_random(started.entropy);
    node_ = Node(next.node);
    config_ = std::move(next);
    succeeding_since_.reset();
    handle(started);
    resolver_.replace(all_but(config_.node.name, config_.candidates));
    note_roster();
}

std::optional<SavedTrust> Daemon::load_own_trust() {
    if (!trust_keeper_.has_file())
        return SavedTrust{};
    auto loaded = load_trust(trust_keeper_.file(), trust_keeper_.place());
    if (loaded)
        return *std::move(loaded);
    journal_.write(notice::trust_not_read(trust_keeper_.file(), loaded.error()));
    return std::nullopt;
}

RosterKeeper::Callbacks Daemon::roster_callbacks() {
    RosterKeeper::Callbacks callbacks;
    callbacks.saved = [this](std::uint64_t generation, bool good) {
        handle(RosterSaved{clock_->now(), generation, good});
    };
    callbacks.failed = [this](const std::string& message) {
        journal_.write(notice::roster_not_saved(roster_keeper_.file(), message));
    };
    callbacks.works_again = [this] {
        journal_.write(notice::roster_saved_again(roster_keeper_.file()));
    };
    return callbacks;
}

}  // namespace berkeley
