#pragma once

#include <concepts>
#include <source_location>
#include <string_view>
#include <type_traits>
#include <utility>

#include "tandem/core/detail/fmt.hpp"
#include "tandem/core/detail/panic_type.hpp"

namespace tandem {

namespace detail {

/// A format string, checked by the compiler, and the place where it was written.
template <class... Args>
struct FormatAt {
    template <class String>
    consteval FormatAt(String const& format,  // NOLINT(google-explicit-constructor): from a literal
                       std::source_location where = std::source_location::current())
        : text(format), location(where) {}

    fmt::format_string<Args...> text;
    std::source_location location;
};

template <class Text>
concept NotALiteral = !std::is_array_v<Text> && std::convertible_to<Text const&, std::string_view>;

}  // namespace detail

/// Gives up on the present task: throws a Panic that ends this thread (or coroutine) unless it is
/// caught, and that whoever joins it receives as an error.
///
/// Rust:   panic!("{} of {}", a, b)
/// C++:    throw std::runtime_error(fmt::format(…)), with the place it was thrown at
/// Errors: a format string that does not fit its arguments does not compile
///
///     if (chunks == 0) {
///         panic("cannot divide {} elements into no chunks", elements);
///     }
template <class... Args>
[[noreturn, gnu::cold]] void panic(detail::FormatAt<std::type_identity_t<Args>...> format,
                                   Args&&... args) {
    throw Panic(fmt::format(format.text, std::forward<Args>(args)...), format.location);
}

template <detail::NotALiteral Text, class... Args>
void panic(Text const&, Args&&...) {
    static_assert(!detail::NotALiteral<Text>,
                  "panic wants its format as a literal: for a text made at run time, "
                  "panic(\"{}\", text)");
}

}  // namespace tandem
