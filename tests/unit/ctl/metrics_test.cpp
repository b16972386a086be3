// What `metrics` prints, read by a small parser of the OpenMetrics grammar
// (prometheus.io/docs/specs/ om, "ABNF"), written for this test from that text alone.
#include "ctl/render/metrics.hpp"

#include <map>
#include <optional>
#include <regex>
#include <set>

#include <fmt/format.h>

#include "tests/unit/ctl/ctl_fixture.hpp"

namespace berkeley::ctl {
namespace {

struct ParsedFamily {
    std::string type;
    std::string unit;
    bool help = false;
    std::map<std::string, double> samples;  // by "name{label="value",...}", unescaped
};

// Throws what is wrong with the text.
class OpenMetricsParser {
  public:
    explicit OpenMetricsParser(const std::string& text) {
        std::istringstream lines(text);
        if (!text.ends_with("\n"))
            wrong("the last line does not end");
        for (std::string line; std::getline(lines, line);) {
            if (ended_)
                wrong("something behind # EOF");
            if (line == "# EOF")
                ended_ = true;
            else if (line.starts_with("#"))
                metadata(line);
            else
                sample(line);
        }
        if (!ended_)
            wrong("no # EOF");
    }

    const std::map<std::string, ParsedFamily>& families() const { return families_; }

    double value(const std::string& family, const std::string& series) const {
        return families_.at(family).samples.at(series);
    }

  private:
    [[noreturn]] static void wrong(const std::string& what) { throw std::runtime_error(what); }

    void metadata(const std::string& line) {
        static const std::regex form("# (HELP|TYPE|UNIT) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)");
        std::smatch parts;
        if (!std::regex_match(line, parts, form))
            wrong("no metadata: " + line);
        const std::string name = parts[2];
        if (name != current_) {
            if (families_.contains(name))
                wrong("two groups of " + name);
            current_ = name;
        }
        ParsedFamily& family = families_[name];
        if (!family.samples.empty())
            wrong("metadata behind samples: " + line);
        if (parts[1] == "HELP")
            help(family, parts[3]);
        else if (parts[1] == "TYPE")
            type(family, parts[3]);
        else
            unit(family, name, parts[3]);
    }

    static void help(ParsedFamily& family, const std::string& text) {
        if (family.help)
            wrong("two HELPs");
        family.help = true;
        static_cast<void>(unescape(text));
    }

    static void type(ParsedFamily& family, const std::string& type) {
        static const std::set<std::string> types = {"counter", "gauge", "stateset", "info"};
        if (!family.type.empty() || !types.contains(type))
            wrong("type " + type);
        family.type = type;
    }

    static void unit(ParsedFamily& family, const std::string& name, const std::string& unit) {
        if (!family.unit.empty() || !name.ends_with("_" + unit))
            wrong("unit " + unit + " of " + name);
        family.unit = unit;
    }

    void sample(const std::string& line) {
        static const std::regex form(
            R"re(([a-zA-Z_:][a-zA-Z0-9_:]*)(\{((?:[^"\\}]|"(?:[^"\\\n]|\\["\\n])*")*)\})?)re"
            " ([^ ]+)");
        std::smatch parts;
        if (!std::regex_match(line, parts, form))
            wrong("no sample: " + line);
        if (current_.empty())
            wrong("a sample without a family: " + line);
        ParsedFamily& family = families_[current_];
        const std::string suffix = family.type == "counter" ? "_total"
                                   : family.type == "info"  ? "_info"
                                                            : "";
        if (parts[1] != current_ + suffix)
            wrong(parts[1].str() + " is no sample of " + current_);
        const std::string labels = read_labels(parts[3]);
        const double value = number(parts[4]);
        if (family.type == "counter" && !(value >= 0))
            wrong("a counter below zero: " + line);
        if ((family.type == "info" && value != 1) ||
            (family.type == "stateset" && value != 0 && value != 1))
            wrong("a value that its type does not take: " + line);
        if (family.type == "stateset" && labels.find(current_ + "=") == std::string::npos)
            wrong("a state set is labelled by its own name: " + line);
        if (!family.samples.emplace(labels, value).second)
            wrong("a series twice: " + line);
    }

    static std::string read_labels(std::string text) {
        static const std::regex form(
            R"re(([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$))re");
        std::string all;
        std::set<std::string> seen;
        std::smatch parts;
        while (!text.empty()) {
            if (!std::regex_search(text, parts, form, std::regex_constants::match_continuous))
                wrong("no labels: " + text);
            if (!seen.insert(parts[1]).second)
                wrong("a label twice");
            all +=
                fmt::format("{}{}={}", all.empty() ? "" : ",", parts[1].str(), unescape(parts[2]));
            const bool more = parts[3] == ",";
            text = parts.suffix();
            if (more == text.empty())
                wrong("a comma too many or too few");
        }
        return all;
    }

    static std::string unescape(const std::string& text) {
        std::string out;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] != '\\') {
                out += text[i];
                continue;
            }
            if (++i == text.size())
                wrong("a backslash at the end");
            out += text[i] == 'n' ? '\n' : text[i];
        }
        return out;
    }

    static double number(const std::string& text) {
        static const std::regex form("[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?");
        if (!std::regex_match(text, form))
            wrong("no number: " + text);
        return std::stod(text);
    }

    std::map<std::string, ParsedFamily> families_;
    std::string current_;
    bool ended_ = false;
};

