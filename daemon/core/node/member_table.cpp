#include "daemon/core/node/member_table.hpp"

#include <algorithm>

namespace berkeley {

Member* MemberTable::find(NodeId id) {
    const auto found = by_id_.find(id.value);
    return found == by_id_.end() ? nullptr : found->second;
}

Member* MemberTable::in_slot(std::size_t slot) {
    return slot < slots_.size() ? slots_[slot].get() : nullptr;
}

Member* MemberTable::add(NodeId id) {
    if (Member* known = find(id))
        return known;
    if (all_.size() >= limit_)
        return nullptr;
    if (free_slots_.empty()) {
        free_slots_.push_back(slots_.size());
        slots_.emplace_back();
    }
    const std::size_t slot = free_slots_.back();
    free_slots_.pop_back();
    slots_[slot] = std::make_unique<Member>();
    Member* member = slots_[slot].get();
    member->id = id;
    member->slot = slot;
    by_id_.emplace(id.value, member);
    all_.push_back(member);
    return member;
}

void MemberTable::remove_if(const std::function<bool(const Member&)>& gone) {
    std::erase_if(all_, [this, &gone](const Member* member) {
        if (!gone(*member))
            return false;
        const std::size_t slot = member->slot;
        by_id_.erase(member->id.value);
        slots_[slot].reset();
        free_slots_.push_back(slot);
        return true;
    });
}

void MemberTable::clear() {
    all_.clear();
    by_id_.clear();
    slots_.clear();
    free_slots_.clear();
    due_ = {};
}

void MemberTable::poll_at(Member& member, RawTime due) {
    member.poll_due = due;
    due_.push({due, member.id});
}

Member* MemberTable::next_due(RawTime now) {
    while (!due_.empty() && due_.top().at <= now) {
        Member* member = current(due_.top());
        due_.pop();
        if (member != nullptr)
            return member;
    }
    return nullptr;
}

std::optional<RawTime> MemberTable::earliest_due() {
    while (!due_.empty()) {
        if (current(due_.top()) != nullptr)
            return due_.top().at;
        due_.pop();
    }
    return std::nullopt;
}

// An entry that a later poll_at replaced, or whose member is gone, is void.
Member* MemberTable::current(const Due& due) {
    Member* member = find(due.id);
    return member != nullptr && member->poll_due == due.at ? member : nullptr;
}

}  // namespace berkeley
