// The members, and which of them is to be polled next.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <span>
#include <unordered_map>
#include <vector>

#include "daemon/core/node/member.hpp"

namespace berkeley {

class MemberTable {
  public:
    explicit MemberTable(std::size_t limit) : limit_(limit) {}

    // nullptr if there is none; or, from `add`, if the table is full.
    Member* find(NodeId id);
    Member* in_slot(std::size_t slot);  // nullptr if it is empty
    Member* add(NodeId id);
    void remove_if(const std::function<bool(const Member&)>& gone);
    void clear();

    std::span<Member* const> all() const { return all_; }
    std::size_t size() const { return all_.size(); }

    // A member is polled once at the last time set for it.
    void poll_at(Member& member, RawTime due);
    Member* next_due(RawTime now);  // takes it; nullptr if none is due
    std::optional<RawTime> earliest_due();

  private:
    struct Due {
        RawTime at;
        NodeId id;
        bool operator>(const Due& other) const { return at > other.at; }
    };

    Member* current(const Due& due);

    std::size_t limit_;
    std::vector<std::unique_ptr<Member>> slots_;
    std::vector<std::size_t> free_slots_;
    std::unordered_map<std::uint64_t, Member*> by_id_;
    std::vector<Member*> all_;
    std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
};

}  // namespace berkeley
