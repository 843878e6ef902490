#pragma once

#include <type_traits>
#include <utility>

namespace tandem {

/// Ends a value here rather than at the end of its scope.
///
/// Rust:      std::mem::drop
/// C++:       { auto ended = std::move(value); }
/// Unchecked: using `value` afterwards. rustc refuses; C++ compiles it and finds it moved from.
///
///     drop(std::move(tx));  // the last sender is gone: the receiver's loop ends
template <class T>
constexpr void drop(T&& value) {
    static_assert(!std::is_lvalue_reference_v<T>,
                  "drop takes the value away: write drop(std::move(x))");
    static_assert(!std::is_const_v<T>,
                  "a const value cannot be moved from, so drop cannot end it here: declare it "
                  "without const, or let its scope end it");
    [[maybe_unused]] T const ended(std::move(value));
}

}  // namespace tandem
