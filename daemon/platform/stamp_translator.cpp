#include "daemon/platform/stamp_translator.hpp"

#include <algorithm>

namespace berkeley {

void StampTranslator::note(const ClockBracket& reading) {
    latest_ = reading.raw;
    if (reading.raw - readings_[newest_].raw < kLeastApart)
        return;
    newest_ = (newest_ + 1) % kKept;
    readings_[newest_] = reading;
    count_ = std::min(count_ + 1, kKept);
}

void StampTranslator::forget(const ClockBracket& now) {
    latest_ = now.raw;
    newest_ = 0;
    readings_[newest_] = now;
    count_ = 1;
}

std::optional<RawStamp> StampTranslator::translate(SystemTime stamp,
                                                   const ClockBracket& after) const {
    std::size_t at = newest_;
    for (std::size_t i = 1; i < count_ && readings_[at].system > stamp; ++i) {
        at = (at + kKept - 1) % kKept;
    }
    return translate_stamp(stamp, readings_[at], after);
}

}  // namespace berkeley
