// Files, read in large blocks that end between two words.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "tandem/core/result.hpp"

namespace word_count {

/// Where a text may be cut: behind ASCII white space, which is never part of a longer character.
inline constexpr std::string_view cut_at = " \n\t\r\v\f";

/// An open file, or standard input under the name "-".
class Input {
public:
    static tandem::Result<Input, std::error_code> open(std::string const& name) {
        if (name == "-") {
            return tandem::Ok(Input(STDIN_FILENO));
        }
        int const descriptor = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
        if (descriptor < 0) {
            return tandem::Err(last_error());
        }
        return tandem::Ok(Input(descriptor));
    }

    Input(Input&& other) noexcept
        : descriptor_(std::exchange(other.descriptor_, -1)),
          rest_(std::move(other.rest_)),
          ended_(other.ended_),
          error_(other.error_) {}
    Input& operator=(Input&&) = delete;
    ~Input() {
        if (descriptor_ > STDIN_FILENO) {
            ::close(descriptor_);
        }
    }

    /// The next block: about `size` bytes, more if a single word is longer; empty at the end. An
    /// error comes after all that could be read before it.
    tandem::Result<std::string, std::error_code> next_block(std::size_t size) {
        std::string block = std::exchange(rest_, {});
        std::size_t searched = 0;  // no cut was found before here
        while (!ended_) {
            std::size_t const before = block.size();
            block.resize(before + size);
            block.resize(before + fill(block.data() + before, size));
            std::size_t const cut = block.find_last_of(cut_at);
            if (!ended_ && cut != std::string::npos && cut >= searched) {
                rest_ = block.substr(cut + 1);
                block.resize(cut + 1);
                break;
            }
            searched = block.size();
        }
        if (block.empty() && error_) {
            return tandem::Err(error_);
        }
        return tandem::Ok(std::move(block));
    }

private:
    explicit Input(int descriptor) noexcept : descriptor_(descriptor) {}

    static std::error_code last_error() noexcept { return {errno, std::system_category()}; }

    /// Reads until `size` bytes are there, or there are no more.
    std::size_t fill(char* to, std::size_t size) {
        std::size_t got = 0;
        while (got < size && !ended_) {
            ssize_t const n = ::read(descriptor_, to + got, size - got);
            if (n > 0) {
                got += static_cast<std::size_t>(n);
            } else if (n == 0 || errno != EINTR) {
                error_ = n == 0 ? std::error_code() : last_error();
                ended_ = true;  // never asked again: a terminal would wait for a second Ctrl-D
            }
        }
        return got;
    }

    int descriptor_;
    std::string rest_;  // read already, and part of the next block
    bool ended_ = false;
    std::error_code error_;
};

/// How many bytes the files have together; 0 if nobody knows, for one of them is a pipe. Asks by
/// name, for a named pipe can be opened only once.
inline std::size_t total_size(std::vector<std::string> const& files) {
    std::size_t total = 0;
    for (std::string const& name : files) {
        struct stat status{};
        int const result =
            name == "-" ? ::fstat(STDIN_FILENO, &status) : ::stat(name.c_str(), &status);
        if (result != 0) {
            continue;  // opening it will tell why
        }
        if (!S_ISREG(status.st_mode)) {
            return 0;
        }
        total += static_cast<std::size_t>(status.st_size);
    }
    return total;
}

/// Cuts a text into about `n` pieces of the same size, between two words.
inline std::vector<std::string_view> pieces(std::string_view text, std::size_t n) {
    std::vector<std::string_view> cut;
    std::size_t const size = std::max<std::size_t>(text.size() / std::max<std::size_t>(n, 1), 1);
    while (!text.empty()) {
        std::size_t const end = text.find_first_of(cut_at, std::min(size, text.size()));
        std::size_t const length = end == std::string_view::npos ? text.size() : end + 1;
        cut.push_back(text.substr(0, length));
        text.remove_prefix(length);
    }
    return cut;
}

}  // namespace word_count
