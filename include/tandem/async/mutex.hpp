#pragma once

#include <concepts>
#include <memory>
#include <source_location>
#include <string_view>
#include <type_traits>
#include <utility>

#include "tandem/async/block_on.hpp"
#include "tandem/async/detail/lock_future.hpp"
#include "tandem/core/detail/needs.hpp"
#include "tandem/core/detail/polling.hpp"
#include "tandem/core/result.hpp"
#include "tandem/sync/arc.hpp"

namespace tandem::async {

template <class T>
class MutexGuard;
template <class T>
class OwnedMutexGuard;

/// try_lock, try_read or try_write found the lock taken.
///
/// Rust: tokio::sync::TryLockError
class TryLockError {
public:
    using tandem_send = void;
    using tandem_sync = void;

    TryLockError() noexcept = default;

    [[nodiscard]] std::string_view message() const noexcept { return "the lock is taken"; }

    friend bool operator==(TryLockError const&, TryLockError const&) noexcept = default;
};

/// A value that can be reached only while its lock is held, by tasks, which are suspended while
/// they wait for it. First come, first served; the guard may be held across a co_await.
///
/// Rust:      tokio::sync::Mutex<T>
/// C++:       nothing: a std::mutex stops the thread, and belongs to the thread that locked it
/// Unchecked: keeping a `T&` after its guard is gone, or a guard longer than its mutex
/// Errors:    none: an exception that leaves a guard's scope only unlocks. Locking twice in one
///            task waits for ever.
/// Cost:      about 40 bytes beside the value. Where no guard is held across a co_await, a
///            sync::Mutex is cheaper.
///
///     Mutex<int> hits{0};
///     *co_await hits.lock() += 1;                     // locked for this one statement
///     { auto n = co_await hits.lock(); *n *= 2; }     // locked until the brace
template <class T>
class Mutex {
public:
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<T>>;
    using tandem_sync = tandem::detail::Needs<tandem::detail::SendOf<T>>;

    Mutex()
        requires std::default_initializable<T>
    = default;
    explicit constexpr Mutex(T value) : value_(std::move(value)) {}

    /// Builds the value in place: for what cannot be moved.
    template <class... Args>
        requires std::constructible_from<T, Args...>
    explicit constexpr Mutex(std::in_place_t, Args&&... args)
        : value_(std::forward<Args>(args)...) {}

    Mutex(Mutex const&) = delete;
    Mutex& operator=(Mutex const&) = delete;

    /// A future of the guard.
    ///
    /// Cancel: it loses its place in the queue
    /// Wakes:  whoever unlocks
    [[nodiscard]] auto lock() const& noexcept {
        return detail::LockFuture<MutexGuard<T>, Mutex const*>(this, raw_, 1);
    }
    void lock() const&& = delete;  // the guard would outlive the mutex

    /// Takes the lock if it is free now; never waits.
    Result<MutexGuard<T>, TryLockError> try_lock() const& {
        if (raw_.try_acquire(1) != detail::Acquired::yes) {
            return Err(TryLockError());
        }
        return MutexGuard<T>(this);
    }
    void try_lock() const&& = delete;

    /// Waits for the lock with the thread asleep: for code outside of tasks, in which it panics.
    MutexGuard<T> blocking_lock(
        std::source_location where = std::source_location::current()) const& {
        tandem::detail::forbid_blocking("blocking_lock()", "co_await lock()", where);
        return block_on(lock());
    }
    void blocking_lock() const&& = delete;

    /// Ends the mutex and yields the value; no lock, for nobody else can hold it.
    [[nodiscard]] T into_inner() && { return std::move(value_); }
    /// The value of a mutex that nobody else can reach: no lock needed.
    [[nodiscard]] T& get_mut() & noexcept { return value_; }

private:
    friend class MutexGuard<T>;
    template <class U>
    friend auto lock_owned(sync::Arc<Mutex<U>> mutex);

    mutable detail::BatchSemaphore raw_{1};
    mutable T value_{};
};

/// The proof that a Mutex is locked; unlocks when destroyed. It may be held across a co_await, and
/// unlocked by another thread than the one that locked.
///
/// Rust:      tokio::sync::MutexGuard
/// C++:       std::unique_lock that also knows the data
/// Unchecked: giving it to a task that may outlive the mutex: that is what lock_owned is for
template <class T>
class [[nodiscard]] MutexGuard {
public:
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<T>>;
    using tandem_sync = tandem::detail::Needs<tandem::detail::SendOf<T>, tandem::detail::SyncOf<T>>;

