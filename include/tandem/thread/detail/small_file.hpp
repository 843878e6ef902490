#pragma once

#include <cstddef>
#include <cstdio>
#include <memory>
#include <string>

namespace tandem::thread::detail {

/// The text of one of the kernel's little files; empty if there is no such file.
[[nodiscard]] inline std::string read_small_file(std::string const& path) {
    struct Close {
        void operator()(std::FILE* file) const noexcept { std::fclose(file); }
    };
    std::unique_ptr<std::FILE, Close> const file(std::fopen(path.c_str(), "re"));
    std::string text;
    if (file != nullptr) {
        char buffer[4096];
        while (std::size_t const n = std::fread(buffer, 1, sizeof buffer, file.get())) {
            text.append(buffer, n);
        }
    }
    return text;
}

}  // namespace tandem::thread::detail
