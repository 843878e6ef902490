#pragma once

#include <source_location>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tandem {

/// The exception that `panic` throws: a message, and the place it was thrown at.
///
/// Rust: the payload of panic!, with its Location
/// C++:  a std::runtime_error that remembers its std::source_location
class Panic : public std::runtime_error {
public:
    using tandem_send = void;
    using tandem_sync = void;

    explicit Panic(std::string const& message,
                   std::source_location location = std::source_location::current())
        : std::runtime_error(message), location_(location) {}

    [[nodiscard]] std::string_view message() const noexcept { return what(); }
    [[nodiscard]] std::source_location const& location() const noexcept { return location_; }

private:
    std::source_location location_;
};

namespace detail {

/// Panics with a fixed text: what `panic` is to headers that must not pay for fmt.
[[noreturn, gnu::cold]] inline void raise(
    char const* message, std::source_location location = std::source_location::current()) {
    throw Panic(message, location);
}

/// "file.cpp:12", as every message of the library names a place.
[[nodiscard]] inline std::string place(std::source_location const& location) {
    return std::string(location.file_name()) + ":" + std::to_string(location.line());
}

}  // namespace detail
}  // namespace tandem
