#pragma once

#include <cstddef>
#include <cstdio>
#include <string>

namespace tandem::thread::detail {

/// The text of one of the kernel's little files; empty if there is no such file.
[[nodiscard]] inline std::string read_small_file(std::string const& path) {
    struct File {
        std::FILE* const handle;
        ~File() {
            if (handle != nullptr) {
                std::fclose(handle);
            }
        }
    } const file{std::fopen(path.c_str(), "re")};

    std::string text;
    if (file.handle != nullptr) {
        char buffer[4096];
        while (std::size_t const n = std::fread(buffer, 1, sizeof buffer, file.handle)) {
            text.append(buffer, n);
        }
    }
    return text;
}

}  // namespace tandem::thread::detail
