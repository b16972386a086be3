#include "daemon/config/reader.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "daemon/config/wording.hpp"

namespace berkeley {

void ErrorList::add(const toml::source_region& where, std::string message) {
    if (errors_.size() == kMost)
        return;
    const std::string& file = where.path ? *where.path : sources_.front().file;
    const auto place_of = [this](const ConfigError& error) {
        return std::tuple(rank_of(error.file), error.line, error.column);
    };
    ConfigError error{file, where.begin.line, where.begin.column, std::move(message)};
    const auto behind = std::ranges::upper_bound(errors_, place_of(error), {}, place_of);
    errors_.insert(behind, std::move(error));
}

std::size_t ErrorList::rank_of(std::string_view file) const {
    const auto found = std::ranges::find(sources_, file, &ConfigSource::file);
    return static_cast<std::size_t>(found - sources_.begin());
}

std::string_view kind_of(const toml::node& node) {
    switch (node.type()) {
        case toml::node_type::none:
            return "nothing";
        case toml::node_type::table:
            return "a table";
        case toml::node_type::array:
            return "an array";
        case toml::node_type::string:
            return "a string";
        case toml::node_type::integer:
            return "an integer";
        case toml::node_type::floating_point:
            return "a number";
        case toml::node_type::boolean:
            return "a boolean";
        case toml::node_type::date:
            return "a date";
        case toml::node_type::time:
            return "a time";
        case toml::node_type::date_time:
            return "a date and time";
    }
    return "something else";
}

std::string TableReader::name_of(std::string_view key) const {
    return in_quotes(prefix_ + std::string(key));
}

const toml::node* TableReader::node(std::string_view key) {
    known_.push_back(key);
    return table_.get(key);
}

std::optional<std::string> TableReader::text(std::string_view key) {
    const toml::node* found = node(key);
    if (found == nullptr)
        return std::nullopt;
    if (const auto* value = found->as_string())
        return value->get();
    errors_.add(*found,
                fmt::format("{} is {}: give a string, in quotes", name_of(key), kind_of(*found)));
    return std::nullopt;
}

std::optional<double> TableReader::number(std::string_view key, const NumberRange& range) {
    const toml::node* found = node(key);
    if (found == nullptr)
        return std::nullopt;
    if (!found->is_number()) {
        errors_.add(*found, fmt::format("{} is {}: give a number ({})", name_of(key),
                                        kind_of(*found), range.unit));
        return std::nullopt;
    }
    const double value = found->is_integer() ? static_cast<double>(found->as_integer()->get())
                                             : found->as_floating_point()->get();
    // Written so that NaN fails.
    if (!(value >= range.least && value <= range.most)) {
        errors_.add(*found, fmt::format("{} is {}: it must lie between {} and {} ({})",
                                        name_of(key), value, range.least, range.most, range.unit));
        return std::nullopt;
    }
    return value;
}

std::optional<std::int64_t> TableReader::integer(std::string_view key, std::int64_t least,
                                                 std::int64_t most) {
    const toml::node* found = node(key);
    if (found == nullptr)
        return std::nullopt;
    const auto* value = found->as_integer();
    if (value == nullptr) {
        errors_.add(*found, fmt::format("{} is {}: give a whole number from {} to {}", name_of(key),
                                        kind_of(*found), least, most));
        return std::nullopt;
    }
    if (value->get() < least || value->get() > most) {
        errors_.add(*found, fmt::format("{} is {}: it must lie between {} and {}", name_of(key),
                                        value->get(), least, most));
        return std::nullopt;
    }
    return value->get();
}

std::optional<std::size_t> TableReader::choice(std::string_view key,
                                               std::span<const std::string_view> choices) {
    const auto given = text(key);
    if (!given)
        return std::nullopt;
    const auto found = std::ranges::find(choices, *given);
    if (found != choices.end())
        return static_cast<std::size_t>(found - choices.begin());
    const std::string_view meant = nearest(*given, choices);
    const std::string advice = meant.empty() ? fmt::format("use {}", either_of(choices))
                                             : fmt::format("did you mean '{}'?", meant);
    errors_.add(*table_.get(key),
                fmt::format("unknown value {} of {}: {}", in_quotes(*given), name_of(key), advice));
    return std::nullopt;
}

const toml::table* TableReader::table(std::string_view key) {
    const toml::node* found = node(key);
    if (found == nullptr || found->is_table())
        return found == nullptr ? nullptr : found->as_table();
    errors_.add(*found, fmt::format("{} is {}: it is a table, written '[{}]' on a line of its own",
                                    name_of(key), kind_of(*found), key));
    return nullptr;
}

void TableReader::reject_unknown(std::span<const std::string_view> elsewhere) {
    for (const auto& [key, value] : table_) {
        const std::string_view name = key.str();
        if (std::ranges::find(known_, name) != known_.end())
            continue;
        const std::string_view meant = nearest(name, known_);
        std::string advice = "berkeleyd.toml(5) lists the keys there are";
        if (std::ranges::find(elsewhere, name) != elsewhere.end())
            advice = fmt::format("'{}' belongs above the first [table] header", name);
        else if (!meant.empty())
            advice = fmt::format("did you mean '{}'?", meant);
        errors_.add(key.source(), fmt::format("unknown key {}: {}", name_of(name), advice));
    }
}

}  // namespace berkeley
