// Options as all verbs take them: short in --help, and told in the program's own words where they
// are wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
class ParseError;
class Validator;
}  // namespace CLI

namespace berkeley::ctl {

CLI::Validator number(double least, double most);
CLI::Validator whole_number(std::int64_t least, std::int64_t most);
CLI::Validator one_of(std::vector<std::string> choices);

// "30s", "10m", "1h", "7d"; a plain number is of seconds.
struct TimeOption {
    std::string name;
    std::string help;
    double least_s = 0;
    double most_s = 0;
};
void add_time(CLI::App& verb, const TimeOption& option, std::optional<double>& seconds);

void add_voting_flags(CLI::App& verb, bool& votes);

// What is wrong with the command line, and what to do, without "berkeleyctl: ".
std::string words_for(const CLI::App& app, const CLI::ParseError& error,
                      const std::vector<std::string_view>& arguments);

}  // namespace berkeley::ctl
