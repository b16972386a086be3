#include "tests/system/support/process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace berkeley::test {
namespace {

// What the service manager of the test's own process said is nothing to the programs tested.
constexpr std::array kNotInherited = {
    "NOTIFY_SOCKET=", "WATCHDOG_USEC=", "WATCHDOG_PID=", "JOURNAL_STREAM=", "BERKELEYD_SOCKET="};

std::vector<std::string> whole_environment(const Environment& more) {
    std::vector<std::string> all;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string text = *variable;
        bool kept = true;
        for (const char* prefix : kNotInherited)
            kept = kept && !text.starts_with(prefix);
        if (kept)
            all.push_back(text);
    }
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (std::string& text : texts)
        pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

FileDescriptor memory_file(const char* name) {
    FileDescriptor file(memfd_create(name, MFD_CLOEXEC));
    if (!file)
        throw std::runtime_error(fmt::format("memfd_create: {}", std::strerror(errno)));
    return file;
}

std::string whole_text(int fd) {
    std::string text;
    std::array<char, 65'536> piece;
    while (true) {
        const ssize_t got = pread(fd, piece.data(), piece.size(), static_cast<off_t>(text.size()));
        if (got <= 0)
            return text;
        text.append(piece.data(), static_cast<std::size_t>(got));
    }
}

}  // namespace

std::filesystem::path built(const std::string& program) {
    return std::filesystem::read_symlink("/proc/self/exe").parent_path() / program;
}

Process::Process(const Arguments& arguments, const Environment& environment)
    : out_(memory_file("stdout")), err_(memory_file("stderr")) {
    std::vector<std::string> argument_texts = arguments;
    std::vector<std::string> variable_texts = whole_environment(environment);
    const std::vector<char*> argv = pointers_to(argument_texts);
    const std::vector<char*> envp = pointers_to(variable_texts);
    const pid_t parent = getpid();
    pid_ = fork();
    if (pid_ < 0)
        throw std::runtime_error(fmt::format("fork: {}", std::strerror(errno)));
    if (pid_ > 0)
        return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127);
    dup2(out_.get(), STDOUT_FILENO);
    dup2(err_.get(), STDERR_FILENO);
    execvpe(argv.front(), argv.data(), envp.data());
    dprintf(STDERR_FILENO, "cannot execute %s: %s\n", argv.front(), std::strerror(errno));
    _exit(127);
}

Process::~Process() {
    if (exit_code_)
        return;
    kill(pid_, SIGKILL);
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
}

void Process::signal(int number) const {
    if (!exit_code_)  // after its end the number may be another's
        kill(pid_, number);
}

std::optional<int> Process::wait(Seconds limit) {
    const auto ended = [this] {
        int status = 0;
        if (!exit_code_ && waitpid(pid_, &status, WNOHANG) == pid_)
            exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        return exit_code_.has_value();
    };
    wait_until(limit, ended, Seconds{0.002});
    return exit_code_;
}

std::string Process::out() const {
    return whole_text(out_.get());
}

std::string Process::err() const {
    return whole_text(err_.get());
}

Outcome run(const Arguments& arguments, const Environment& environment, Seconds limit) {
    Process process(arguments, environment);
    const std::optional<int> code = process.wait(limit);
    return {code.value_or(-1), process.out(), process.err()};
}

std::string run_well(const Arguments& arguments) {
    const Outcome outcome = run(arguments);
    if (outcome.code != 0) {
        throw std::runtime_error(fmt::format("{} ended with {}: {}", fmt::join(arguments, " "),
                                             outcome.code, outcome.err));
    }
    return outcome.out;
}

std::string proc_status_text(pid_t pid, const std::string& field) {
    std::ifstream status(fmt::format("/proc/{}/status", pid));
    std::string line;
    while (std::getline(status, line)) {
        if (line.starts_with(field + ":\t"))
            return line.substr(field.size() + 2);
    }
    throw std::runtime_error(fmt::format("no {} in /proc/{}/status", field, pid));
}

std::int64_t proc_status(pid_t pid, const std::string& field) {
    return std::stoll(proc_status_text(pid, field));
}

}  // namespace berkeley::test
