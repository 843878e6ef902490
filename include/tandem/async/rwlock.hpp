#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <source_location>
#include <type_traits>
#include <utility>

#include "tandem/async/block_on.hpp"
#include "tandem/async/detail/lock_future.hpp"
#include "tandem/async/mutex.hpp"
#include "tandem/core/detail/needs.hpp"
#include "tandem/core/detail/polling.hpp"
#include "tandem/core/result.hpp"

namespace tandem::async {

template <class T>
class RwLockReadGuard;
template <class T>
class RwLockWriteGuard;

/// A value that many tasks may read at once, or one may write. First come, first served: a writer
/// who waits stops new readers.
///
/// Rust:      tokio::sync::RwLock<T>
/// C++:       nothing: a std::shared_mutex stops the thread, and belongs to it
/// Unchecked: keeping a reference after its guard is gone, or a guard longer than its lock
/// Errors:    none: an exception that leaves a guard's scope only unlocks. Reading twice in one
///            task can wait for ever: a writer that comes between the two stops the second.
/// Cost:      about 40 bytes beside the value
///
///     RwLock<std::vector<int>> primes{{2, 3, 5}};
///     auto const n = (co_await primes.read())->size();
///     (co_await primes.write())->push_back(7);
template <class T>
class RwLock {
public:
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<T>>;
    using tandem_sync = tandem::detail::Needs<tandem::detail::SendOf<T>, tandem::detail::SyncOf<T>>;

    RwLock()
        requires std::default_initializable<T>
    = default;
    explicit constexpr RwLock(T value) : value_(std::move(value)) {}

    /// Builds the value in place: for what cannot be moved.
    template <class... Args>
        requires std::constructible_from<T, Args...>
    explicit constexpr RwLock(std::in_place_t, Args&&... args)
        : value_(std::forward<Args>(args)...) {}

    RwLock(RwLock const&) = delete;
    RwLock& operator=(RwLock const&) = delete;

    /// A future of a guard beside which others may read.
    ///
    /// Cancel: it loses its place in the queue
    /// Wakes:  whoever unlocks
    [[nodiscard]] auto read() const& noexcept {
        return detail::LockFuture<RwLockReadGuard<T>, RwLock const*>(this, raw_, 1);
    }
    void read() const&& = delete;  // the guard would outlive the lock

    /// A future of a guard that is alone.
    ///
    /// Cancel: it loses its place in the queue
    /// Wakes:  whoever unlocks
    [[nodiscard]] auto write() const& noexcept {
        return detail::LockFuture<RwLockWriteGuard<T>, RwLock const*>(this, raw_, all);
    }
    void write() const&& = delete;

    /// As read, but never waits.
    Result<RwLockReadGuard<T>, TryLockError> try_read() const& {
        if (raw_.try_acquire(1) != detail::Acquired::yes) {
            return Err(TryLockError());
        }
        return RwLockReadGuard<T>(this);
    }
    void try_read() const&& = delete;

    /// As write, but never waits.
    Result<RwLockWriteGuard<T>, TryLockError> try_write() const& {
        if (raw_.try_acquire(all) != detail::Acquired::yes) {
            return Err(TryLockError());
        }
        return RwLockWriteGuard<T>(this);
    }
    void try_write() const&& = delete;

    /// These wait with the thread asleep: for code outside of tasks, in which they panic.
    RwLockReadGuard<T> blocking_read(
        std::source_location where = std::source_location::current()) const& {
        tandem::detail::forbid_blocking("blocking_read()", "co_await read()", where);
        return block_on(read());
    }
    void blocking_read() const&& = delete;
    RwLockWriteGuard<T> blocking_write(
        std::source_location where = std::source_location::current()) const& {
        tandem::detail::forbid_blocking("blocking_write()", "co_await write()", where);
        return block_on(write());
    }
    void blocking_write() const&& = delete;

    /// Ends the lock and yields the value; no waiting, for nobody else can hold it.
    [[nodiscard]] T into_inner() && { return std::move(value_); }
    /// The value of a lock that nobody else can reach: no waiting needed.
    [[nodiscard]] T& get_mut() & noexcept { return value_; }

private:
    friend class RwLockReadGuard<T>;
    friend class RwLockWriteGuard<T>;

