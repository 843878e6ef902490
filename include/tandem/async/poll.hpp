#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include "tandem/core/detail/raise.hpp"

namespace tandem::async {

namespace detail {

using namespace tandem::detail;  // inside async, detail:: means both

}  // namespace detail

/// What a future answers when it is polled: the value, or "not yet, I will wake you".
///
/// Rust:   std::task::Poll<T>
/// C++:    std::optional<T>, with names that say what is missing
/// Errors: value() of a pending Poll panics
///
///     Poll<int> poll(Context& cx) {
///         if (finished_) { return Poll<int>::ready(42); }
///         waker_ = cx.waker().clone();
///         return Poll<int>::pending();
///     }
template <class T>
class [[nodiscard]] Poll {
public:
    template <class U = T>
    [[nodiscard]] static constexpr Poll ready(U&& value) {
        return Poll(std::in_place, std::forward<U>(value));
    }
    [[nodiscard]] static constexpr Poll pending() noexcept { return Poll(); }

    Poll(Poll&&) = default;
    Poll(Poll const&) = default;
    /// Takes the other's answer for its own; a value need not be assignable for that.
    constexpr Poll& operator=(Poll other) {
        value_.reset();
        if (other.value_) {
            value_.emplace(std::move(*other.value_));
        }
        return *this;
    }
    ~Poll() = default;

    [[nodiscard]] constexpr bool is_ready() const noexcept { return value_.has_value(); }
    [[nodiscard]] constexpr bool is_pending() const noexcept { return !value_.has_value(); }

    [[nodiscard]] constexpr T& value() & { return *checked(*this).value_; }
    [[nodiscard]] constexpr T const& value() const& { return *checked(*this).value_; }
    [[nodiscard]] constexpr T value() && { return std::move(*checked(*this).value_); }

    /// A Poll of what `fn` makes of the value. Rust: Poll::map
    template <class Fn>
    [[nodiscard]] constexpr auto map(Fn&& fn) && {
        using U = std::remove_cvref_t<decltype(std::forward<Fn>(fn)(std::declval<T>()))>;
        return is_ready() ? Poll<U>::ready(std::forward<Fn>(fn)(std::move(*value_)))
                          : Poll<U>::pending();
    }

private:
    constexpr Poll() noexcept = default;
    template <class U>
    constexpr explicit Poll(std::in_place_t, U&& value)
        : value_(std::in_place, std::forward<U>(value)) {}

    template <class Self>
    static constexpr Self& checked(Self& self) {
        if (self.is_pending()) [[unlikely]] {
            detail::raise("value() of a Poll that is pending: ask is_ready() first");
        }
        return self;
    }

    std::optional<T> value_;
};

/// The answer of a future that has nothing to hand over but the news that it is done.
template <>
class [[nodiscard]] Poll<void> {
public:
    [[nodiscard]] static constexpr Poll ready() noexcept { return Poll(true); }
    [[nodiscard]] static constexpr Poll pending() noexcept { return Poll(false); }

    [[nodiscard]] constexpr bool is_ready() const noexcept { return ready_; }
    [[nodiscard]] constexpr bool is_pending() const noexcept { return !ready_; }

    constexpr void value() const {
        if (!ready_) [[unlikely]] {
            detail::raise("value() of a Poll that is pending: ask is_ready() first");
        }
    }

private:
    constexpr explicit Poll(bool ready) noexcept : ready_(ready) {}

    bool ready_;
};

/// The answer of a future that hands over a reference.
template <class T>
class [[nodiscard]] Poll<T&> {
public:
    [[nodiscard]] static constexpr Poll ready(T& value) noexcept {
        return Poll(std::addressof(value));
    }
    [[nodiscard]] static constexpr Poll pending() noexcept { return Poll(nullptr); }

    [[nodiscard]] constexpr bool is_ready() const noexcept { return value_ != nullptr; }
    [[nodiscard]] constexpr bool is_pending() const noexcept { return value_ == nullptr; }

    [[nodiscard]] constexpr T& value() const {
        if (value_ == nullptr) [[unlikely]] {
            detail::raise("value() of a Poll that is pending: ask is_ready() first");
        }
        return *value_;
    }

private:
    constexpr explicit Poll(T* value) noexcept : value_(value) {}

    T* value_;  // null while pending
};

}  // namespace tandem::async
