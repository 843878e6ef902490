// Prints what the checks report, as the default handler does to stderr; but without the folder,
// which is another on every machine, without times, which are others on every run, and in short
// lines.
#pragma once

#include <fmt/core.h>

#include <source_location>
#include <string>

#include "tandem/core/diagnostics.hpp"

inline std::string without_folder(std::string text) {
    std::string folder = std::source_location::current().file_name();
    folder.erase(folder.rfind("show.hpp"));
    for (auto at = text.find(folder); at != std::string::npos; at = text.find(folder)) {
        text.erase(at, folder.size());
    }
    return text;
}

inline std::string without_time(std::string text) {
    if (auto const end = text.find(" ms"); end != std::string::npos) {
        auto const begin = text.find_last_not_of("0123456789", end - 1) + 1;
        text.replace(begin, end - begin, "some");
    }
    return text;
}

inline std::string in_lines(std::string text) {
    constexpr std::size_t width = 90;
    for (std::size_t begin = 0; begin + width < text.size();) {
        begin = text.rfind(' ', begin + width);
        text[begin++] = '\n';
    }
    return text;
}

inline void show_reports() {
    tandem::set_diagnostics([](tandem::Diagnostic const& report) {
        fmt::print("{}\n", in_lines(without_time(without_folder(report.message))));
    });
}
