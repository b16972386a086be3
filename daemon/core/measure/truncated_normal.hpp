// Moments of a normal distribution cut off at both ends.
#pragma once

namespace berkeley {

struct Moments {
    double mean = 0;
    double variance = 0;
};

// Of a standard normal given that it lies in [low, high], low <= high. Exact also where the
// interval is far out in a tail or very narrow.
Moments truncated_standard_normal(double low, double high);

}  // namespace berkeley
