#pragma once

#include <concepts>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "tandem/core/detail/error_text.hpp"
#include "tandem/core/detail/is_result.hpp"
#include "tandem/core/detail/panic_type.hpp"
#include "tandem/core/unit.hpp"

namespace tandem {
namespace detail {

/// What std::expected stores for a `T`: a reference is kept as a pointer.
template <class T>
using Stored = std::conditional_t<std::is_reference_v<T>, std::remove_reference_t<T>*, T>;

/// What `ok()` returns. Rust's Option<&T> is a pointer here, null for None.
template <class T>
using Option = std::conditional_t<std::is_reference_v<T>, Stored<T>, std::optional<UnitIfVoid<T>>>;

/// What may be given for a `T`. For a reference, only an object to refer to: what is made by a
/// conversion would end before it is used.
template <class U, class T>
concept GivenFor = std::convertible_to<U, T> &&
                   (!std::is_reference_v<T> ||
                    (std::is_lvalue_reference_v<U> &&
                     std::convertible_to<std::add_pointer_t<U>, std::add_pointer_t<T>>));

/// What a function's result is kept as: a reference to something that lasts stays a reference, a
/// part of something that is about to end becomes a value.
template <class T>
using Kept = std::conditional_t<std::is_lvalue_reference_v<T>, T, std::remove_cvref_t<T>>;

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