    // A reader takes one permit, a writer all of them: as many as there may be readers.
    static constexpr std::size_t all = detail::BatchSemaphore::max_permits;

    mutable detail::BatchSemaphore raw_{all};
    mutable T value_{};
};

/// The proof that we are among the readers; leaves when destroyed. It may be held across a
/// co_await, and end on another thread.
///
/// Rust:      tokio::sync::RwLockReadGuard
/// C++:       std::shared_lock that also knows the data
/// Unchecked: giving it to a task that may outlive the lock
template <class T>
class [[nodiscard]] RwLockReadGuard {
public:
    using tandem_send = tandem::detail::Needs<tandem::detail::SyncOf<T>>;
    using tandem_sync = tandem::detail::Needs<tandem::detail::SendOf<T>, tandem::detail::SyncOf<T>>;

    RwLockReadGuard(RwLockReadGuard&& other) noexcept
        : lock_(std::exchange(other.lock_, nullptr)) {}
    /// Leaves what it was in, after it has the other.
    RwLockReadGuard& operator=(RwLockReadGuard&& other) noexcept {
        RwLockReadGuard last(std::move(other));
        std::swap(lock_, last.lock_);
        return *this;
    }
    ~RwLockReadGuard() {
        if (lock_ != nullptr) {
            lock_->raw_.release(1);
        }
    }

    [[nodiscard]] T const& operator*() const { return locked().value_; }
    [[nodiscard]] T const* operator->() const { return std::addressof(locked().value_); }

private:
    friend class RwLock<T>;
    friend class RwLockWriteGuard<T>;
    friend class detail::LockFuture<RwLockReadGuard, RwLock<T> const*>;

    explicit RwLockReadGuard(RwLock<T> const* lock) noexcept : lock_(lock) {}

    RwLock<T> const& locked() const {
        if (lock_ == nullptr) [[unlikely]] {
            detail::raise("this RwLockReadGuard was moved from: it holds no lock any more");
        }
        return *lock_;
    }

    RwLock<T> const* lock_;  // null once moved from
};

/// The proof that we are alone; leaves when destroyed. It may be held across a co_await, and end
/// on another thread.
///
/// Rust:      tokio::sync::RwLockWriteGuard
/// C++:       std::unique_lock of a std::shared_mutex that also knows the data
/// Unchecked: giving it to a task that may outlive the lock
template <class T>
class [[nodiscard]] RwLockWriteGuard {
public:
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<T>, tandem::detail::SyncOf<T>>;
    using tandem_sync = tandem::detail::Needs<tandem::detail::SendOf<T>, tandem::detail::SyncOf<T>>;

    RwLockWriteGuard(RwLockWriteGuard&& other) noexcept
        : lock_(std::exchange(other.lock_, nullptr)) {}
    /// Leaves what it was in, after it has the other.
    RwLockWriteGuard& operator=(RwLockWriteGuard&& other) noexcept {
        RwLockWriteGuard last(std::move(other));
        std::swap(lock_, last.lock_);
        return *this;
    }
    ~RwLockWriteGuard() {
        if (lock_ != nullptr) {
            lock_->raw_.release(RwLock<T>::all);
        }
    }

    [[nodiscard]] T& operator*() const { return locked().value_; }
    [[nodiscard]] T* operator->() const { return std::addressof(locked().value_); }

    /// Goes on as a reader: no writer comes between, and those who wait to read come in, up to the
    /// first writer.
    RwLockReadGuard<T> downgrade() && {
        RwLock<T> const& lock = locked();
        lock_ = nullptr;
        lock.raw_.release(RwLock<T>::all - 1);
        return RwLockReadGuard<T>(&lock);
    }

private:
    friend class RwLock<T>;
    friend class detail::LockFuture<RwLockWriteGuard, RwLock<T> const*>;

    explicit RwLockWriteGuard(RwLock<T> const* lock) noexcept : lock_(lock) {}

    RwLock<T> const& locked() const {
        if (lock_ == nullptr) [[unlikely]] {
            detail::raise("this RwLockWriteGuard was moved from: it holds no lock any more");
        }
        return *lock_;
    }

    RwLock<T> const* lock_;  // null once moved from
};

}  // namespace tandem::async
