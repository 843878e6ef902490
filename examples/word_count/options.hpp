// What the command line asks for.
#pragma once

#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/core/result.hpp"

namespace word_count {

inline constexpr std::string_view usage =
    R"(Usage: word_count [--top N] [--all] [--mode sequential|parallel|channel] FILE...

Prints the most frequent words of all FILEs together.

  --top N   so many of them (20)
  --all     all of them, a line "count word" each, for other programs to read
  --mode M  sequential: in one thread
            parallel:   over all processors, merged under a lock (the default)
            channel:    over all processors, gathered through a channel

A FILE called - is standard input, which is also read where there is no FILE and it is a pipe.
)";

enum class Mode { sequential, parallel, channel };

struct Options {
    std::size_t top = 20;
    bool all = false;
    bool help = false;
    Mode mode = Mode::parallel;
    std::vector<std::string> files;
};

/// A whole number from 1 on.
inline std::optional<std::size_t> to_count(std::string_view text) {
    std::size_t number = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    bool const whole = error == std::errc() && end == text.data() + text.size();
    return whole && number > 0 ? std::optional(number) : std::nullopt;
}

inline std::optional<Mode> to_mode(std::string_view text) {
    if (text == "sequential") {
        return Mode::sequential;
    }
    if (text == "parallel") {
        return Mode::parallel;
    }
    return text == "channel" ? std::optional(Mode::channel) : std::nullopt;
}

/// Reads the arguments; the error is a sentence for the user.
inline tandem::Result<Options, std::string> parse(std::vector<std::string> const& arguments) {
    Options options;
    bool only_files = false;  // behind --, whatever it looks like
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        std::string_view const argument = arguments[i];
        if (only_files || argument == "-" || !argument.starts_with('-')) {
            options.files.emplace_back(argument);
            continue;
        }
        std::size_t const equals = argument.find('=');
        std::string_view const name = argument.substr(0, equals);
        auto const value = [&]() -> std::string_view {  // behind = or as the next argument
            if (equals != std::string_view::npos) {
                return argument.substr(equals + 1);
            }
            return i + 1 < arguments.size() ? std::string_view(arguments[++i]) : "";
        };

        if (argument == "--") {
            only_files = true;
        } else if (argument == "--all") {
            options.all = true;
        } else if (argument == "--help" || argument == "-h") {
            options.help = true;
        } else if (name == "--top") {
            std::string_view const text = value();
            auto const top = to_count(text);
            if (!top) {
                return tandem::Err("--top takes a number from 1 on, not '" + std::string(text) +
                                   "'");
            }
            options.top = *top;
        } else if (name == "--mode") {
            std::string_view const text = value();
            auto const mode = to_mode(text);
            if (!mode) {
                return tandem::Err("--mode is sequential, parallel or channel, not '" +
                                   std::string(text) + "'");
            }
            options.mode = *mode;
        } else {
            return tandem::Err("there is no option '" + std::string(argument) + "'");
        }
    }
    return tandem::Ok(std::move(options));
}

}  // namespace word_count
