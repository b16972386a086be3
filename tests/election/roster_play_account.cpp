// A roster play's state in 128 bits, and its moves in words.
#include <fmt/format.h>

#include "tests/election/roster_cast.hpp"

namespace berkeley::test {

RosterPlay::Fingerprint RosterPlay::fingerprint() const {
    FingerprintMaker maker;
    maker.add(ticks_, left_.ticks, left_.wishes, left_.crashes, left_.failures, left_.polls,
              left_.elections, left_.handovers);
    for (std::size_t node = 0; node < kNodes; ++node)
        maker.add(locals_[node], inboxes_[node]);
    for (const std::uint8_t each : elected_)
        maker.add(each);
    for (const std::uint8_t each : came_to_be_)
        maker.add(each);
    return {maker.low(), maker.high()};
}

std::string RosterPlay::describe(const Move& move) const {
    static constexpr std::array<const char*, 7> kContents{
        "VoteWanted", "VoteAnswer", "Release", "Poll", "Reply", "a proposal", "an answer to it"};
    if (move.who == kNobody)
        return "a tick";
    const std::string who = name_of(move.who);
    switch (move.kind) {
        case CueKind::timer:
            return fmt::format("{}'s timer", who);
        case CueKind::office_timer:
            return fmt::format("{} looks at its proposal", who);
        case CueKind::deliver: {
            const RosterPacket& packet = cast_->packet(move.what);
            std::string text = fmt::format("{} hears {} of {}, of roster {}", who,
                                           kContents.at(packet.content.index()),
                                           name_of(packet.from), packet.roster);
            if (const auto* wanted = std::get_if<VoteWanted>(&packet.content))
                text += fmt::format(", term {}", wanted->term);
            if (const auto* answer = std::get_if<VoteAnswer>(&packet.content))
                text += fmt::format(", term {}{}", answer->term, answer->granted ? ": yes" : "");
            if (const auto* part = std::get_if<RosterPart>(&packet.content))
                text += part->of == RosterPartOf::canvass ? ", to be told" : "";
            if (const auto* say = std::get_if<RosterSay>(&packet.content))
                text += say->signature ? ": signed"
                                       : fmt::format(": no, {}", static_cast<int>(say->answer));
            return text;
        }
        case CueKind::learn:
            return fmt::format("{} learns from {}", who, name_of(move.what));
        case CueKind::saved:
            return fmt::format("{} has saved", who);
        case CueKind::fail_to_save:
            return fmt::format("{} fails to save", who);
        case CueKind::fail_to_tell:
            return fmt::format("{} fails to save, and yet did", who);
        case CueKind::save_again:
            return fmt::format("{} saves again", who);
        case CueKind::crash:
            return fmt::format("{} crashes", who);
        case CueKind::late_crash:
            return fmt::format("{} crashes, its write was carried out", who);
        case CueKind::take_up:
            return fmt::format("{} takes up what it holds", who);
        case CueKind::want: {
            const WantedChange& wish = cast_->shape().wishes[move.what];
            return fmt::format("{} is to have {}", who, in_words(wish.step, name_of(wish.node)));
        }
        case CueKind::give_up:
            return fmt::format("{} gives up its proposal", who);
        case CueKind::poll:
            return fmt::format("{} polls {}", who, name_of(move.what));
        case CueKind::hand_over:
            return fmt::format("{} hands over to {}", who, name_of(move.what));
        case CueKind::resign:
            return fmt::format("{} resigns", who);
    }
    return {};
}

}  // namespace berkeley::test
