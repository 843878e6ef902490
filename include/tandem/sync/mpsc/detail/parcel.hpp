#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace tandem::sync::mpsc::detail {

// What travels through a channel. A move in Rust cannot fail; a move constructor in C++ may throw.
// A value whose move may throw is put in a box before a place is reserved for it, and the box is
// what travels. So nothing can fail between the reservation and the filling of a place, and no
// channel has to know what an abandoned place is.

template <class T>
using Box = std::unique_ptr<T>;

template <class T>
using Parcel = std::conditional_t<std::is_nothrow_move_constructible_v<T>, T, Box<T>>;

/// Makes `value` ready to travel: itself, or a box that it has moved into.
template <class T>
[[nodiscard]] decltype(auto) pack(T& value) {
    if constexpr (std::is_nothrow_move_constructible_v<T>) {
        return (value);
    } else {
        return Box<T>(new T(std::move(value)));
    }
}

/// The value inside.
template <class T>
[[nodiscard]] T& contents(Parcel<T>& parcel) noexcept {
    if constexpr (std::is_nothrow_move_constructible_v<T>) {
        return parcel;
    } else {
        return *parcel;
    }
}

}  // namespace tandem::sync::mpsc::detail
