// What the user sees.
#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
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

/// A table with a bar for each count. The word stands last, for only the terminal knows how wide
/// it is; control characters in it, which could do anything to a terminal, are shown as '?'.
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

        fmt::format_to(std::back_inserter(table), "{:>{}}  {}{:{}}  ", with_commas(count), digits,
                       bar, "", bar_width - filled);
        for (char const c : word) {
            table += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
        }
        table += '\n';
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

/// A line on the terminal that says how far we are; silent where stderr is not a terminal, and
/// for the first half second.
class Progress {
public:
    explicit Progress(std::size_t total) : total_(total) {}
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
