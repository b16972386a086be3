// Outside time in a World: UTC, and what a reference's NTP client or receiver makes of it.
#include <algorithm>
#include <cmath>

#include "tests/sim/world_host.hpp"

namespace berkeley::sim {

SystemTime World::utc() const {
    const SystemTime counted = shape_.utc_at_start + Duration{now_.ns};
    const bool leapt = shape_.leap && counted >= SystemTime{shape_.leap->at().ns};
    return leapt ? counted + shape_.leap->by() : counted;
}

SystemTime World::counted_on(std::size_t host) {
    const SystemTime now = moment(host).system;
    return now - hosts_[host]->kernel.leapt();
}

Duration World::against_utc(std::size_t host) {
    return counted_on(host) - (shape_.utc_at_start + Duration{now_.ns});
}

bool World::has_outside(std::size_t host) const {
    return hosts_[host]->settings.clock == ClockMode::reference;
}

void World::lose_outside(std::size_t host) {
    ++hosts_[host]->outside_life;
    hosts_[host]->kernel.disclaim();
}

void World::have_outside(std::size_t host, const OutsideShape& outside) {
    Host& it = *hosts_[host];
    it.outside = outside;
    const std::uint64_t life = ++it.outside_life;
    const auto step_first = [this, host, life] {
        Host& begun = *hosts_[host];
        if (begun.outside_life != life)
            return;
        const Duration off = against_utc(host) - begun.outside->error;
        if (std::abs(off.count()) > Duration{1ms}.count())
            set_clock(host, -off);
        steer_from_outside(host);
    };
    at(outside.begins, step_first);
}

// As an NTP client does: by frequency alone, a quarter of what is off each second.
void World::steer_from_outside(std::size_t host) {
    Host& it = *hosts_[host];
    const OutsideShape& outside = *it.outside;
    std::normal_distribution<double> noise(0, std::max(1.0, as_ns(outside.noise)));
    const Duration off = against_utc(host) - outside.error -
                         gained(now_ - outside.begins, outside.drift) -
                         nanoseconds_of(noise(it.random));
    KernelAdjustment told;
    const double follow = std::clamp(as_seconds(off) / 4, -400e-6, 400e-6);
    told.rate.frequency =
        std::llround((-it.oscillator.rate_error() - follow + outside.drift) / kPpm * 65'536);
    told.synchronized = true;
    told.max_error = outside.says;
    told.estimated_error = outside.says / 2;
    const ClusterTime now{utc().ns};
    const bool today =
        shape_.leap && now < shape_.leap->midnight && shape_.leap->midnight - now < Duration{24h};
    told.leap = today ? shape_.leap->notice() : LeapNotice::none;
    it.kernel.adjust(moment(host).raw, told);
    if (outside.tai_s != 0 && it.kernel.leapt() == 0ns)
        it.kernel.set_tai(outside.tai_s);
    at(now_ + 1s, [this, host, life = it.outside_life] {
        if (hosts_[host]->outside_life == life)
            steer_from_outside(host);
    });
}

}  // namespace berkeley::sim
