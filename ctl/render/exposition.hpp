// Metrics as text for scrapers, in two dialects: OpenMetrics 1.0, and the classic Prometheus format
// 0.0.4, which knows neither units nor state sets and which node_exporter's textfile collector
// reads.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace berkeley::ctl {

enum class Dialect { openmetrics, prometheus };

struct Sample {
    std::vector<std::pair<std::string, std::string>> labels;  // values in any UTF-8
    std::string value;                                        // a number, written out
};

struct Family {
    enum class Type { gauge, counter, stateset, info };

    std::string name;  // without "_total" and "_info", with its unit
    Type type = Type::gauge;
    std::string unit;  // the last part of the name; may be empty
    std::string help;  // one sentence
    std::vector<Sample> samples;
};

// Families without samples are left out.
std::string expose(const std::vector<Family>& families, Dialect dialect);

// 1e-9 of it, in full: "-0.000012345".
std::string nano(std::int64_t count);

}  // namespace berkeley::ctl
