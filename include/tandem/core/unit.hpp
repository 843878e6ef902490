#pragma once

#include <type_traits>
#include <variant>

namespace tandem {

/// The value of what has no value: Rust's `()` where C++ needs an object, as in a join's tuple.
///
/// Rust: ()
/// C++:  void, which cannot be stored; std::monostate can
using Unit = std::monostate;

namespace detail {

template <class T>
using UnitIfVoid = std::conditional_t<std::is_void_v<T>, Unit, T>;

}  // namespace detail
}  // namespace tandem
