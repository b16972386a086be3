// Any bytes as a file of the daemon's state folder; the first one chooses which. Whatever is read,
// a node starts with it.
#include <cstdint>
#include <optional>
#include <string_view>

#include "daemon/core/contract.hpp"
#include "daemon/core/node/node.hpp"
#include "daemon/platform/roster_text.hpp"
#include "daemon/platform/state_text.hpp"
#include "daemon/platform/trust_text.hpp"
#include "tests/support/node_bench.hpp"

namespace {

using namespace berkeley;

const RawClockIdentity kClock{"boot", "tsc"};

TrustPlace place() {
    return {NodeName::from("bench").value(), "boot"};
}

void start(std::string_view name, const SavedState& state, std::optional<SavedTrust> trust) {
    test::NodeBench bench(test::bench_settings(std::string(name)));
    bench.start(state, std::move(trust));
    bench.pass(200ms);
    static_cast<void>(bench.status());
    static_cast<void>(format_state(bench.node().saved_state(bench.now()), kClock));
}

// One spelling: what was written and read is written the same.
void state(std::string_view text) {
    const auto saved = parse_state(text, kClock);
    if (!saved) {
        ensure(!saved.error().empty(), "refused without words");
        return;
    }
    const std::string written = format_state(*saved, kClock);
    const auto again = parse_state(written, kClock);
    ensure(again.has_value(), "what was written cannot be read");
    ensure(format_state(*again, kClock) == written, "another state came back");
    start("master", *saved, SavedTrust{});
    start("m1", *saved, SavedTrust{});
}

void trust(std::string_view text) {
    const auto saved = parse_trust(text, place());
    if (!saved) {
        ensure(!saved.error().empty(), "refused without words");
        return;
    }
    const std::string written = format_trust(*saved, place());
    const auto again = parse_trust(written, place());
    ensure(again.has_value(), "what was written cannot be read");
    ensure(format_trust(*again, place()) == written, "another trust came back");
    start("master", {}, *saved);
}

// Who starts by it has checked it first.
void roster(std::string_view text) {
    const auto saved = parse_roster(text);
    if (!saved) {
        ensure(!saved.error().empty(), "refused without words");
        return;
    }
    const std::string written = format_roster(*saved);
    const auto again = parse_roster(written);
    ensure(again.has_value() && *again == *saved, "what was written is another roster");
    ensure(format_roster(*again) == written, "a roster with two spellings");
    if (const auto rosters = rosters_of(saved->chain, "bench"))
        ensure(rosters->size() == saved->chain.changes.size() + 1, "a change that makes nothing");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
    if (data[0] == 'r')
        roster(text);
    else
        data[0] % 2 == 0 ? state(text) : trust(text);
    return 0;
}
