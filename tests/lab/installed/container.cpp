#include "tests/lab/installed/container.hpp"

#include <csignal>
#include <fstream>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include "tests/system/support/requirement.hpp"

namespace berkeley::test {
namespace {

namespace fs = std::filesystem;

constexpr Seconds kBootLimit{60};
constexpr Seconds kStopLimit{30};
constexpr Seconds kCommandLimit{90};

// systemd-nspawn withholds CAP_SYS_TIME from what it starts; this, from what we start in there.
const Arguments kNotTheClock{"setpriv", "--bounding-set", "-sys_time", "--inh-caps", "-sys_time"};

std::string name_of(pid_t process) {
    std::ifstream file(fmt::format("/proc/{}/comm", process));
    std::string name;
    std::getline(file, name);
    return name;
}

pid_t first_child(pid_t process) {
    std::ifstream children(fmt::format("/proc/{0}/task/{0}/children", process));
    pid_t child = 0;
    children >> child;
    return child;
}

}  // namespace

std::string why_no_container() {
    if (!is_root())
        return "needs root, for a container";
    for (const auto& [program, package] : {std::pair{"mmdebstrap", "mmdebstrap"},
                                           std::pair{"systemd-nspawn", "systemd-container"}}) {
        if (run({program, "--version"}).code != 0)
            return fmt::format("there is no {} (Debian: apt install {})", program, package);
    }
    if (run({"unshare", "--mount", "--pid", "--net", "--fork", "true"}).code != 0)
        return "no namespaces can be made here";
    try {
        const Cgroup possible;
    } catch (const std::exception& error) {
        return fmt::format("no control groups can be made: {}", error.what());
    }
    return {};
}

Container::Container(const fs::path& root_archive, ClockRight right) : right_(right) {
    fs::create_directory(path("/"));
    run_well({"tar", "-x", "-f", root_archive, "-C", path("/")});
    // One that a machine is known by; a container has none of its own.
    write("/etc/hostname", "node1\n");
    boot();
}

void Container::boot() {
    cgroup_ = std::make_unique<Cgroup>();
    const Stopwatch booting;
    // In a process namespace of its own, of which nspawn is the first process: when the test ends,
    // however it ends, the kernel ends all that is in there.
    const std::string start = fmt::format(
        "{} && exec unshare --pid --fork --kill-child --mount-proc systemd-nspawn --quiet --boot "
        "--directory='{}' --machine=berkeleyd-{} "
        "--register=no --keep-unit --private-network --console=pipe {} </dev/null",
        cgroup_->enter(), path("/").string(), getpid(),
        right_ == ClockRight::granted ? "--capability=CAP_SYS_TIME" : "");
    unshare_ = std::make_unique<Process>(Arguments{"sh", "-c", start});
    await_systemd();
    boot_seconds_ = booting.seconds();
}

Container::~Container() {
    shut_down();
}

void Container::reboot() {
    shut_down();
    cgroup_.reset();
    boot();
}

void Container::shut_down() {
    if (const pid_t nspawn = first_child(unshare_->pid()); nspawn > 0)
        kill(nspawn, SIGTERM);  // an orderly shutdown
    unshare_->wait(kStopLimit);
}

void Container::await_systemd() {
    const bool up = wait_until(kBootLimit, [this] {
        systemd_ = first_child(first_child(unshare_->pid()));
        if (!unshare_->running() || name_of(systemd_) != "systemd")
            return !unshare_->running();
        return as_root({"systemctl", "is-active", "--quiet", "multi-user.target"}).code == 0;
    });
    if (!up || !unshare_->running()) {
        throw std::runtime_error(
            fmt::format("the container does not boot: {}{}", unshare_->out(), unshare_->err()));
    }
}

Outcome Container::inside(const Arguments& wrapper, const Arguments& command) const {
    Arguments all = right_ == ClockRight::withheld ? kNotTheClock : Arguments{};
    const Arguments enter{"nsenter",  "--target", std::to_string(systemd_),
                          "--mount",  "--uts",    "--ipc",
                          "--net",    "--pid",    "--root",
                          "--wdns=/", "--"};
    const Arguments clean{"env", "-i", "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive",
                          "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
    for (const Arguments& part : {enter, wrapper, clean, command})
        all.insert(all.end(), part.begin(), part.end());
    return run(all, {}, kCommandLimit);
}

Outcome Container::as_root(const Arguments& command) const {
    return inside({}, command);
}

Outcome Container::as_user(const Arguments& command) const {
    return inside({"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                   "--bounding-set=-all", "--inh-caps=-all"},
                  command);
}

std::string Container::well(const Arguments& command) const {
    const Outcome outcome = as_root(command);
    if (outcome.code != 0) {
        throw std::runtime_error(fmt::format("in the container, {} ended with {}: {}{}",
                                             fmt::join(command, " "), outcome.code, outcome.out,
                                             outcome.err));
    }
    return outcome.out;
}

void Container::copy_in(const fs::path& file, std::string_view to) const {
    fs::copy_file(file, path(to), fs::copy_options::overwrite_existing);
}

void Container::write(std::string_view inside, std::string_view text) const {
    const fs::path file = path(inside);
    fs::create_directories(file.parent_path());
    std::ofstream stream(file, std::ios::binary);
    stream << text;
    if (!stream.flush())
        throw std::runtime_error(fmt::format("cannot write {}", file.string()));
}

fs::path Container::path(std::string_view inside) const {
    return (folder_ / "root").string() + std::string(inside);
}

}  // namespace berkeley::test
