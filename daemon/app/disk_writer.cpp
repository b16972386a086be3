#include "daemon/app/disk_writer.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include <boost/asio/post.hpp>

namespace berkeley {

struct DiskWriter::Desk {
    Desk(boost::asio::io_context& its_context, DiskWriter& its_owner)
        : context(&its_context), owner(&its_owner) {}

    struct Order {
        Ticket ticket = 0;
        Job job;
    };
    struct Done {
        Ticket ticket = 0;
        Result result;
    };

    std::mutex mutex;
    std::condition_variable changed;
    // All below: under `mutex`.
    std::optional<Order> next;
    bool busy = false;
    bool ending = false;
    std::optional<Done> done;          // the last job, not told of yet
    boost::asio::io_context* context;  // until the owner is gone
    DiskWriter* owner;                 // likewise; used in the context's thread only

    bool idle() const { return !busy && !next; }
};

DiskWriter::DiskWriter(boost::asio::io_context& context, Written written)
    : desk_(std::make_shared<Desk>(context, *this)), written_(std::move(written)) {}

DiskWriter::~DiskWriter() {
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

void DiskWriter::write(Ticket ticket, Job job) {
    {
        const std::lock_guard lock(desk_->mutex);
        desk_->next = Desk::Order{ticket, std::move(job)};
    }
    desk_->changed.notify_all();
    if (!thread_.joinable())
        thread_ = std::thread([desk = desk_] { work(desk); });
}

bool DiskWriter::finish(std::chrono::milliseconds most) {
    bool idle = false;
    {
        std::unique_lock lock(desk_->mutex);
        idle = desk_->changed.wait_for(lock, most, [this] { return desk_->idle(); });
    }
    tell();
    return idle;
}

void DiskWriter::work(const std::shared_ptr<Desk>& desk) {
    std::unique_lock lock(desk->mutex);
    while (true) {
        desk->changed.wait(lock, [&desk] { return desk->next || desk->ending; });
        if (!desk->next)
            return;
        const Desk::Order order = *std::exchange(desk->next, std::nullopt);
        desk->busy = true;
        lock.unlock();
        Result result = order.job();
        lock.lock();
        desk->busy = false;
        desk->done = Desk::Done{order.ticket, std::move(result)};
        desk->changed.notify_all();
        if (desk->context != nullptr) {
            boost::asio::post(*desk->context, [desk] {
                if (desk->owner != nullptr)
                    desk->owner->tell();
            });
        }
    }
}

void DiskWriter::tell() {
    std::optional<Desk::Done> done;
    {
        const std::lock_guard lock(desk_->mutex);
        done = std::exchange(desk_->done, std::nullopt);
    }
    if (done)
        written_(done->ticket, done->result);
}

}  // namespace berkeley
