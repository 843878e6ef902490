// word_count: the most frequent words of files, counted over all processors
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <vector>

#include "tandem/exercises/word_counter.hpp"
#include "word_count/input.hpp"
#include "word_count/options.hpp"
#include "word_count/output.hpp"

using tandem::exercises::count_with_channel;
using tandem::exercises::most_frequent;
using tandem::exercises::WordCounter;
using namespace word_count;

namespace {

std::sig_atomic_t volatile interrupted = 0;

/// Counts block after block in the way the user chose.
class Counter {
public:
    explicit Counter(Mode mode) : mode_(mode) {}

    void count(std::string_view block) {
        // More pieces than processors, so that a slow piece does not leave the others idle.
        std::size_t const n = 4 * processors_;
        switch (mode_) {
            case Mode::sequential: counter_.count(block); break;
            case Mode::parallel: counter_.count_parallel(pieces(block, n)); break;
            case Mode::channel:
                for (auto& [word, count] : count_with_channel(pieces(block, n))) {
                    gathered_[word] += count;
                }
        }
    }

    [[nodiscard]] Ranking top(std::size_t n) const {
        return mode_ == Mode::channel ? most_frequent(gathered_, n) : counter_.top_n(n);
    }

private:
    Mode mode_;
    WordCounter counter_;
    std::unordered_map<std::string, std::size_t> gathered_;
    std::size_t processors_ = tandem::thread::available_parallelism();
};

/// Counts one file, or as much of it as can be read.
std::error_code count_file(std::string const& name, Counter& counter, Progress& progress) {
    constexpr std::size_t block_size = 32U << 20;
    auto input = Input::open(name);
    if (input.is_err()) {
        return input.error();
    }
    while (interrupted == 0) {
        auto const block = input->next_block(block_size);
        if (block.is_err()) {
            return block.error();
        }
        if (block->empty()) {
            break;
        }
        counter.count(*block);
        progress.add(block->size());
    }
    return {};
}

std::size_t size_of(std::vector<std::string> const& files) {
    std::size_t total = 0;
    for (std::string const& name : files) {
        total +=
            Input::open(name).map([](Input const& input) { return input.size(); }).unwrap_or(0U);
    }
    return total;
}

void handle_signals() {
    struct sigaction on_interrupt{};
    on_interrupt.sa_handler = [](int) { interrupted = 1; };  // no SA_RESTART: a read comes back
    ::sigaction(SIGINT, &on_interrupt, nullptr);
    std::signal(SIGPIPE, SIG_IGN);  // NOLINT(cert-err33-c): write_out sees EPIPE instead
}

/// Ends as one who was interrupted ends: by the signal, so that a shell's loop stops as well.
[[noreturn]] void end_by_interrupt() {
    std::signal(SIGINT, SIG_DFL);  // NOLINT(cert-err33-c)
    std::raise(SIGINT);            // NOLINT(cert-err33-c)
    ::_exit(130);
}

int run(Options const& options) {
    handle_signals();
    int status = 0;
    Counter counter(options.mode);
    Progress progress(size_of(options.files));
    for (std::string const& name : options.files) {
        if (std::error_code const error = count_file(name, counter, progress);
            error && interrupted == 0) {
            progress.clear();
            fmt::print(stderr, "word_count: {}: {}\n", name, error.message());
            status = 1;
        }
    }
    progress.clear();
    if (interrupted != 0) {
        end_by_interrupt();
    }

    std::string const text = options.all
                                 ? as_lines(counter.top(std::numeric_limits<std::size_t>::max()))
                                 : as_table(counter.top(options.top));
    if (std::error_code const error = write_out(text)) {
        fmt::print(stderr, "word_count: standard output: {}\n", error.message());
        status = 1;
    }
    return status;
}

}  // namespace

int main(int argc, char** argv) {
    auto parsed = parse(std::vector<std::string>(argv + 1, argv + argc));
    if (parsed.is_err()) {
        fmt::print(stderr, "word_count: {}\n\n{}", parsed.error(), usage);
        return 2;
    }
    Options options = std::move(parsed).unwrap();
    if (options.help) {
        return write_out(usage) ? 1 : 0;
    }
    if (options.files.empty()) {
        if (::isatty(STDIN_FILENO) == 1) {
            fmt::print(stderr, "word_count: which FILE?\n\n{}", usage);
            return 2;
        }
        options.files.emplace_back("-");
    }
    return run(options);
}
