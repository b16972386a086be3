#include "ctl/render/exposition.hpp"

#include <fmt/format.h>

namespace berkeley::ctl {
namespace {

std::string escaped(std::string_view text, bool quotes) {
    std::string out;
    for (const char c : text) {
        if (c == '\\')
            out += "\\\\";
        else if (c == '\n')
            out += "\\n";
        else if (c == '"' && quotes)
            out += "\\\"";
        else
            out += c;
    }
    return out;
}

std::string_view suffix_of(Family::Type type) {
    return type == Family::Type::counter ? "_total" : type == Family::Type::info ? "_info" : "";
}

std::string_view word_for(Family::Type type, Dialect dialect) {
    const bool classic = dialect == Dialect::prometheus;
    switch (type) {
        case Family::Type::gauge:
            break;
        case Family::Type::counter:
            return "counter";
        case Family::Type::stateset:
            return classic ? "gauge" : "stateset";
        case Family::Type::info:
            return classic ? "gauge" : "info";
    }
    return "gauge";
}

std::string labels_of(const Sample& sample) {
    std::string text;
    for (const auto& [name, value] : sample.labels)
        text += fmt::format("{}{}=\"{}\"", text.empty() ? "" : ",", name, escaped(value, true));
    return text.empty() ? text : "{" + text + "}";
}

}  // namespace

std::string expose(const std::vector<Family>& families, Dialect dialect) {
    std::string text;
    for (const Family& family : families) {
        if (family.samples.empty())
            continue;
        const std::string sampled = family.name + std::string(suffix_of(family.type));
        // The classic format describes what it samples, OpenMetrics the family.
        const std::string& described = dialect == Dialect::prometheus ? sampled : family.name;
        text += fmt::format("# HELP {} {}\n", described,
                            escaped(family.help, dialect == Dialect::openmetrics));
        text += fmt::format("# TYPE {} {}\n", described, word_for(family.type, dialect));
        if (!family.unit.empty() && dialect == Dialect::openmetrics)
            text += fmt::format("# UNIT {} {}\n", described, family.unit);
        for (const Sample& sample : family.samples)
            text += fmt::format("{}{} {}\n", sampled, labels_of(sample), sample.value);
    }
    return dialect == Dialect::openmetrics ? text + "# EOF\n" : text;
}

std::string nano(std::int64_t count) {
    constexpr std::uint64_t kUnit = 1'000'000'000;
    const bool negative = count < 0;
    const std::uint64_t size =
        negative ? 0 - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
    return fmt::format("{}{}.{:09}", negative ? "-" : "", size / kUnit, size % kUnit);
}

}  // namespace berkeley::ctl
