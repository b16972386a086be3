// A fuzz target without a fuzzer: every file of the corpus, and then mutations of them until the
// time is over, in the same order each time. What fails is left in a file, for the fuzzer or gdb.
#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Input = std::vector<std::uint8_t>;

std::vector<Input> read_corpus(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        files.push_back(entry.path());
    std::ranges::sort(files);
    std::vector<Input> all;
    for (const auto& file : files) {
        std::ifstream in(file, std::ios::binary);
        all.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    }
    return all;
}

class Mutator {
  public:
    explicit Mutator(const std::vector<Input>& corpus) : corpus_(corpus) {}

    Input next() {
        Input input = corpus_[below(corpus_.size())];
        for (std::size_t changes = 1 + below(8); changes > 0; --changes)
            change(input);
        return input;
    }

  private:
    std::size_t below(std::size_t end) { return random_() % end; }
    std::uint8_t byte() { return static_cast<std::uint8_t>(random_()); }

    void change(Input& input) {
        const auto place = [this, &input] {
            return input.begin() + static_cast<std::ptrdiff_t>(below(input.size() + 1));
        };
        if (input.empty() || below(5) == 0) {
            input.insert(place(), byte());
            return;
        }
        std::uint8_t& one = input[below(input.size())];
        switch (below(4)) {
            case 0:
                one = static_cast<std::uint8_t>(one ^ 1U << below(8));
                return;
            case 1:
                one = byte();
                return;
            case 2:
                input.erase(input.begin() + static_cast<std::ptrdiff_t>(below(input.size())));
                return;
            default: {
                const Input& other = corpus_[below(corpus_.size())];
                const std::size_t from = below(other.size() + 1);
                const std::size_t most = std::min<std::size_t>(other.size() - from, 64);
                const auto begin = other.begin() + static_cast<std::ptrdiff_t>(from);
                input.insert(place(), begin, begin + static_cast<std::ptrdiff_t>(most));
            }
        }
    }

    const std::vector<Input>& corpus_;
    std::mt19937_64 random_{20'261'125};  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same each time
};

// ---- what fails

const Input* running = nullptr;
std::array<char, 64> left_in{};

// Only what a signal handler may call.
void leave_input(int signal) {
    const int fd = open(left_in.data(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd >= 0 && running != nullptr)
        static_cast<void>(!write(fd, running->data(), running->size()));
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

void run(const Input& input) {
    running = &input;
    LLVMFuzzerTestOneInput(input.data(), input.size());
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        fmt::print(stderr, "usage: {} CORPUS SECONDS\n", argv[0]);
        return 2;
    }
    const std::vector<Input> corpus = read_corpus(argv[1]);
    if (corpus.empty())
        return 2;
    fmt::format_to_n(left_in.data(), left_in.size() - 1, "fuzz-failure-{}", getpid());
    fmt::print("what fails is left in ./{}\n", left_in.data());
    for (const int each : {SIGABRT, SIGSEGV, SIGFPE, SIGILL, SIGBUS})
        std::signal(each, leave_input);

    using std::chrono::steady_clock;
    const auto end = steady_clock::now() + std::chrono::seconds(std::stoi(argv[2]));
    std::ranges::for_each(corpus, run);
    Mutator mutator(corpus);
    std::size_t executions = corpus.size();
    for (; steady_clock::now() < end; ++executions)
        run(mutator.next());
    fmt::print("{} executions, {} of them the corpus\n", executions, corpus.size());
    return 0;
}
