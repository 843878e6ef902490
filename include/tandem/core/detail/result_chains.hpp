#pragma once

#include <expected>
#include <type_traits>
#include <utility>

#include "tandem/core/detail/call.hpp"
#include "tandem/core/detail/result_parts.hpp"

namespace tandem::detail {

// What map, map_err, and_then and or_else do, once for every kind of Result: `Self` is a Result,
// const or about to die.

template <class R>
struct HalvesOf;
template <class T, class E>
struct HalvesOf<Result<T, E>> {
    using Value = T;
    using Error = E;
};
template <class Self>
using ValueOf = typename HalvesOf<std::remove_cvref_t<Self>>::Value;
template <class Self>
using ErrorOf = typename HalvesOf<std::remove_cvref_t<Self>>::Error;

/// The value of a Result that has one: for a T&, what it refers to; for void, nothing.
template <class T, class Self>
constexpr decltype(auto) value_of(Self&& self) {
    if constexpr (std::is_reference_v<T>) {
        return static_cast<T>(**self);
    } else {
        return *std::forward<Self>(self);
    }
}

template <class Fn, class Self>
constexpr decltype(auto) call_with_value(Fn&& fn, Self&& self) {
    if constexpr (std::is_void_v<ValueOf<Self>>) {
        return detail::call(std::forward<Fn>(fn));
    } else {
        return detail::call(std::forward<Fn>(fn),
                            detail::value_of<ValueOf<Self>>(std::forward<Self>(self)));
    }
}

template <class Next, class Self>
constexpr Next with_value_of(Self&& self) {
    if constexpr (std::is_void_v<ValueOf<Self>>) {
        return Next(Ok());
    } else {
        return Next(detail::value_of<ValueOf<Self>>(std::forward<Self>(self)));
    }
}

template <class Self, class Fn>
constexpr auto map_value(Self&& self, Fn&& fn) {
    using U = Kept<decltype(call_with_value(std::forward<Fn>(fn), std::forward<Self>(self)))>;
    using Next = Result<U, ErrorOf<Self>>;
    if (self.is_err()) {
        return Next(std::unexpect, std::forward<Self>(self).error());
    }
    if constexpr (std::is_void_v<U>) {
        call_with_value(std::forward<Fn>(fn), std::forward<Self>(self));
        return Next();
    } else {
        return Next(call_with_value(std::forward<Fn>(fn), std::forward<Self>(self)));
    }
}

template <class Self, class Fn>
constexpr auto map_error(Self&& self, Fn&& fn) {
    using F = decltype(detail::call(std::forward<Fn>(fn), std::forward<Self>(self).error()));
    using Next = Result<ValueOf<Self>, std::decay_t<F>>;
    if (self.is_ok()) {
        return with_value_of<Next>(std::forward<Self>(self));
    }
    return Next(std::unexpect,
                detail::call(std::forward<Fn>(fn), std::forward<Self>(self).error()));
}

template <class Self, class Fn>
constexpr auto chain_value(Self&& self, Fn&& fn) {
    using Next = std::remove_cvref_t<decltype(call_with_value(std::forward<Fn>(fn),
                                                              std::forward<Self>(self)))>;
    static_assert(is_result<Next>,
                  "and_then wants a function that returns a Result; for one that returns a plain "
                  "value there is map");
    return self.is_ok() ? call_with_value(std::forward<Fn>(fn), std::forward<Self>(self))
                        : Next(std::unexpect, std::forward<Self>(self).error());
}

template <class Self, class Fn>
constexpr auto chain_error(Self&& self, Fn&& fn) {
    using Next = std::remove_cvref_t<decltype(detail::call(std::forward<Fn>(fn),
                                                           std::forward<Self>(self).error()))>;
    static_assert(is_result<Next>,
                  "or_else wants a function that returns a Result; for one that returns a plain "
                  "value there is unwrap_or_else");
    return self.is_err() ? detail::call(std::forward<Fn>(fn), std::forward<Self>(self).error())
                         : with_value_of<Next>(std::forward<Self>(self));
}

}  // namespace tandem::detail
