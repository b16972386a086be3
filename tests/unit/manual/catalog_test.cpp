// The journal's catalog: every message of ours is explained in it, and it speaks of what there is.
#include <map>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "daemon/platform/journal.hpp"
#include "tests/system/support/requirement.hpp"
#include "tests/system/support/temporary_folder.hpp"
#include "tests/unit/manual/reading.hpp"

namespace berkeley {
namespace {

const std::filesystem::path kSource = BERKELEYD_SOURCE;
const std::filesystem::path kCatalog = kSource / "systemd" / "berkeleyd.catalog";

// Message ids by the names of their constants.
std::map<std::string, std::string> messages() {
    const std::string text = slurp(kSource / "daemon/platform/message_ids.hpp");
    const std::regex form("string_view (k[A-Za-z]+) =\\s*\"([0-9a-f]{32})\"");
    std::map<std::string, std::string> found;
    for (std::sregex_iterator it(text.begin(), text.end(), form), end; it != end; ++it)
        found[(*it)[1]] = (*it)[2];
    EXPECT_EQ(found.size(), all(text, "string_view (k[A-Za-z]+)").size());
    return found;
}

// What stands below each id.
std::map<std::string, std::string> entries() {
    std::istringstream lines(slurp(kCatalog));
    std::map<std::string, std::string> found;
    std::string* entry = nullptr;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("-- ")) {
            EXPECT_FALSE(found.contains(line.substr(3))) << line << " stands there twice";
            entry = &found[line.substr(3)];
        } else if (entry != nullptr && !line.starts_with('#')) {
            *entry += line + "\n";
        }
    }
    return found;
}

std::string sources_of_the_daemon() {
    std::string text;
    for (const auto& file : std::filesystem::recursive_directory_iterator(kSource / "daemon")) {
        if (file.path().extension() == ".cpp")
            text += slurp(file.path());
    }
    return text;
}

TEST(MessageIds, AreNoMoreThanTheJournalTellsApart) {
    LogLimit limit;
    for (const auto& [name, id] : messages())
        EXPECT_TRUE(limit.ask(id, 1h).pass) << name;
}

TEST(Catalog, ExplainsEveryMessageAndNoOther) {
    Names ids;
    for (const auto& [name, id] : messages())
        EXPECT_TRUE(ids.insert(id).second) << name << " has the id of another";
    Names explained;
    for (const auto& [id, text] : entries())
        explained.insert(id);
    EXPECT_GE(ids.size(), 40U);
    EXPECT_EQ(ids, explained);
}

TEST(Catalog, EveryMessageOfItIsWrittenSomewhere) {
    const std::string sources = sources_of_the_daemon();
    for (const auto& [name, id] : messages())
        EXPECT_NE(sources.find("message_id::" + name), std::string::npos) << name << " " << id;
}

TEST(Catalog, SaysWhatHasHappenedAndWhatToDo) {
    const std::regex form(
        "Subject: [^\n]{8,70}\nDefined-By: berkeleyd\n"
        "Documentation: (man:[a-z.-]+\\([1-8]\\) ?)+\n"
        "\n([^\n]{1,80}\n)+\n([^\n]{1,80}\n)+(\n([^\n]{1,80}\n)+)*\n*");
    for (const auto& [id, text] : entries())
        EXPECT_TRUE(std::regex_match(text, form)) << id << "\n" << text;
}

TEST(Catalog, SpeaksOfVerbsPagesKeysAndFieldsThatThereAre) {
    const std::string text = slurp(kCatalog);
    const Names verbs = verbs_in(help_of("berkeleyctl"));
    const Names advised = all(text, "'berkeleyctl ([a-z]+)");
    EXPECT_GE(advised.size(), 5U);
    for (const std::string& verb : advised)
        EXPECT_TRUE(verbs.contains(verb)) << verb;
    for (const std::string& name : all(text, "\\b([a-z.-]+\\([1-8]\\))")) {
        const std::string file = name.substr(0, name.size() - 3) + "." + name[name.size() - 2];
        EXPECT_TRUE(std::filesystem::exists(kSource / "man" / (file + ".scd"))) << name;
    }
    const std::string keys = page("berkeleyd.toml.5");
    for (const std::string& key : all(text, "'([a-z]+_[a-z]+|expect|candidates)'"))
        EXPECT_NE(keys.find("\n*" + key + "* = "), std::string::npos) << key;
    const std::string sources = sources_of_the_daemon();
    for (const std::string& field : all(text, "(BERKELEYD_[A-Z_]+)"))
        EXPECT_NE(sources.find("\"" + field + "\""), std::string::npos) << field;
}

TEST(Catalog, JournalctlTakesItWhole) {
    BERKELEYD_REQUIRE(ran("command -v journalctl").code == 0, "journalctl is not installed");
    const test::TemporaryFolder root;
    const auto folder = root / "usr/lib/systemd/catalog";
    std::filesystem::create_directories(folder);
    std::filesystem::copy_file(kCatalog, folder / "berkeleyd.catalog");
    const std::string journalctl = "journalctl --root=" + root.path().native();
    const Ran updated = ran(journalctl + " --update-catalog 2>&1");
    EXPECT_EQ(updated.code, 0);
    EXPECT_EQ(updated.out, "");
    const Ran list = ran(journalctl + " --list-catalog");
    EXPECT_EQ(all(list.out, "(?:^|\n)([0-9a-f]{32}) berkeleyd: ").size(), messages().size())
        << list.out;
}

}  // namespace
}  // namespace berkeley
