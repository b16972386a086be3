#include "ctl/options.hpp"

#include <algorithm>
#include <charconv>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "ctl/commands/time_input.hpp"
#include "daemon/config/wording.hpp"

namespace berkeley::ctl {
namespace {

std::string advice(std::string_view meant, std::string_view otherwise) {
    return meant.empty() ? std::string(otherwise) : fmt::format("did you mean '{}'?", meant);
}

std::vector<std::string> options_of(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::Option* option : app.get_options()) {
        for (const std::string& name : option->get_lnames())
            names.push_back("--" + name);
    }
    return names;
}

std::string near(std::string_view text, const std::vector<std::string>& names) {
    const std::vector<std::string_view> choices(names.begin(), names.end());
    return std::string(nearest(text, choices));
}

const CLI::App* verb_of(const CLI::App& app) {
    const auto verbs = app.get_subcommands();
    return verbs.empty() ? nullptr : verbs.front();
}

std::string help_of(const CLI::App* verb) {
    return fmt::format("'berkeleyctl{} --help' tells more",
                       verb == nullptr ? "" : " " + verb->get_name());
}

// As it was typed first; empty if all was understood.
std::string first_left(const CLI::App& app, const std::vector<std::string_view>& arguments) {
    const std::vector<std::string> left = app.remaining(true);
    const auto is_left = [&left](std::string_view each) {
        return std::ranges::count(left, each) > 0;
    };
    const auto option = std::ranges::find_if(arguments, [&is_left](std::string_view each) {
        return each.starts_with('-') && is_left(each);
    });
    if (option != arguments.end())
        return std::string(*option);
    const auto any = std::ranges::find_if(arguments, is_left);
    return any == arguments.end() ? std::string() : std::string(*any);
}

std::string unknown_option(const CLI::App& app, const CLI::App* verb, const std::string& typed) {
    const std::string name = typed.substr(0, typed.find('='));
    std::vector<std::string> known = options_of(app);
    if (verb != nullptr) {
        const auto more = options_of(*verb);
        known.insert(known.end(), more.begin(), more.end());
    }
    return fmt::format("{} has no option {}: {}",
                       verb == nullptr ? "berkeleyctl" : verb->get_name(), in_quotes(name),
                       advice(near(name, known), help_of(verb)));
}

}  // namespace

CLI::Validator number(double least, double most) {
    return {[=](const std::string& text) {
                double value = 0;
                if (CLI::detail::lexical_cast(text, value) && value >= least && value <= most)
                    return std::string();
                return fmt::format("{} is no number from {} to {}", in_quotes(text), least, most);
            },
            ""};
}

CLI::Validator whole_number(std::int64_t least, std::int64_t most) {
    return {
        [=](const std::string& text) {
            std::int64_t value = 0;
            const char* end = text.data() + text.size();
            const auto [stop, error] = std::from_chars(text.data(), end, value);
            if (error == std::errc() && stop == end && value >= least && value <= most)
                return std::string();
            if (most == INT64_MAX)
                return fmt::format("{} is no whole number of {} or more", in_quotes(text), least);
            return fmt::format("{} is no whole number from {} to {}", in_quotes(text), least, most);
        },
        ""};
}

CLI::Validator one_of(std::vector<std::string> choices) {
    return {[choices = std::move(choices)](const std::string& text) {
                if (std::ranges::count(choices, text) > 0)
                    return std::string();
                const std::vector<std::string_view> views(choices.begin(), choices.end());
                return fmt::format("{} is not {}: {}", in_quotes(text), either_of(views),
                                   advice(near(text, choices), "give one of these"));
            },
            ""};
}

void add_time(CLI::App& verb, const TimeOption& option, std::optional<double>& seconds) {
    const auto take = [option, &seconds](const std::string& text) {
        const auto ns = read_amount(text);
        const double value = ns ? static_cast<double>(*ns) / 1e9 : -1;
        if (value < option.least_s || value > option.most_s)
            throw CLI::ValidationError(
                option.name,
                fmt::format("{} is no time from {} s to {} s: write 30s, 10m, 1h or 7d, or a "
                            "number of seconds",
                            in_quotes(text), option.least_s, option.most_s));
        seconds = value;
    };
    verb.add_option_function<std::string>(option.name, take, option.help)->type_name("TIME");
}

void add_voting_flags(CLI::App& verb, bool& votes) {
    const CLI::Option* voting = verb.add_flag_callback(
        "--voting", [&votes] { votes = true; }, "Its clock may count in the average: the default");
    const auto refuse = [voting, &votes] {
        if (voting->count() > 0)
            throw CLI::ExcludesError("--no-voting", "--voting");
        votes = false;
    };
    verb.add_flag_callback("--no-voting", refuse, "Its clock may not");
}

std::string words_for(const CLI::App& app, const CLI::ParseError& error,
                      const std::vector<std::string_view>& arguments) {
    const CLI::App* verb = verb_of(app);
    const std::string left = first_left(app, arguments);
    if (left.starts_with('-'))
        return unknown_option(app, verb, left);
    if (!left.empty() && verb == nullptr) {
        std::vector<std::string> names;
        for (const CLI::App* each : app.get_subcommands({}))
            names.push_back(each->get_name());
        return fmt::format("unknown verb {}: {}", in_quotes(left),
                           advice(near(left, names), "'berkeleyctl --help' lists them"));
    }
    if (!left.empty())
        return fmt::format("{} is one argument too many: {}", in_quotes(left), help_of(verb));
    if (verb == nullptr && dynamic_cast<const CLI::RequiredError*>(&error) != nullptr)
        return "which verb? 'berkeleyctl --help' lists them";
    return fmt::format("{}; {}", printable(error.what()), help_of(verb));
}

}  // namespace berkeley::ctl