MemberStatus row(std::string name, MemberState state, Counted counted) {
    MemberStatus member;
    member.name = std::move(name);
    member.state = state;
    member.counted = counted;
    member.offset = -5us;
    return member;
}

FakeSource hostile_master() {
    FakeSource source;
    source.node.cluster = "la\"b\\\n}";
    source.node.node = "node{1}=\",\x1b[31m";
    source.node.bound_growth = 1.1e-4;
    source.node.expected = 3;
    source.list.push_back(row("a\"b\\c\nd", MemberState::excluded, Counted::no));
    source.list.push_back(row("a\"b\\c\nd", MemberState::excluded, Counted::no));
    source.list.push_back(row("µ±, \"}\"", MemberState::trusted, Counted::unknown));
    source.counters.corrections = 7;
    source.counters.dropped.not_authentic = 9;
    source.counters.kernel_stamps = UINT64_MAX;
    source.counters.slew_left = -1500us;
    return source;
}

TEST_F(Ctl, MetricsOfAMasterAreOpenMetrics) {
    ServerThread server(hostile_master());
    const Outcome outcome = run(server, "metrics");
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    const OpenMetricsParser parsed(outcome.out);
    EXPECT_EQ(parsed.value("berkeleyd_up", ""), 1);
    EXPECT_EQ(parsed.value("berkeleyd_offset_seconds", ""), -12.345e-6);
    EXPECT_EQ(parsed.value("berkeleyd_bound_seconds", ""), 84.1e-6);
    EXPECT_EQ(parsed.value("berkeleyd_bound_growth_ratio", ""), 1.1e-4);
    EXPECT_EQ(parsed.value("berkeleyd_frequency_offset_ratio", ""), 37.012e-6);
    EXPECT_EQ(parsed.value("berkeleyd_slew_left_seconds", ""), -1.5e-3);
    EXPECT_EQ(parsed.value("berkeleyd_holdover_seconds", ""), 0);
    EXPECT_EQ(parsed.value("berkeleyd_corrections", ""), 7);
    EXPECT_EQ(parsed.value("berkeleyd_datagrams_dropped", "reason=not_authentic"), 9);
    EXPECT_EQ(parsed.value("berkeleyd_stamps", "source=kernel"), 9.2233720368547758e18);
    EXPECT_EQ(parsed.value("berkeleyd_state", "berkeleyd_state=synchronized"), 1);
    EXPECT_EQ(parsed.value("berkeleyd_state", "berkeleyd_state=holdover"), 0);
    EXPECT_EQ(parsed.value("berkeleyd_members", "state=silent"), 1);
    EXPECT_EQ(parsed.value("berkeleyd_members", "state=left"), 0);
    EXPECT_EQ(parsed.value("berkeleyd_cluster_members_expected", ""), 3);
    EXPECT_EQ(parsed.value("berkeleyd_member_counted", "member=node2"), 0);
    EXPECT_EQ(parsed.families().at("berkeleyd_member_counted").samples.count("member=µ±, \"}\""),
              0U);
    EXPECT_EQ(parsed.families().at("berkeleyd_offset_seconds").unit, "seconds");
    EXPECT_EQ(parsed.families().at("berkeleyd").type, "info");
    for (const auto& [name, family] : parsed.families()) {
        EXPECT_TRUE(family.help) << name;
        EXPECT_FALSE(family.type.empty()) << name;
    }
}

