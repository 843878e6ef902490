#pragma once

#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "tandem/core/detail/error_text.hpp"
#include "tandem/core/detail/panic_type.hpp"
#include "tandem/core/unit.hpp"

namespace tandem {

template <class T, class E>
class Result;

namespace detail {

/// What std::expected stores for a `T`: a reference is kept as a pointer.
template <class T>
using Stored = std::conditional_t<std::is_reference_v<T>, std::remove_reference_t<T>*, T>;

/// What `ok()` returns. Rust's Option<&T> is a pointer here, null for None.
template <class T>
using Option = std::conditional_t<std::is_reference_v<T>, Stored<T>, std::optional<UnitIfVoid<T>>>;

template <class R>
inline constexpr bool is_result = false;
template <class T, class E>
inline constexpr bool is_result<Result<T, E>> = true;

// What Ok(v) and Err(e) return: they know one half of a Result, and the place where they are
// used (`return Ok(1);`) knows the other.

template <class T>
struct OkValue {
    T value;
};

template <>
struct OkValue<void> {};

template <class E>
struct ErrValue {
    E error;
};

/// Panics with "what: text (file:line)": the place is in the text as well, for a program that
/// dies of an uncaught Panic shows nothing else.
[[noreturn, gnu::cold]] inline void raise_unwrap(std::string_view what, std::string const& text,
                                                 std::source_location const& location) {
    throw Panic(std::string(what) + ": " + text + " (" + place(location) + ")", location);
}

}  // namespace detail

/// The success half of a Result, as in `return Ok(value);`. Rust: Ok(value)
template <class T>
[[nodiscard]] constexpr detail::OkValue<std::decay_t<T>> Ok(T&& value) {
    return {std::forward<T>(value)};
}

/// Success that has nothing to say, as in `return Ok();`. Rust: Ok(())
[[nodiscard]] constexpr detail::OkValue<void> Ok() noexcept { return {}; }

/// The error half of a Result, as in `return Err(error);`. Rust: Err(error)
template <class E>
[[nodiscard]] constexpr detail::ErrValue<std::decay_t<E>> Err(E&& error) {
    return {std::forward<E>(error)};
}

}  // namespace tandem
