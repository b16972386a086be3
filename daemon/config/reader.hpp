// Reads keys of a TOML table by name and type, and gathers what is wrong with them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/config/config.hpp"
#include "daemon/config/toml.hpp"

namespace berkeley {

class ErrorList {
  public:
    // More errors than anyone reads are not kept: a hostile file must not become a huge report.
    static constexpr std::size_t kMost = 100;

    // At least one; they must outlive the list.
    explicit ErrorList(std::span<const ConfigSource> sources) : sources_(sources) {}

    void add(const toml::source_region& where, std::string message);
    void add(const toml::node& where, std::string message) {
        add(where.source(), std::move(message));
    }
    void add_missing(std::string message) { add({{1, 1}, {1, 1}, nullptr}, std::move(message)); }

    bool empty() const { return errors_.empty(); }
    std::vector<ConfigError> take() && { return std::move(errors_); }

  private:
    std::size_t rank_of(std::string_view file) const;

    std::span<const ConfigSource> sources_;
    std::vector<ConfigError> errors_;  // in the order of the texts
};

struct NumberRange {
    double least = 0;
    double most = 0;
    std::string_view unit;  // of the text: "seconds"
};

// Each getter gives nothing if the key is absent, or if it is wrong and an error has been added.
class TableReader {
  public:
    // `prefix` comes before keys in messages: "poll." for the table [poll].
    TableReader(const toml::table& table, std::string_view prefix, ErrorList& errors)
        : table_(table), prefix_(prefix), errors_(errors) {}

    std::optional<std::string> text(std::string_view key);
    std::optional<double> number(std::string_view key, const NumberRange& range);
    std::optional<std::int64_t> integer(std::string_view key, std::int64_t least,
                                        std::int64_t most);
    // The index of the value in `choices`.
    std::optional<std::size_t> choice(std::string_view key,
                                      std::span<const std::string_view> choices);
    const toml::table* table(std::string_view key);

    // A node that the caller interprets; null if absent.
    const toml::node* node(std::string_view key);

    // An error for each key that no getter has asked for. `elsewhere` are keys of the top level,
    // for who writes them below a [table] header by mistake.
    void reject_unknown(std::span<const std::string_view> elsewhere = {});

    // "'poll.min'"
    std::string name_of(std::string_view key) const;

  private:
    const toml::table& table_;
    std::string prefix_;
    ErrorList& errors_;
    std::vector<std::string_view> known_;
};

// "a string", "an array", ...
std::string_view kind_of(const toml::node& node);

}  // namespace berkeley
