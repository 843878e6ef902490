#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

namespace tandem::detail {

// The fields of an aggregate, found without macros: how many initialisers `T{…}` accepts says how
// many fields it has, and a structured binding with that many names says what they are.

/// Converts to whatever a field wants. Never called: only the compiler looks at it.
struct AnyField {
    template <class U>
    operator U() const noexcept {  // NOLINT(google-explicit-constructor)
        __builtin_unreachable();
    }
};

/// Converts only to a base class of T: an aggregate's bases are initialised before its fields.
template <class T>
struct AnyBase {
    template <class U>
        requires(std::is_base_of_v<U, T> && !std::is_same_v<U, T>)
    operator U() const noexcept {  // NOLINT(google-explicit-constructor)
        __builtin_unreachable();
    }
};

template <std::size_t>
using FieldAt = AnyField;

template <class T, class Before, class Behind>
inline constexpr bool takes_nothing_between = false;
template <class T, class Before, class Behind>
inline constexpr bool takes_two_between = false;

/// T{a, b, {}, c}: the braces fit any one field that has a default.
template <class T, std::size_t... Before, std::size_t... Behind>
inline constexpr bool
    takes_nothing_between<T, std::index_sequence<Before...>, std::index_sequence<Behind...>> =
        requires { T{FieldAt<Before>{}..., {}, FieldAt<Behind>{}...}; };

/// T{a, b, {c, d}, e}: the braces fit an array, or a class with a constructor from two values.
template <class T, std::size_t... Before, std::size_t... Behind>
inline constexpr bool
    takes_two_between<T, std::index_sequence<Before...>, std::index_sequence<Behind...>> =
        requires { T{FieldAt<Before>{}..., {AnyField{}, AnyField{}}, FieldAt<Behind>{}...}; };

template <class T, class Indices>
inline constexpr bool takes = false;
template <class T, std::size_t... I>
inline constexpr bool takes<T, std::index_sequence<I...>> = requires { T{FieldAt<I>{}...}; };

inline constexpr std::size_t most_fields = 16;

/// The largest number of initialisers up to one more than the 16 we look at.
template <class T, std::size_t N = most_fields + 1>
consteval std::size_t count_fields() {
    if constexpr (N == 0 || takes<T, std::make_index_sequence<N>>) {
        return N;
    } else {
        return count_fields<T, N - 1>();
    }
}

template <class T, class Before, std::size_t... Behind>
consteval bool takes_two_before_any_of(std::index_sequence<Behind...>) {
    return (takes_two_between<T, Before, std::make_index_sequence<Behind>> || ...);
}

/// A C array takes as many initialisers as it has elements. Where braces stand for one field of N
/// and the N - 1 others no longer fit around them, but fewer do, that field is an array.
template <class T, std::size_t N, std::size_t I = 0>
consteval bool has_array_field() {
    if constexpr (I == N) {
        return false;
    } else {
        using Before = std::make_index_sequence<I>;
        using Behind = std::make_index_sequence<N - I - 1>;
        if constexpr (!takes_nothing_between<T, Before, Behind>) {
            if constexpr (takes_two_before_any_of<T, Before>(Behind{}) &&
                          !takes_two_between<T, Before, Behind>) {
                return true;
            }
        }
        return has_array_field<T, N, I + 1>();
    }
}

/// (A first field made from anything, such as std::any, looks the same; it is never Send anyway.)
template <class T>
concept HasBase = requires { T{AnyBase<T>{}}; };

template <class T>
consteval bool has_readable_fields() {
    if constexpr (!std::is_aggregate_v<T> || std::is_union_v<T> || std::is_array_v<T>) {
        return false;
    } else if constexpr (std::is_empty_v<T>) {
        return true;
    } else {
        constexpr std::size_t fields = count_fields<T>();
        return fields >= 1 && fields <= most_fields && !HasBase<T> && !has_array_field<T, fields>();
    }
}

/// An aggregate whose fields can be looked at: at most 16, no base class, no C array.
template <class T>
concept ReadableFields = has_readable_fields<T>();

template <class... Fields>
struct FieldList {};

/// The declared types of the fields of a `T const`: each const, but for what is `mutable`.
template <ReadableFields T>
constexpr auto fields_of(T const& whole) {
    constexpr std::size_t count = std::is_empty_v<T> ? 0 : count_fields<T>();
    if constexpr (count == 0) {
        return FieldList<>{};
    } else if constexpr (count == 1) {
        [[maybe_unused]] auto& [a] = whole;
        return FieldList<decltype(a)>{};
    } else if constexpr (count == 2) {
        [[maybe_unused]] auto& [a, b] = whole;
        return FieldList<decltype(a), decltype(b)>{};
    } else if constexpr (count == 3) {
        [[maybe_unused]] auto& [a, b, c] = whole;
        return FieldList<decltype(a), decltype(b), decltype(c)>{};
    } else if constexpr (count == 4) {
        [[maybe_unused]] auto& [a, b, c, d] = whole;
        return FieldList<decltype(a), decltype(b), decltype(c), decltype(d)>{};
    } else if constexpr (count == 5) {
        [[maybe_unused]] auto& [a, b, c, d, e] = whole;
        return FieldList<decltype(a), decltype(b), decltype(c), decltype(d), decltype(e)>{};
    } else if constexpr (count == 6) {
        [[maybe_unused]] auto& [a, b, c, d, e, f] = whole;
        return FieldList<decltype(a), decltype(b), decltype(c), decltype(d), decltype(e),
                         decltype(f)>{};
    } else if constexpr (count == 7) {
        [[maybe_unused]] auto& [a, b, c, d, e, f, g] = whole;
        return FieldList<decltype(a), decltype(b), decltype(c), decltype(d), decltype(e),
                         decltype(f), decltype(g)>{};
    } else if constexpr (count == 8) {
        [[maybe_unused]] auto& [a, b, c, d, e, f, g, h] = whole;
        return FieldList<decltype(a), decltype(b), decltype(c), decltype(d), decltype(e),
                         decltype(f), decltype(g), decltype(h)>{};
    } else if constexpr (count == 9) {
        [[maybe_unused]] auto& [a, b, c, d, e, f, g, h, i] = whole;
        return FieldList<decltype(a), decltype(b), decltype(c), decltype(d), decltype(e),
                         decltype(f), decltype(g), decltype(h), decltype(i)>{};
    } else if constexpr (count == 10) {
        [[maybe_unused]] auto& [a, b, c, d, e, f, g, h, i, j] = whole;
        return FieldList<decltype(a), decltype(b), decltype(c), decltype(d), decltype(e),
                         decltype(f), decltype(g), decltype(h), decltype(i), decltype(j)>{};
    } else if constexpr (count == 11) {
        [[maybe_unused]] auto& [a, b, c, d, e, f, g, h, i, j, k] = whole;
        return FieldList<decltype(a), decltype(b), decltype(c), decltype(d), decltype(e),
                         decltype(f), decltype(g), decltype(h), decltype(i), decltype(j),
                         decltype(k)>{};
    } else if constexpr (count == 12) {
        [[maybe_unused]] auto& [a, b, c, d, e, f, g, h, i, j, k, l] = whole;
        return FieldList<decltype(a), decltype(b), decltype(c), decltype(d), decltype(e),
                         decltype(f), decltype(g), decltype(h), decltype(i), decltype(j),
                         decltype(k), decltype(l)>{};
    } else if constexpr (count == 13) {
        [[maybe_unused]] auto& [a, b, c, d, e, f, g, h, i, j, k, l, m] = whole;
        return FieldList<decltype(a), decltype(b), decltype(c), decltype(d), decltype(e),
                         decltype(f), decltype(g), decltype(h), decltype(i), decltype(j),
                         decltype(k), decltype(l), decltype(m)>{};
    } else if constexpr (count == 14) {
        [[maybe_unused]] auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n] = whole;
        return FieldList<decltype(a), decltype(b), decltype(c), decltype(d), decltype(e),
                         decltype(f), decltype(g), decltype(h), decltype(i), decltype(j),
                         decltype(k), decltype(l), decltype(m), decltype(n)>{};
    } else if constexpr (count == 15) {
        [[maybe_unused]] auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o] = whole;
        return FieldList<decltype(a), decltype(b), decltype(c), decltype(d), decltype(e),
                         decltype(f), decltype(g), decltype(h), decltype(i), decltype(j),
                         decltype(k), decltype(l), decltype(m), decltype(n), decltype(o)>{};
    } else if constexpr (count == 16) {
        [[maybe_unused]] auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = whole;
        return FieldList<decltype(a), decltype(b), decltype(c), decltype(d), decltype(e),
                         decltype(f), decltype(g), decltype(h), decltype(i), decltype(j),
                         decltype(k), decltype(l), decltype(m), decltype(n), decltype(o),
                         decltype(p)>{};
    }
}

}  // namespace tandem::detail
