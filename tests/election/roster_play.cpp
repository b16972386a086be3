#include "tests/election/roster_play.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "tests/election/roster_cast.hpp"

namespace berkeley::test {
namespace {

constexpr SteadyTime kBeginning{10'000'000'000};

bool answers_canvass(const RosterSay& say) {
    return say.answer == RosterAnswer::would_sign || say.answer == RosterAnswer::signed_another;
}

}  // namespace

RosterPlay::RosterPlay(const Shape& shape)
    : cast_(std::make_shared<Cast>(shape)), left_(shape.budget) {
    for (std::uint8_t node = 0; node < kNodes; ++node)
        locals_[node] = cast_->beginning(node);
    came_to_be_[0] = cast_->local(locals_[0]).roster;
}

SteadyTime RosterPlay::now(std::uint8_t node) const {
    const bool stopped = node == cast_->shape().stopped_clock;
    return kBeginning + (stopped ? ticks_before_ : ticks_) * kTick;
}

bool RosterPlay::leads(std::uint8_t node) const {
    return now(node) < cast_->local(locals_[node]).lease_end;
}
RosterSerial RosterPlay::held(std::uint8_t node) const {
    return cast_->local(locals_[node]).held;
}
RosterSerial RosterPlay::goes_by(std::uint8_t node) const {
    return cast_->local(locals_[node]).goes_by;
}

// ---- moves

void RosterPlay::moves(std::vector<Move>& into) const {
    into.clear();
    for (std::uint8_t node = 0; node < kNodes; ++node) {
        if (node != cast_->shape().gone)
            moves_of(node, into);
    }
    std::erase_if(into, [this](const Move& move) { return !changes_anything(move); });
    if (left_.ticks > 0)
        into.push_back({});
}

void RosterPlay::moves_of(std::uint8_t node, std::vector<Move>& into) const {
    const Cast::Local& local = cast_->local(locals_[node]);
    for (const std::uint16_t packet : cast_->inbox(inboxes_[node]))
        into.push_back({CueKind::deliver, node, packet});
    if (now(node) >= local.timer_at && (local.leading || left_.elections > 0))
        into.push_back({CueKind::timer, node, 0});
    if (local.proposes && now(node) >= local.office_timer_at)
        into.push_back({CueKind::office_timer, node, 0});
    lessons_of(node, into);
    if (local.saves)
        into.push_back({CueKind::saved, node, 0});
    if (local.succeeding)
        into.push_back({CueKind::take_up, node, 0});
    if (local.saves_again)
        into.push_back({CueKind::save_again, node, 0});
    if (local.saves && left_.failures > 0) {
        into.push_back({CueKind::fail_to_save, node, 0});
        into.push_back({CueKind::fail_to_tell, node, 0});
    }
    if (left_.crashes > 0)
        into.push_back({CueKind::crash, node, 0});
    if (left_.crashes > 0 && local.saves)
        into.push_back({CueKind::late_crash, node, 0});
    if (leads(node))
        moves_of_master(node, into);
}

// Of who tell the same, one is asked.
void RosterPlay::lessons_of(std::uint8_t node, std::vector<Move>& into) const {
    const std::size_t next = cast_->local(locals_[node]).known + std::size_t{1};
    if (next >= kMostSerials)
        return;
    std::array<std::uint16_t, kNodes> told{};
    for (std::uint8_t other = 0; other < kNodes; ++other) {
        const std::uint16_t offer = cast_->local(locals_[other]).offers[next];
        if (offer == 0 || std::ranges::find(told, offer) != told.end())
            continue;
        told[other] = offer;
        into.push_back({CueKind::learn, node, other});
    }
}

void RosterPlay::moves_of_master(std::uint8_t node, std::vector<Move>& into) const {
    const Cast::Local& local = cast_->local(locals_[node]);
    if (left_.wishes > 0) {
        for (std::uint16_t wish = 0; wish < cast_->shape().wishes.size(); ++wish)
            into.push_back({CueKind::want, node, wish});
        if (local.proposes)
            into.push_back({CueKind::give_up, node, 0});
    }
    if (left_.handovers > 0)
        into.push_back({CueKind::resign, node, 0});
    for (std::uint8_t other = 0; other < kNodes; ++other) {
        if (other == node)
            continue;
        if (left_.polls > 0)
            into.push_back({CueKind::poll, node, other});
        if (left_.handovers > 0)
            into.push_back({CueKind::hand_over, node, other});
    }
}

void RosterPlay::pay_for(const Move& move) {
    switch (move.kind) {
        case CueKind::timer:
            if (!cast_->local(locals_[move.who]).leading && left_.elections > 0)
                --left_.elections;
            break;
        case CueKind::want:
        case CueKind::give_up:
            --left_.wishes;
            break;
        case CueKind::fail_to_save:
        case CueKind::fail_to_tell:
            --left_.failures;
            break;
        case CueKind::crash:
        case CueKind::late_crash:
            --left_.crashes;
            break;
        case CueKind::poll:
            --left_.polls;
            break;
        case CueKind::hand_over:
        case CueKind::resign:
            --left_.handovers;
            break;
        default:
            break;
    }
}

const CastStep& RosterPlay::step(const Move& move) const {
    Move cue = move;
    const std::uint32_t local = locals_[move.who];
    if (move.kind == CueKind::learn)
        cue.what = cast_->local(locals_[move.what])
                       .offers[static_cast<std::size_t>(cast_->local(local).known + 1)];
    return cast_->step(move.who, local, cue, now(move.who));
}

void RosterPlay::make(const Move& move) {
    if (move.who == kNobody) {
        --left_.ticks;
        ticks_ = static_cast<std::uint8_t>(ticks_ + cast_->shape().ticks_at_once);
        return check_masters();
    }
    pay_for(move);
    const CastStep& step = this->step(move);
    if (move.kind == CueKind::deliver && !cast_->shape().datagrams_stay)
        inboxes_[move.who] = cast_->without(inboxes_[move.who], move.what);
    const RosterSerial held_before = cast_->local(locals_[move.who]).held;
    locals_[move.who] = step.next;
    for (const std::uint16_t packet : step.sent)
        carry(cast_->packet(packet), packet);
    check_roster(move.who, held_before);
    check_masters();
}

void RosterPlay::carry(const RosterPacket& packet, std::uint16_t id) {
    const auto* answer = std::get_if<VoteAnswer>(&packet.content);
    const auto* reply = std::get_if<RosterReply>(&packet.content);
    const auto* say = std::get_if<RosterSay>(&packet.content);
    const bool refuses = (answer != nullptr && !answer->granted) ||
                         (reply != nullptr && !reply->standing.promises) ||
                         (say != nullptr && !say->signature && !answers_canvass(*say));
    if (!refuses || cast_->shape().refusals_arrive)
        inboxes_[packet.to] = cast_->with(inboxes_[packet.to], id);
}

bool RosterPlay::changes_anything(const Move& move) const {
    const CastStep& step = this->step(move);
    return step.next != locals_[move.who] || !step.sent.empty();
}

// ---- checks

void RosterPlay::violate(std::string what) {
    if (violation_.empty())
        violation_ = std::move(what);
}

void RosterPlay::check_masters() {
    std::string masters;
    for (std::uint8_t node = 0; node < kNodes; ++node) {
        const Cast::Local& local = cast_->local(locals_[node]);
        if (leads(node))
            masters += name_of(node);
        if (!local.leading)
            continue;
        std::uint8_t& elected = elected_.at(local.term);
        if (elected == 0)
            elected = static_cast<std::uint8_t>(node + 1);
        if (elected != node + 1)
            violate(fmt::format("two masters in term {}", local.term));
        if (leads(node) && node != cast_->shape().stopped_clock &&
            local.goes_by + 2U < came_to_be_.size() && came_to_be_[local.goes_by + 2U] != 0)
            violate(fmt::format("{} leads by roster {}, and roster {} came to be", name_of(node),
                                local.goes_by, local.goes_by + 2));
    }
    if (masters.size() > 1 && cast_->shape().stopped_clock == kNobody)
        violate(fmt::format("{} hold leases at the same time", masters));
}

bool RosterPlay::came_back(std::uint8_t who, RosterSerial serial) const {
    bool was_one = false;
    bool was_none_then = false;
    for (std::size_t each = 0; each < serial; ++each) {
        const bool is_one =
            cast_->roster(came_to_be_[each]).find(name_of(who)) != std::string::npos;
        was_none_then = was_none_then || (was_one && !is_one && came_to_be_[each] != 0);
        was_one = was_one || is_one;
    }
    return was_none_then &&
           cast_->roster(came_to_be_[serial]).find(name_of(who)) != std::string::npos;
}

void RosterPlay::check_roster(std::uint8_t node, RosterSerial held_before) {
    const Cast::Local& local = cast_->local(locals_[node]);
    if (local.held < held_before)
        violate(fmt::format("{} lost roster {}", name_of(node), held_before));
    std::uint8_t& known = came_to_be_.at(local.held);
    if (known == local.roster)
        return;
    if (known != 0)
        return violate(fmt::format("two rosters: {} and {}", cast_->roster(known),
                                   cast_->roster(local.roster)));
    known = local.roster;
    for (std::uint8_t who = 0; who < kNodes; ++who) {
        if (came_back(who, local.held))
            violate(fmt::format("{} came back", name_of(who)));
    }
    if (cast_->shape().goal == local.held)
        violate(fmt::format("roster {} came to be", cast_->roster(local.roster)));
}

// ---- to come to where a search begins

void RosterPlay::tick() {
    ticks_before_ = ++ticks_;
    check_masters();
}

void RosterPlay::deliver_last(std::uint8_t from, std::uint8_t to) {
    const std::vector<std::uint16_t>& inbox = cast_->inbox(inboxes_[to]);
    std::optional<std::uint16_t> last;
    for (const std::uint16_t packet : inbox) {
        if (cast_->packet(packet).from == from)
            last = std::max(last.value_or(0), packet);
    }
    ensure(last.has_value(), "no such packet in this play");
    make({CueKind::deliver, to, *last});
}

void RosterPlay::elect(std::uint8_t node, std::vector<std::uint8_t> voters) {
    make({CueKind::timer, node, 0});
    for (const std::uint8_t voter : voters) {
        deliver_last(node, voter);
        deliver_last(voter, node);
    }
    ensure(leads(node), "the play begins with a master");
}

void RosterPlay::keep(std::uint8_t master, std::vector<std::uint8_t> voters, int ticks) {
    for (int i = 0; i < ticks; ++i) {
        tick();
        for (const std::uint8_t voter : voters)
            poll(master, voter);
    }
}

void RosterPlay::want(std::uint8_t master, WantedChange change) {
    const auto& wishes = cast_->shape().wishes;
    const auto at = std::ranges::find_if(wishes, [&](const WantedChange& each) {
        return each.step == change.step && each.node == change.node;
    });
    ensure(at != wishes.end(), "a wish of the play's");
    left_.wishes = 1;
    make({CueKind::want, master, static_cast<std::uint16_t>(at - wishes.begin())});
}

void RosterPlay::have_signed(std::uint8_t master, WantedChange change, std::uint8_t signer) {
    want(master, change);
    deliver_last(master, signer);
    deliver_last(signer, master);
    deliver_last(master, signer);
    save(signer);
}

void RosterPlay::sign(std::uint8_t master, WantedChange change, std::vector<std::uint8_t> signers) {
    want(master, change);
    for (const std::uint8_t signer : signers) {
        deliver_last(master, signer);
        deliver_last(signer, master);
    }
    for (const std::uint8_t signer : signers) {
        deliver_last(master, signer);
        save(signer);
        deliver_last(signer, master);
    }
}

void RosterPlay::change(std::uint8_t master, WantedChange change, std::vector<std::uint8_t> signers,
                        std::vector<std::uint8_t> learners) {
    sign(master, change, std::move(signers));
    save(master);
    for (const std::uint8_t learner : learners) {
        learn(learner, master);
        save(learner);
    }
}

void RosterPlay::save(std::uint8_t node) {
    if (cast_->local(locals_[node]).saves)
        make({CueKind::saved, node, 0});
}

void RosterPlay::poll(std::uint8_t master, std::uint8_t node) {
    left_.polls = 1;
    make({CueKind::poll, master, node});
    deliver_last(master, node);
    if (cast_->local(locals_[node]).candidate)
        deliver_last(node, master);
}

}  // namespace berkeley::test
