// The bash completion, as bash runs it, of the real berkeleyctl.
#include <regex>
#include <set>

#include <fmt/format.h>

#include "daemon/core/node/log_level.hpp"
#include "tests/unit/ctl/ctl_fixture.hpp"

namespace berkeley {
namespace {

// What bash offers for the words so far, the last of them the one under the cursor.
std::set<std::string> offered(const TemporaryFolder& folder, const std::string& words) {
    const std::string script = fmt::format(
        "set -u; PATH={}:$PATH; source {}; COMP_WORDS=(berkeleyctl {}); "
        "COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _berkeleyctl; printf '%s\\n' "
        "\"${{COMPREPLY[@]}}\"",
        berkeleyctl().parent_path().native(), BERKELEYCTL_COMPLETION, words);
    std::ofstream(folder / "script") << script;
    const std::string out = (folder / "out").native();
    const int status = std::system(
        fmt::format("cd {} && bash script >{}", folder.operator/("").native(), out).c_str());
    EXPECT_EQ(status, 0) << words;
    std::set<std::string> lines;
    std::ifstream file(out);
    for (std::string line; std::getline(file, line);) {
        if (!line.empty())
            lines.insert(line);
    }
    return lines;
}

TEST_F(Ctl, CompletionOffersEveryVerb) {
    const std::set<std::string> verbs = offered(folder, "''");
    std::istringstream help(run("--help").out);
    std::size_t listed = 0;
    bool in_list = false;
    for (std::string line; std::getline(help, line);) {
        in_list = line == "Subcommands:" || (in_list && !line.empty());
        if (!in_list || !line.starts_with("  ") || line[2] == ' ')
            continue;
        ++listed;
        EXPECT_TRUE(verbs.contains(line.substr(2, line.find(' ', 2) - 2))) << line;
    }
    EXPECT_GE(listed, 9U);
    EXPECT_EQ(verbs.size(), listed);
    EXPECT_EQ(offered(folder, "wat"), (std::set<std::string>{"watch"}));
    EXPECT_EQ(offered(folder, "--json wait"), (std::set<std::string>{"waitsync"}));
    EXPECT_EQ(offered(folder, "--socket status wait"), (std::set<std::string>{"waitsync"}));
}

TEST_F(Ctl, CompletionOffersTheOptionsOfTheVerb) {
    EXPECT_EQ(offered(folder, "--"),
              (std::set<std::string>{"--help", "--json", "--socket", "--version"}));
    EXPECT_EQ(offered(folder, "watch --"),
              (std::set<std::string>{"--count", "--help", "--interval", "--json", "--socket",
                                     "--version"}));
    EXPECT_EQ(offered(folder, "metrics --format p"), (std::set<std::string>{"prometheus"}));
    EXPECT_EQ(offered(folder, "invite --"),
              (std::set<std::string>{"--candidate", "--expires", "--help", "--json", "--no-voting",
                                     "--socket", "--version", "--voting"}));
    EXPECT_TRUE(offered(folder, "watch --interval ''").empty());
}

// bash's COMP_WORDBREAKS has '='.
TEST_F(Ctl, CompletionKnowsValuesBehindAnEqualsSign) {
    EXPECT_EQ(offered(folder, "--socket = /x wait"), (std::set<std::string>{"waitsync"}));
    EXPECT_EQ(offered(folder, "--socket=/x wait"), (std::set<std::string>{"waitsync"}));
    EXPECT_EQ(offered(folder, "metrics --format = p"), (std::set<std::string>{"prometheus"}));
    EXPECT_EQ(offered(folder, "metrics --format ="),
              (std::set<std::string>{"openmetrics", "prometheus"}));
    std::ofstream(folder / "some.toml");
    EXPECT_EQ(offered(folder, "init --config = some"), (std::set<std::string>{"some.toml"}));
}

TEST_F(Ctl, CompletionOffersTheLevelsOfTheLog) {
    EXPECT_EQ(offered(folder, "loglevel ''"),
              std::set<std::string>(kLogLevels.begin(), kLogLevels.end()));
    EXPECT_EQ(offered(folder, "--json loglevel w"), (std::set<std::string>{"warning"}));
}

// An option that takes a value, of whichever verb: what follows is neither a verb nor an option.
TEST_F(Ctl, CompletionKnowsWhichOptionsTakeAValue) {
    const std::regex form("(?:^|\\n) +(--[a-z][a-z-]*) ([A-Z]+|[A-Z]+ \\[)");
    std::size_t seen = 0;
    for (const std::string& verb : offered(folder, "''")) {
        const std::string help = run(verb + " --help").out;
        for (std::sregex_iterator it(help.begin(), help.end(), form), end; it != end; ++it) {
            const std::string option = (*it)[1];
            ++seen;
            EXPECT_TRUE(offered(folder, verb + " " + option + " --").empty()) << verb << option;
        }
    }
    EXPECT_GE(seen, 14U);
}

TEST_F(Ctl, CompletionOffersFilesWhereTheyBelong) {
    std::ofstream(folder / "some file.toml");
    EXPECT_EQ(offered(folder, "validate some"), (std::set<std::string>{"some file.toml"}));
    EXPECT_EQ(offered(folder, "join --file some"), (std::set<std::string>{"some file.toml"}));
    EXPECT_TRUE(offered(folder, "status some").empty());
}

}  // namespace
}  // namespace berkeley
