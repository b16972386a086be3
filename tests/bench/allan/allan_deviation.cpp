#include "tests/bench/allan/allan_deviation.hpp"

namespace berkeley::bench {

double allan_variance(std::span<const double> phase_ns, std::size_t span_s) {
    if (span_s == 0 || phase_ns.size() <= 2 * span_s)
        return 0;
    const std::size_t number = phase_ns.size() - 2 * span_s;
    double squares = 0;
    for (std::size_t i = 0; i < number; ++i) {
        const double turn = phase_ns[i + 2 * span_s] - 2 * phase_ns[i + span_s] + phase_ns[i];
        squares += turn * turn;
    }
    const double span_ns = 1e9 * static_cast<double>(span_s);
    return squares / (2 * span_ns * span_ns * static_cast<double>(number));
}

}  // namespace berkeley::bench
