#pragma once

#include "tandem/async/future.hpp"

namespace tandem::async {

/// A future that is never ready, and never wakes anybody: what it waits for does not exist.
///
/// Rust:   std::future::Pending
/// Cancel: nothing is lost
/// Wakes:  never
template <class T = void>
class [[nodiscard]] Pending {
public:
    using Output = T;
    using tandem_send = void;

    Pending() noexcept {}

    Poll<T> poll(Context&) noexcept { return Poll<T>::pending(); }
};

/// Rust: std::future::pending
///
///     select(work(), pending());  // only work can win
template <class T = void>
Pending<T> pending() noexcept {
    return Pending<T>();
}

}  // namespace tandem::async
