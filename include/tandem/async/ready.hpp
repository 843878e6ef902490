#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include "tandem/async/future.hpp"
#include "tandem/core/detail/needs.hpp"

namespace tandem::async {

/// A future that has its value already.
///
/// Rust:   std::future::Ready
/// Errors: a second poll panics: the value is gone
/// Cancel: the value is dropped with it
/// Wakes:  never; it does not wait
template <class T>
class [[nodiscard]] Ready {
public:
    using Output = T;
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<T>>;

    explicit Ready(T value) : value_(std::move(value)) {}

    Poll<T> poll(Context&) {
        if (!value_) [[unlikely]] {
            detail::raise("this future was ready before: it is not polled again");
        }
        T value = *std::move(value_);
        value_.reset();
        return Poll<T>::ready(std::move(value));
    }

private:
    std::optional<T> value_;
};

template <>
class [[nodiscard]] Ready<void> {
public:
    using Output = void;
    using tandem_send = void;

    Ready() noexcept {}

    Poll<void> poll(Context&) noexcept { return Poll<void>::ready(); }
};

/// Makes a future of a value. Rust: std::future::ready
///
///     Task<int> size() { co_return co_await ready(3); }
template <class T>
Ready<std::decay_t<T>> ready(T&& value) {
    return Ready<std::decay_t<T>>(std::forward<T>(value));
}
inline Ready<void> ready() noexcept { return Ready<void>(); }

}  // namespace tandem::async
