#include "daemon/app/state_keeper.hpp"

#include <utility>

#include <fmt/format.h>

namespace berkeley {

namespace {

DiskWriter::Result nowhere() {
    return tl::unexpected<std::string>(
        "votes of this node and moves of cluster time can be kept nowhere, as there is no folder "
        "`state_dir`: make it, and restart berkeleyd; until then it votes for nobody, and with "
        "other candidates it does not lead");
}

}  // namespace

StateKeeper::StateKeeper(boost::asio::io_context& context,
                         std::optional<std::filesystem::path> file, RawClockIdentity clock,
                         Callbacks callbacks)
    : file_(std::move(file)),
      clock_(std::move(clock)),
      callbacks_(std::move(callbacks)),
      writer_(context, [this](DiskWriter::Ticket ticket, const DiskWriter::Result& result) {
          written(ticket, result);
      }) {}

bool StateKeeper::due(SteadyTime now) const {
    return urgent_ || (wanted_ && (!stored_at_ || now - *stored_at_ >= kLeastApart));
}

void StateKeeper::store(SavedState state, SteadyTime now) {
    wanted_ = urgent_ = false;
    stored_at_ = now;  // also of a failure: it is not tried more often
    const Kept kept{state.election.term, state.move ? state.move->id : MoveId{}};
    if (!file_ && kept == Kept{})
        return;
    under_way_[++last_ticket_] = kept;
    if (!file_)
        return writer_.write(last_ticket_, nowhere);
    writer_.write(last_ticket_, [path = *file_, stored = std::move(state), clock = clock_] {
        return store_state(path, stored, clock);
    });
}

bool StateKeeper::finish(std::chrono::milliseconds most) {
    if (writer_.finish(most))
        return true;
    callbacks_.failed(fmt::format(
        "the state is not on disk after {} s, and is not waited for any longer: what holds {} does "
        "not answer; the next start will take longer",
        as_seconds(most), file().string()));
    return false;
}

void StateKeeper::change_clocksource(std::string name) {
    if (!clock_.boot_id.empty())
        clock_.clocksource = std::move(name);
}

void StateKeeper::written(DiskWriter::Ticket ticket, const DiskWriter::Result& result) {
    const Kept kept = under_way_[ticket];
    under_way_.erase(under_way_.begin(), under_way_.upper_bound(ticket));
    const bool failed_before = std::exchange(failing_, !result);
    if (!result && !failed_before)
        callbacks_.failed(result.error());
    if (result && failed_before)
        callbacks_.works_again();
    if (kept != Kept{} && callbacks_.stored)
        callbacks_.stored(kept, result.has_value());
}

}  // namespace berkeley
