// The players of all plays of one shape: each state that one of them was ever in, and what follows
// from a cue in it, which is asked of the real code once.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "tests/election/roster_play.hpp"

namespace berkeley::test {

inline constexpr std::size_t kMostSerials = 6;

struct CastStep {
    std::uint32_t next = 0;
    std::vector<std::uint16_t> sent;
};

class Cast {
  public:
    explicit Cast(const RosterPlay::Shape& shape);

    struct Local {
        std::unique_ptr<PlayerState> state;
        SteadyTime lease_end;  // of who does not lead: the beginning of time
        SteadyTime timer_at;
        SteadyTime office_timer_at;
        Term term = 0;  // that it leads in
        RosterSerial held = 0;
        RosterSerial goes_by = 0;
        RosterSerial known = 0;
        std::uint8_t roster = 0;  // which one is held
        bool leading = false;
        bool saves = false;
        bool proposes = false;
        bool saves_again = false;
        bool succeeding = false;
        bool candidate = false;
        std::array<std::uint16_t, kMostSerials> offers{};  // changes it tells, by their serial
    };
    // `what`: a packet, an offered change, another node or a wish.
    const CastStep& step(std::uint8_t node, std::uint32_t local, RosterPlay::Move move,
                         SteadyTime now);
    std::uint32_t beginning(std::uint8_t node) const { return beginnings_[node]; }
    const Local& local(std::uint32_t id) const { return locals_[id]; }

    std::uint32_t with(std::uint32_t inbox, std::uint16_t packet);
    std::uint32_t without(std::uint32_t inbox, std::uint16_t packet);
    const std::vector<std::uint16_t>& inbox(std::uint32_t id) const { return inboxes_[id]; }
    const RosterPacket& packet(std::uint16_t id) const { return packets_[id]; }
    const std::string& roster(std::uint8_t id) const { return rosters_[id]; }
    const RosterPlay::Shape& shape() const { return shape_; }
    std::size_t known() const { return locals_.size(); }

  private:
    using Print = std::pair<std::uint64_t, std::uint64_t>;

    std::uint32_t put_inbox(std::vector<std::uint16_t> packets);
    std::uint32_t put(std::uint8_t node, PlayerState state, SteadyTime now);
    std::uint16_t put(const RosterPacket& packet);
    std::uint16_t put(std::vector<std::uint8_t> change);
    std::uint8_t put(const Roster& roster);

    RosterPlay::Shape shape_;
    std::vector<std::unique_ptr<RosterPlayer>> players_;
    std::vector<std::uint32_t> beginnings_;
    std::vector<Local> locals_;
    std::map<Print, std::uint32_t> known_locals_;
    std::unordered_map<std::uint64_t, CastStep> steps_;
    std::vector<RosterPacket> packets_;
    std::map<Print, std::uint16_t> known_packets_;
    std::vector<std::vector<std::uint16_t>> inboxes_{{}};
    std::map<std::vector<std::uint16_t>, std::uint32_t> known_inboxes_{{{}, 0}};
    std::unordered_map<std::uint64_t, std::uint32_t> with_;
    std::unordered_map<std::uint64_t, std::uint32_t> without_;
    std::vector<std::vector<std::uint8_t>> changes_{{}};
    std::vector<std::string> rosters_{""};  // the names in them
};

}  // namespace berkeley::test