TEST_F(Ctl, MetricsOfAMemberAreOpenMetrics) {
    FakeSource source;
    source.node.role = Role::member;
    source.node.state = NodeState::holdover;
    source.node.holdover = 40s;
    source.node.offset.reset();
    ServerThread server(source);
    const OpenMetricsParser parsed(run(server, "metrics").out);
    EXPECT_EQ(parsed.value("berkeleyd_state", "berkeleyd_state=holdover"), 1);
    EXPECT_EQ(parsed.value("berkeleyd_holdover_seconds", ""), 40);
    EXPECT_FALSE(parsed.families().contains("berkeleyd_offset_seconds"));
    EXPECT_FALSE(parsed.families().contains("berkeleyd_members"));
}

TEST_F(Ctl, MetricsWithoutADaemonAreAValue) {
    const Outcome outcome = run("metrics --socket " + (folder / "none").native());
    EXPECT_EQ(outcome.code, 0);
    const OpenMetricsParser parsed(outcome.out);
    EXPECT_EQ(parsed.value("berkeleyd_up", ""), 0);
    EXPECT_EQ(parsed.families().size(), 1U);
    EXPECT_NE(outcome.err.find("no daemon answers"), std::string::npos);
    EXPECT_EQ(run("metrics --json").code, 2);
    EXPECT_EQ(run("metrics --format xml").code, 2);
}

// node_exporter's textfile collector refuses a file with a type that the classic format lacks.
TEST_F(Ctl, TheClassicFormatHasItsOwnTypesOnly) {
    ServerThread server(hostile_master());
    const Outcome outcome = run(server, "metrics --format prometheus");
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    std::istringstream lines(outcome.out);
    std::string described;
    std::size_t samples = 0;
    for (std::string line; std::getline(lines, line);) {
        std::smatch parts;
        if (std::regex_match(line, parts, std::regex("# TYPE ([a-z_]+) (counter|gauge)"))) {
            described = parts[1];
            continue;
        }
        if (line.starts_with("# HELP "))
            continue;
        ASSERT_FALSE(line.starts_with("#")) << line;
        EXPECT_EQ(line.substr(0, line.find_first_of("{ ")), described) << line;
        ++samples;
    }
    EXPECT_GT(samples, 30U);
    EXPECT_NE(outcome.out.find("\nberkeleyd_corrections_total 7\n"), std::string::npos);
    EXPECT_NE(outcome.out.find("\nberkeleyd_info{version="), std::string::npos);
}

TEST(Exposition, TheParserOfThisTestRefusesWhatIsWrong) {
    for (const char* text :
         {"berkeleyd_up 1\n", "# TYPE a gauge\na 1\n", "# TYPE a gauge\na 1\n# EOF\nb",
          "# TYPE a counter\na 1\n# EOF\n", "# TYPE a gauge\n# UNIT a seconds\na 1\n# EOF\n",
          "# TYPE a gauge\na{b=\"c\"d} 1\n# EOF\n", "# TYPE a gauge\na 1\na 1\n# EOF\n",
          "# TYPE a gauge\na{b=\"\\x\"} 1\n# EOF\n", "# TYPE a gauge\na one\n# EOF\n",
          "# TYPE a stateset\na{b=\"c\"} 1\n# EOF\n"})
        EXPECT_THROW(OpenMetricsParser{text}, std::runtime_error) << text;
}

TEST(Exposition, NanosecondsAreWrittenInFull) {
    EXPECT_EQ(nano(0), "0.000000000");
    EXPECT_EQ(nano(-12'345), "-0.000012345");
    EXPECT_EQ(nano(1'700'000'000'000'000'001), "1700000000.000000001");
    EXPECT_EQ(nano(INT64_MIN), "-9223372036.854775808");
}

}  // namespace
}  // namespace berkeley::ctl