    MutexGuard(MutexGuard&& other) noexcept : mutex_(std::exchange(other.mutex_, nullptr)) {}
    /// Unlocks what it held, after it has the other.
    MutexGuard& operator=(MutexGuard&& other) noexcept {
        MutexGuard last(std::move(other));
        std::swap(mutex_, last.mutex_);
        return *this;
    }
    ~MutexGuard() {
        if (mutex_ != nullptr) {
            mutex_->raw_.release(1);
        }
    }

    [[nodiscard]] T& operator*() const { return locked().value_; }
    [[nodiscard]] T* operator->() const { return std::addressof(locked().value_); }

private:
    friend class Mutex<T>;
    friend class OwnedMutexGuard<T>;
    friend class detail::LockFuture<MutexGuard, Mutex<T> const*>;

    explicit MutexGuard(Mutex<T> const* mutex) noexcept : mutex_(mutex) {}

    Mutex<T> const& locked() const {
        if (mutex_ == nullptr) [[unlikely]] {
            detail::raise("this MutexGuard was moved from: it holds no lock any more");
        }
        return *mutex_;
    }

    Mutex<T> const* mutex_;  // null once moved from
};

/// A guard that keeps its mutex alive, so that it may go anywhere.
///
/// Rust: tokio::sync::OwnedMutexGuard
template <class T>
class [[nodiscard]] OwnedMutexGuard {
public:
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<T>>;
    using tandem_sync = tandem::detail::Needs<tandem::detail::SendOf<T>, tandem::detail::SyncOf<T>>;

    OwnedMutexGuard(OwnedMutexGuard&&) noexcept = default;
    /// Unlocks what it held, after it has the other.
    OwnedMutexGuard& operator=(OwnedMutexGuard&& other) noexcept {
        OwnedMutexGuard last(std::move(other));
        std::swap(mutex_, last.mutex_);
        std::swap(guard_, last.guard_);
        return *this;
    }
    ~OwnedMutexGuard() = default;

    [[nodiscard]] T& operator*() const { return *guard_; }
    [[nodiscard]] T* operator->() const { return guard_.operator->(); }

private:
    template <class U>
    friend Result<OwnedMutexGuard<U>, TryLockError> try_lock_owned(sync::Arc<Mutex<U>> mutex);
    friend class detail::LockFuture<OwnedMutexGuard, sync::Arc<Mutex<T>>>;

    explicit OwnedMutexGuard(sync::Arc<Mutex<T>> mutex)
        : mutex_(std::move(mutex)), guard_(mutex_.as_ptr()) {}
    OwnedMutexGuard(sync::Arc<Mutex<T>> mutex, MutexGuard<T> guard) noexcept
        : mutex_(std::move(mutex)), guard_(std::move(guard)) {}

    // In this order, so that it is unlocked before it may end.
    sync::Arc<Mutex<T>> mutex_;
    MutexGuard<T> guard_;
};

/// A future of a guard that keeps the mutex alive.
///
/// Rust:   tokio::sync::Mutex::lock_owned
/// Cancel: it loses its place in the queue
/// Wakes:  whoever unlocks
///
///     auto guard = co_await lock_owned(mutex.clone());
template <class T>
[[nodiscard]] auto lock_owned(sync::Arc<Mutex<T>> mutex) {
    auto& raw = mutex->raw_;
    return detail::LockFuture<OwnedMutexGuard<T>, sync::Arc<Mutex<T>>>(std::move(mutex), raw, 1);
}

/// Takes the lock if it is free now; never waits. Rust: tokio::sync::Mutex::try_lock_owned
template <class T>
Result<OwnedMutexGuard<T>, TryLockError> try_lock_owned(sync::Arc<Mutex<T>> mutex) {
    auto taken = mutex->try_lock();
    if (!taken.is_ok()) {
        return Err(TryLockError());
    }
    return OwnedMutexGuard<T>(std::move(mutex), std::move(taken).unwrap());
}

}  // namespace tandem::async
