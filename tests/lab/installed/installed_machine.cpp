#include "tests/lab/installed/installed_machine.hpp"

#include <array>
#include <cmath>
#include <sstream>
#include <stdexcept>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "tests/lab/installed/debian_root.hpp"
#include "tests/system/support/node_process.hpp"
#include "tests/system/support/requirement.hpp"

namespace berkeley::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDropIn = "/etc/berkeleyd/berkeleyd.toml.d/test.toml";

constexpr const char* kAlone = "clock = \"simulated\"\n";

constexpr const char* kWithPeer =
    "clock = \"simulated\"\n"
    "[simulated]\n"
    "offset_ms = 0.2\n"
    "drift_ppm = 30\n";

constexpr const char* kPeer =
    "clock = \"simulated\"\n"
    "socket = \"/run/peer/control.sock\"\n"
    "state_dir = \"/var/lib/peer\"\n";

// A daemon that begins anew starts at 0 ppm; with the peer, which is 30 ppm slower, it learns some
// -15, and within a fraction of a second something not too far from that.
constexpr double kNotAnew = -6;

// Below them others keep records, whatever the package does.
constexpr std::array kRecords = {"/var/lib/dpkg/",
                                 "/var/log/",
                                 "/var/cache/",
                                 "/var/lib/apt/",
                                 "/var/tmp/",
                                 "/var/lib/systemd/timers/",
                                 "/var/lib/systemd/coredump/"};
// What useradd and systemd-sysusers leave of the databases as they were before.
constexpr std::array kBackups = {"/etc/passwd-", "/etc/group-", "/etc/shadow-", "/etc/gshadow-",
                                 "/etc/.pwd.lock"};

bool is_record(const std::string& path) {
    bool found = false;
    for (const char* folder : kRecords)
        found = found || path.starts_with(folder);
    for (const char* file : kBackups)
        found = found || path == file;
    return found;
}

}  // namespace

bool holds(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

void Installed::make_machine(ClockRight right, const std::vector<std::string>& and_packages) {
    const std::string why_not = why_no_container();
    BERKELEYD_REQUIRE(why_not.empty(), why_not);
    const fs::path deb = built_deb();
    BERKELEYD_REQUIRE(!deb.empty(), "there is no package in build/packages: packaging/build-deb");
    const auto root = debian_root_for(deb, and_packages);
    BERKELEYD_REQUIRE(root, root.error());
    machine = std::make_unique<Container>(*root, right);
    machine->copy_in(deb, deb_inside);
    files_before = files();
    users_before = machine->well({"cat", "/etc/passwd"});
    std::cout << fmt::format("  booted in {:.1f} s\n", machine->boot_seconds());
}

void Installed::install(ClockRight right) {
    make_machine(right);
    if (IsSkipped() || HasFailure())
        return;
    const Stopwatch installing;
    said_by_installation = machine->well({"apt-get", "install", "--yes", deb_inside});
    std::cout << fmt::format("  {} installed in {:.1f} s\n", built_deb().filename().string(),
                             installing.seconds());
}

void Installed::configure(const char* more) {
    machine->well({"mkdir", "-p", "/etc/berkeleyd/berkeleyd.toml.d"});
    machine->write(kDropIn, more);
}

void Installed::configure_alone() {
    machine->well({"berkeleyctl", "init", "--name", "lab", "--address", "node1"});
    configure(kAlone);
}

void Installed::configure_with_peer(double peer_ahead_ms) {
    machine->well({"berkeleyctl", "init", "--name", "lab", "--node", "peer", "--address",
                   "127.0.0.1:20001", "--expect", "2", "--config", "/etc/peer/berkeleyd.toml"});
    machine->well({"mkdir", "/etc/peer/berkeleyd.toml.d"});
    machine->write("/etc/peer/berkeleyd.toml.d/test.toml",
                   fmt::format("{}[simulated]\noffset_ms = {}\n", kPeer, peer_ahead_ms));
    start_peer();
    std::string token =
        machine->well({"berkeleyctl", "--socket", "/run/peer/control.sock", "invite"});
    token.erase(token.find_last_not_of('\n') + 1);
    machine->well({"berkeleyctl", "join", token});
    configure(kWithPeer);
}

void Installed::start_peer() {
    machine->well({"systemd-run", "--unit=peer", "--property=User=berkeleyd",
                   "--property=Type=notify", "--property=RuntimeDirectory=peer",
                   "--property=StateDirectory=peer", "/usr/sbin/berkeleyd", "--config",
                   "/etc/peer/berkeleyd.toml"});
}

void Installed::start() {
    if (machine->as_root({"systemctl", "start", "berkeleyd"}).code != 0)
        throw std::runtime_error(
            "it does not start: " +
            machine->well({"journalctl", "--unit=berkeleyd", "--no-pager", "--lines=20"}));
    machine->well({"berkeleyctl", "waitsync", "--timeout", "30"});
}

bool Installed::is_active(const std::string& unit) {
    return machine->as_root({"systemctl", "is-active", "--quiet", unit}).code == 0;
}

std::string Installed::property(const std::string& name, const std::string& unit) {
    std::string value = machine->well({"systemctl", "show", "--value", "--property=" + name, unit});
    if (value.ends_with('\n'))
        value.pop_back();
    return value;
}

std::string Installed::status() {
    return machine->as_root({"systemctl", "status", "--no-pager", "--full", "berkeleyd"}).out;
}

std::string Installed::journal() {
    return machine->well({"journalctl", "--no-pager", "--output=cat", "_COMM=berkeleyd"});
}

std::string Installed::status_line(std::string_view start) {
    std::istringstream screen(status());
    for (std::string line; std::getline(screen, line);) {
        const auto at = line.find_first_not_of(' ');
        if (at != std::string::npos && line.substr(at).starts_with(start))
            return line.substr(at);
    }
    return {};
}

std::int64_t Installed::tracked(std::string_view key, const std::string& socket) {
    const Outcome outcome =
        machine->as_root({"berkeleyctl", "tracking", "--json", "--socket", socket});
    return number(boost::json::parse(outcome.out).as_object(), key);
}

double Installed::kept_ppm() {
    const Outcome state = machine->as_root({"cat", "/var/lib/berkeleyd/state.json"});
    return state.code == 0 ? boost::json::parse(state.out).at("rate").to_number<double>() * 1e6 : 0;
}

void Installed::wait_until_a_rate_is_kept() {
    ASSERT_TRUE(wait_until(Seconds{90}, [this] { return kept_ppm() < kNotAnew; })) << kept_ppm();
}

void Installed::peer_hangs(bool hangs) {
    machine->well({"systemctl", "kill", hangs ? "--signal=STOP" : "--signal=CONT", "peer"});
}

void Installed::expect_gone_on_at_the_kept_rate() {
    const double kept = kept_ppm();
    const double went_on = static_cast<double>(tracked("kernel_frequency_ppb")) / 1e3;
    EXPECT_EQ(tracked("corrections"), 0) << "a correction changes the rate";
    EXPECT_NEAR(went_on, kept, 0.1);
    EXPECT_LT(kept, kNotAnew);
    std::cout << fmt::format("  went on at {:.1f} ppm\n", went_on);
}

std::set<std::string> Installed::files() {
    const std::string root = machine->path("").string();
    std::set<std::string> found;
    for (const auto& file : fs::recursive_directory_iterator(root)) {
        const std::string path = file.path().string().substr(root.size());
        if (!is_record(path))
            found.insert(path);
    }
    return found;
}

}  // namespace berkeley::test
