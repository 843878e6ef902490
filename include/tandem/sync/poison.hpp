#pragma once

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "tandem/core/result.hpp"

namespace tandem::sync {

/// The error of a lock whose holder once failed: an exception left a guard's scope, and the data
/// may be half-changed. It still gives access, for him who knows that the data is sound.
///
/// Rust: std::sync::PoisonError<T>
/// C++:  nothing; std::mutex unlocks and lets the next thread find out
///
///     auto guard = mutex.lock().unwrap_or_else([](auto poisoned) {
///         return std::move(poisoned).into_inner();
///     });
template <class Access>
class PoisonError {
public:
    explicit PoisonError(Access access) : access_(std::move(access)) {}

    /// The guard (or value) that came with the error.
    [[nodiscard]] Access into_inner() && { return std::move(access_); }
    [[nodiscard]] Access& get_mut() & noexcept { return access_; }
    [[nodiscard]] Access const& get_ref() const& noexcept { return access_; }

private:
    Access access_;
};

template <class T>
class PoisonError<T&> {
public:
    explicit PoisonError(T& value) noexcept : value_(std::addressof(value)) {}

    [[nodiscard]] T& into_inner() && noexcept { return *value_; }
    [[nodiscard]] T& get_mut() const noexcept { return *value_; }
    [[nodiscard]] T const& get_ref() const noexcept { return *value_; }

private:
    T* value_;
};

/// The caller has the guard already: a Condvar's wait.
template <>
class PoisonError<void> {
public:
    void into_inner() && noexcept {}
};

template <class Access>
[[nodiscard, gnu::cold, gnu::noinline]] std::string describe(PoisonError<Access> const&) {
    return "the lock is poisoned: an exception left the scope of a guard that held it";
}

/// What every lock returns. Rust: std::sync::LockResult
template <class Access>
using LockResult = Result<Access, PoisonError<Access>>;

/// Why try_lock gave no guard, or a doubtful one.
///
/// Rust: std::sync::TryLockError
/// C++:  the `false` of std::mutex::try_lock
template <class Guard>
class TryLockError {
public:
    static TryLockError would_block() { return TryLockError{}; }
    explicit TryLockError(PoisonError<Guard> poisoned) : poisoned_(std::move(poisoned)) {}

    /// Somebody else holds the lock right now.
    [[nodiscard]] bool is_would_block() const noexcept { return !poisoned_.has_value(); }
    /// We hold the lock, and it is poisoned.
    [[nodiscard]] bool is_poisoned() const noexcept { return poisoned_.has_value(); }

    /// The guard of a poisoned lock; null while the lock is held elsewhere.
    [[nodiscard]] std::optional<Guard> into_inner() && {
        return is_poisoned() ? std::optional<Guard>(std::move(*poisoned_).into_inner())
                             : std::nullopt;
    }

private:
    TryLockError() = default;

    std::optional<PoisonError<Guard>> poisoned_;
};

template <class Guard>
[[nodiscard]] std::string describe(TryLockError<Guard> const& error) {
    return error.is_poisoned() ? "the lock is poisoned: an exception left a guard's scope"
                               : "the lock is held elsewhere: try_lock would have to wait";
}

/// What every try_lock returns. Rust: std::sync::TryLockResult
template <class Guard>
using TryLockResult = Result<Guard, TryLockError<Guard>>;

namespace detail {

/// Wraps a fresh guard as what lock() returns: plain, or inside the error of a poisoned lock.
template <class Access>
[[nodiscard]] LockResult<Access> poison_checked(bool poisoned, Access&& access) {
    if (poisoned) [[unlikely]] {
        return Err(PoisonError<Access>(std::forward<Access>(access)));
    }
    if constexpr (std::is_reference_v<Access>) {
        return LockResult<Access>(access);
    } else {
        return LockResult<Access>(std::in_place, std::move(access));
    }
}

template <class Guard>
[[nodiscard]] TryLockResult<Guard> try_poison_checked(bool poisoned, Guard&& guard) {
    if (poisoned) [[unlikely]] {
        return Err(TryLockError<Guard>(PoisonError<Guard>(std::move(guard))));
    }
    return TryLockResult<Guard>(std::in_place, std::move(guard));
}

}  // namespace detail
}  // namespace tandem::sync
