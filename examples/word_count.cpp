// word_count: the most frequent words of files, counted over all processors
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

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

/// Counts block after block in the way the user chose.
class Counter {
public:
    explicit Counter(Mode mode) : mode_(mode) {}

    void count(std::string_view block) {
        // Two a processor, so that a slow piece leaves none idle; more is only more to merge.
        std::size_t const n = 2 * processors_;
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
    while (true) {
        auto const block = input->next_block(block_size);
        if (block.is_err()) {
            return block.error();
        }
        if (block->empty()) {
            return {};
        }
        counter.count(*block);
        progress.add(block->size());
    }
}

/// A standard stream that is closed would give its number to the next file opened. This keeps the
/// number taken, and using it an error, as it would be without a file.
void keep_closed_streams_closed() {
    for (int const stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(stream, F_GETFD) < 0) {
            ::open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
        }
    }
}

/// Prints to standard output; the exit status.
int print(std::string_view text) {
    if (std::error_code const error = write_out(text)) {
        fmt::print(stderr, "word_count: standard output: {}\n", error.message());
        return 1;
    }
    return 0;
}

int run(Options const& options) {
    bool all_read = true;
    Counter counter(options.mode);
    Progress progress(total_size(options.files));
    for (std::string const& name : options.files) {
        if (std::error_code const error = count_file(name, counter, progress)) {
            progress.clear();
            fmt::print(stderr, "word_count: {}: {}\n", name, error.message());
            all_read = false;
        }
    }
    progress.clear();

    int const status =
        print(options.all ? as_lines(counter.top(std::numeric_limits<std::size_t>::max()))
                          : as_table(counter.top(options.top)));
    return all_read ? status : 1;
}

}  // namespace

int main(int argc, char** argv) {
    keep_closed_streams_closed();
    std::signal(SIGPIPE, SIG_IGN);  // write_out sees EPIPE instead
    auto parsed = parse(std::vector<std::string>(argv + 1, argv + argc));
    if (parsed.is_err()) {
        fmt::print(stderr, "word_count: {}\n\n{}", parsed.error(), usage);
        return 2;
    }
    Options options = std::move(parsed).unwrap();
    if (options.help) {
        return print(usage);
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
