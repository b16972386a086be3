// The manual pages against the programs: what one of them knows and the other does not is an error.
#include <filesystem>
#include <regex>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ctl/render/metrics.hpp"
#include "daemon/config/config.hpp"
#include "daemon/control/interface.hpp"
#include "tests/system/support/requirement.hpp"
#include "tests/unit/manual/reading.hpp"

namespace berkeley {
namespace {

// From its heading to the next of the same rank.
std::string section(const std::string& text, const std::string& name) {
    const auto begin = text.find("\n# " + name + "\n");
    EXPECT_NE(begin, std::string::npos) << name;
    const auto end = text.find("\n# ", begin + 1);
    return text.substr(begin, end == std::string::npos ? end : end - begin + 1);
}

bool names(const std::string& text, const std::string& word) {
    return text.find("*" + word + "*") != std::string::npos;
}

// ---- verbs and options

TEST(Manual, BerkeleyctlHasTheVerbsOfItsHelp) {
    const Names verbs = verbs_in(help_of("berkeleyctl"));
    EXPECT_GE(verbs.size(), 9U);
    const Names described = all(section(page("berkeleyctl.1"), "VERBS"), "\\n\\*([a-z][a-z-]*)\\*");
    EXPECT_EQ(verbs, described);
}

TEST(Manual, EveryVerbIsDescribedWithItsOptions) {
    const std::string text = page("berkeleyctl.1");
    const std::string general = section(text, "OPTIONS");
    Names known = options_in(help_of("berkeleyctl"));
    for (const std::string& option : known)
        EXPECT_TRUE(names(general, option)) << option;
    for (const std::string& verb : verbs_in(help_of("berkeleyctl"))) {
        const Names options = options_in(help_of("berkeleyctl " + verb));
        std::smatch head;
        const std::regex form("\\n(\\*" + verb + "\\*[^\\t]*)\\n\\t");
        ASSERT_TRUE(std::regex_search(text, head, form)) << verb;
        for (const std::string& option : options) {
            EXPECT_TRUE(names(head[1], option) || names(general, option)) << verb << " " << option;
            known.insert(option);
        }
        for (const std::string& option : all(head[1], "\\*(--[a-z][a-z-]*)\\*"))
            EXPECT_TRUE(options.contains(option)) << verb << " has no " << option;
    }
    for (const std::string& option : all(text, "\\*(--[a-z][a-z-]*)\\*"))
        EXPECT_TRUE(known.contains(option)) << option << " is described, and there is no such";
}

// What stands on the command line without "--".
TEST(Manual, EveryVerbIsDescribedWithItsArguments) {
    const std::string text = page("berkeleyctl.1");
    std::size_t seen = 0;
    for (const std::string& verb : verbs_in(help_of("berkeleyctl"))) {
        const std::string help = help_of("berkeleyctl " + verb);
        const auto usage = help.find("Usage: ");
        ASSERT_NE(usage, std::string::npos) << help;
        const Names arguments = all(help.substr(usage, help.find('\n', usage) - usage) + " ",
                                    "\\b(?!OPTIONS)([A-Z]{3,})\\b");
        std::smatch head;
        ASSERT_TRUE(
            std::regex_search(text, head, std::regex("\\n(\\*" + verb + "\\*[^\\t]*)\\n\\t")))
            << verb;
        const std::string line = head[1];
        for (const std::string& argument : arguments)
            EXPECT_NE(line.find("_" + argument + "_"), std::string::npos) << verb << argument;
        seen += arguments.size();
    }
    EXPECT_GE(seen, 7U);
}

TEST(Manual, NoTermIsDescribedTwice) {
    for (const char* name : {"berkeleyctl.1", "berkeleyd.8", "berkeleyd.toml.5"}) {
        std::istringstream lines(page(name));
        Names terms;
        std::string section_name;
        std::string before;
        for (std::string line; std::getline(lines, line); before = line) {
            if (line.starts_with("# "))
                section_name = line;
            const bool term =
                before.empty() && line.size() > 1 && (line[0] == '*' || line[0] == '_');
            if (term && lines.peek() == '\t') {
                EXPECT_TRUE(terms.insert(section_name + ": " + line).second)
                    << name << " " << section_name << ": " << line;
            }
        }
        EXPECT_GE(terms.size(), 8U) << name;
    }
}

TEST(Manual, BerkeleydHasTheOptionsOfItsHelp) {
    const Names options = options_in(help_of("berkeleyd"));
    EXPECT_GE(options.size(), 4U);
    const std::string text = page("berkeleyd.8");
    for (const std::string& option : options)
        EXPECT_TRUE(names(section(text, "OPTIONS"), option)) << option;
    EXPECT_EQ(options, all(section(text, "OPTIONS"), "\\*(--[a-z][a-z-]*)\\*"));
    EXPECT_TRUE(names(section(text, "SYNOPSIS"), "--user"));
}

// ---- configuration keys

// As "key" or "table.key": the terms of the page's sections.
Names documented_keys() {
    std::istringstream lines(page("berkeleyd.toml.5"));
    Names keys;
    std::string table;
    bool inside = false;
    for (std::string line; std::getline(lines, line);) {
        std::smatch parts;
        if (std::regex_match(line, parts, std::regex("# \\[([a-z_]+)\\]"))) {
            table = parts[1].str() + ".";
            inside = true;
        } else if (line.starts_with("# ")) {
            table.clear();
            inside = line == "# KEYS";
        } else if (inside && std::regex_search(line, parts, std::regex("^\\*([a-z_]+)\\* = "))) {
            keys.insert(table + parts[1].str());
        }
    }
    return keys;
}

bool is_known(const std::string& key) {
    const auto dot = key.find('.');
    const std::string value = " = 1979-05-27\n";  // a date: no key takes one
    const std::string text = dot == std::string::npos
                                 ? key + value
                                 : "[" + key.substr(0, dot) + "]\n" + key.substr(dot + 1) + value;
    const auto config = parse_config(text, "t", {});
    if (config)
        return true;
    for (const ConfigError& error : config.error()) {
        if (error.message.find("unknown key") != std::string::npos)
            return false;
    }
    return true;
}

TEST(Manual, EveryDocumentedKeyIsKnown) {
    const Names keys = documented_keys();
    EXPECT_GE(keys.size(), 16U);
    for (const std::string& key : keys)
        EXPECT_TRUE(is_known(key)) << key;
    EXPECT_FALSE(is_known("bogus"));
    EXPECT_FALSE(is_known("poll.bogus"));
}

// Read out of the source: wherever a reader is asked for a key by its name.
TEST(Manual, EveryKnownKeyIsDocumented) {
    Names documented;
    for (const std::string& key : documented_keys()) {
        documented.insert(key.substr(0, key.find('.')));  // itself, or its table
        documented.insert(key.substr(key.find('.') + 1));
    }
    Names asked;
    const auto folder = std::filesystem::path(BERKELEYD_SOURCE) / "daemon" / "config";
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
        if (file.path().extension() != ".cpp")
            continue;
        const std::string text = slurp(file.path());
        asked.merge(all(text, "(?:\\.|->)[a-z_]+\\(\\s*\"([a-z_]+)\""));
        asked.merge(all(text, "\\((?:reader|table|[a-z]+_reader),\\s*\"([a-z_]+)\""));
    }
    EXPECT_GE(asked.size(), 16U);
    for (const std::string& key : asked)
        EXPECT_TRUE(documented.contains(key)) << key;
    for (const std::string& key : documented)
        EXPECT_TRUE(asked.contains(key)) << key << " is known, and the source was misread";
}

// ---- what the socket tells

TEST(Manual, EveryJsonFieldIsNamed) {
    const std::string text = section(page("berkeleyctl.1"), "JSON");
    const std::string interface(control_description());
    Names fields;
    for (const std::string& type : all(interface, "\\ntype [A-Za-z]+ \\((\\n[^)]*)\\)"))
        fields.merge(all(type, "\\n  ([a-z_]+): "));
    EXPECT_GE(fields.size(), 45U);
    for (const std::string& field : fields)
        EXPECT_TRUE(names(text, field)) << field;
    const Names choices = all(interface, "type [A-Za-z]+ \\(([a-z]+(?:, [a-z]+)*)\\)");
    EXPECT_GE(choices.size(), 4U);
    for (const std::string& list : choices) {
        std::istringstream words(list);
        for (std::string word; std::getline(words >> std::ws, word, ',');)
            EXPECT_NE(text.find(word), std::string::npos) << word;
    }
}

TEST(Manual, EveryMetricIsNamed) {
    const std::string text = section(page("berkeleyctl.1"), "METRICS");
    ctl::Account account;
    account.tracking.dropped.emplace_back("malformed", 1);
    for (const char* key :
         {"correction_age_ns", "slew_left_ns", "poll_interval_ns", "kernel_stamps"})
        account.tracking.all[key] = 1;
    std::size_t seen = 0;
    for (const ctl::Family& family : ctl::metrics_of(account)) {
        std::string name = family.name == "berkeleyd" ? "info" : family.name.substr(10);
        if (family.type == ctl::Family::Type::counter)
            name += "_total";
        EXPECT_TRUE(names(text, name)) << name;
        ++seen;
    }
    EXPECT_GE(seen, 25U);
}

// ---- their form

TEST(Manual, MandocFindsNothingToComplainOf) {
    BERKELEYD_REQUIRE(ran("command -v mandoc").code == 0, "mandoc is not installed");
    std::size_t pages = 0;
    for (const auto& file : std::filesystem::directory_iterator(BERKELEYD_PAGES)) {
        if (!std::regex_match(file.path().filename().native(), std::regex("berkeley.*\\.[1-8]")))
            continue;
        ++pages;
        const Ran lint = ran("mandoc -T lint " + file.path().native() + " 2>&1");
        EXPECT_EQ(lint.out, "");
        EXPECT_EQ(lint.code, 0);
    }
    EXPECT_GE(pages, 4U);
}

}  // namespace
}  // namespace berkeley
