// What the user sees.
#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace word_count {

using Ranking = std::vector<std::pair<std::string, std::size_t>>;

/// "1,234,567"
inline std::string with_commas(std::size_t number) {
    std::string text = std::to_string(number);
    for (std::size_t i = text.size(); i > 3; i -= 3) {
        text.insert(i - 3, ",");
    }
    return text;
}

/// A line "count word" for each; the words byte for byte.
inline std::string as_lines(Ranking const& ranking) {
    std::string lines;
    for (auto const& [word, count] : ranking) {
        lines += std::to_string(count);
        lines += ' ';
        lines += word;
        lines += '\n';
    }
    return lines;
}

/// A word as it may go to a terminal: with '?' for control characters, which could do anything to
/// it, and cut off where no word of any language is as long.
inline std::string shown(std::string_view word) {
    constexpr std::size_t longest = 60;
    std::string text;
    std::size_t characters = 0;
    for (std::size_t i = 0; i < word.size(); ++i) {
        auto const byte = static_cast<unsigned char>(word[i]);
        bool const begins_character = (byte & 0xc0) != 0x80;
        if ((begins_character && characters++ == longest) || text.size() > 4 * longest) {
            return text + "…";
        }
        auto const next = static_cast<unsigned char>(i + 1 < word.size() ? word[i + 1] : 0);
        if (byte < 0x20 || byte == 0x7f) {
            text += '?';
        } else if (byte == 0xc2 && next >= 0x80 && next < 0xa0) {  // U+0080 to U+009F
            text += '?';
            ++i;
        } else {
            text += word[i];
        }
    }
    return text;
}

/// A table with a bar for each count. The word stands last, for only the terminal knows how wide
/// it is.
inline std::string as_table(Ranking const& ranking) {
    constexpr std::size_t bar_width = 40;
    std::string table;
    std::size_t const most = ranking.empty() ? 0 : ranking.front().second;
    std::size_t const digits = with_commas(most).size();
    for (auto const& [word, count] : ranking) {
        std::size_t const eighths = (count * bar_width * 8 + most - 1) / most;
        std::string bar;
        for (std::size_t i = 0; i < eighths / 8; ++i) {
            bar += "█";
        }
        constexpr std::string_view parts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
        bar += parts[eighths % 8];
        std::size_t const filled = (eighths + 7) / 8;

        fmt::format_to(std::back_inserter(table), "{:>{}}  {}{:{}}  {}\n", with_commas(count),
                       digits, bar, "", bar_width - filled, shown(word));
    }
    return table;
}

/// Writes all of it to standard output. A reader that has seen enough and closed the pipe is no
/// error; a full disk is.
inline std::error_code write_out(std::string_view text) {
    while (!text.empty()) {
        ssize_t const n = ::write(STDOUT_FILENO, text.data(), text.size());
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return errno == EPIPE ? std::error_code{}
                                  : std::error_code(errno, std::system_category());
        }
        text.remove_prefix(static_cast<std::size_t>(n));
    }
    return {};
}

/// Lets Ctrl-C end the program as it ends any other, but not before the line at the cursor is gone.
inline void clear_line_on_interrupt() {
    auto const before = std::signal(SIGINT, [](int signal) {
        constexpr std::string_view clear = "\r\033[K";
        [[maybe_unused]] auto const written = ::write(STDERR_FILENO, clear.data(), clear.size());
        std::signal(signal, SIG_DFL);
        std::raise(signal);  // comes true when we return
    });
    if (before == SIG_IGN) {
        std::signal(SIGINT, SIG_IGN);  // in the background: the user means another program
    }
}

/// A line on the terminal that says how far we are; silent where stderr is not a terminal, and
/// for the first half second.
class Progress {
public:
    /// `total` is 0 if nobody knows how much there is.
    explicit Progress(std::size_t total) : total_(total) {
        if (is_terminal_) {
            clear_line_on_interrupt();
        }
    }
    Progress(Progress const&) = delete;
    Progress& operator=(Progress const&) = delete;
    ~Progress() { clear(); }

    void add(std::size_t bytes) {
        done_ += bytes;
        auto const now = std::chrono::steady_clock::now();
        if (!is_terminal_ || now - start_ < std::chrono::milliseconds(500)) {
            return;
        }
        std::string line = fmt::format("\r{} MB", with_commas(done_ >> 20));
        if (total_ >= done_) {
            line += fmt::format(" of {} MB, {} %", with_commas(total_ >> 20), done_ * 100 / total_);
        }
        fmt::print(stderr, "{}\033[K", line);
        shown_ = true;
    }

    /// Takes the line away, to print something else.
    void clear() {
        if (std::exchange(shown_, false)) {
            fmt::print(stderr, "\r\033[K");
        }
    }

private:
    std::size_t total_;
    std::size_t done_ = 0;
    bool shown_ = false;
    bool const is_terminal_ = ::isatty(STDERR_FILENO) == 1;
    std::chrono::steady_clock::time_point const start_ = std::chrono::steady_clock::now();
};

}  // namespace word_count
