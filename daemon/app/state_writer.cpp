#include "daemon/app/state_writer.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include <boost/asio/post.hpp>

namespace berkeley {

namespace {

struct Job {
    SavedState state;
    RawClockIdentity clock;
};

}  // namespace

struct StateWriter::Desk {
    Desk(boost::asio::io_context& its_context, Store its_store, StateWriter& its_owner)
        : store(std::move(its_store)), context(&its_context), owner(&its_owner) {}

    const Store store;
    std::mutex mutex;
    std::condition_variable changed;
    // All below: under `mutex`.
    std::optional<Job> next;
    bool busy = false;
    bool ending = false;
    std::optional<Result> result;      // of the last write, not told yet
    boost::asio::io_context* context;  // until the owner is gone
    StateWriter* owner;                // likewise; used in the context's thread only

    bool idle() const { return !busy && !next; }
};

StateWriter::StateWriter(boost::asio::io_context& context, Store store,
                         std::function<void(const Result&)> written)
    : desk_(std::make_shared<Desk>(context, std::move(store), *this)),
      written_(std::move(written)) {}

StateWriter::~StateWriter() {
    bool idle = false;
    {
        const std::lock_guard lock(desk_->mutex);
        desk_->ending = true;
        desk_->context = nullptr;
        desk_->owner = nullptr;
        idle = desk_->idle();
    }
    desk_->changed.notify_all();
    if (!thread_.joinable())
        return;
    if (idle) {
        thread_.join();
    } else {
        thread_.detach();
    }
}

void StateWriter::write(SavedState state, RawClockIdentity clock) {
    {
        const std::lock_guard lock(desk_->mutex);
        desk_->next = Job{std::move(state), std::move(clock)};
    }
    desk_->changed.notify_all();
    if (!thread_.joinable())
        thread_ = std::thread([desk = desk_] { work(desk); });
}

bool StateWriter::finish(std::chrono::milliseconds most) {
    bool idle = false;
    {
        std::unique_lock lock(desk_->mutex);
        idle = desk_->changed.wait_for(lock, most, [this] { return desk_->idle(); });
    }
    tell();
    return idle;
}

void StateWriter::work(const std::shared_ptr<Desk>& desk) {
    std::unique_lock lock(desk->mutex);
    while (true) {
        desk->changed.wait(lock, [&desk] { return desk->next || desk->ending; });
        if (!desk->next)
            return;
        const Job job = *std::exchange(desk->next, std::nullopt);
        desk->busy = true;
        lock.unlock();
        Result result = desk->store(job.state, job.clock);
        lock.lock();
        desk->busy = false;
        desk->result = std::move(result);
        desk->changed.notify_all();
        if (desk->context != nullptr) {
            boost::asio::post(*desk->context, [desk] {
                if (desk->owner != nullptr)
                    desk->owner->tell();
            });
        }
    }
}

void StateWriter::tell() {
    std::optional<Result> result;
    {
        const std::lock_guard lock(desk_->mutex);
        result = std::exchange(desk_->result, std::nullopt);
    }
    if (result)
        written_(*result);
}

}  // namespace berkeley
