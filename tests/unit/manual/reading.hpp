// What the tests of the documentation read: pages, sources, what the programs print.
#pragma once

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include <gtest/gtest.h>
#include <sys/wait.h>

namespace berkeley {

using Names = std::set<std::string>;

inline std::string slurp(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    EXPECT_FALSE(text.str().empty()) << path;
    return text.str();
}

inline std::string page(const std::string& name) {
    return slurp(std::filesystem::path(BERKELEYD_SOURCE) / "man" / (name + ".scd"));
}

struct Ran {
    int code = -1;
    std::string out;
};

inline Ran ran(const std::string& command) {
    FILE* pipe = popen(command.c_str(), "r");
    Ran ran;
    std::array<char, 4096> bytes;
    for (std::size_t size = 0; (size = fread(bytes.data(), 1, bytes.size(), pipe)) > 0;)
        ran.out.append(bytes.data(), size);
    const int status = pclose(pipe);
    ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return ran;
}

inline std::string help_of(const std::string& program) {
    const auto beside = std::filesystem::read_symlink("/proc/self/exe").parent_path();
    const Ran help = ran((beside / program).native() + " --help");
    EXPECT_EQ(help.code, 0) << program;
    return help.out;
}

// The first group of every match.
inline Names all(const std::string& text, const std::string& pattern) {
    const std::regex form(pattern);
    Names names;
    for (std::sregex_iterator it(text.begin(), text.end(), form), end; it != end; ++it)
        names.insert((*it)[1]);
    return names;
}

inline Names options_in(const std::string& help) {
    Names options = all(help, "(?:^|\\n) {2,8}(?:-[a-zA-Z],)?(--[a-z][a-z-]*)");
    options.merge(all(help, "\\n {2,8}--[a-z-]+,(--[a-z][a-z-]*)"));  // its opposite
    return options;
}

inline Names verbs_in(const std::string& help) {
    const auto begin = help.find("\nSubcommands:\n");
    if (begin == std::string::npos)
        return {};
    return all(help.substr(begin, help.find("\n\n", begin + 1) - begin), "\\n  ([a-z][a-z-]*) ");
}

}  // namespace berkeley
