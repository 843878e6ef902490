#pragma once

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

#include "tandem/core/detail/held_lock.hpp"
#include "tandem/core/result.hpp"
#include "tandem/sync/detail/checked_types.hpp"
#include "tandem/sync/detail/poison.hpp"
#include "tandem/sync/detail/raw_rwlock.hpp"
#include "tandem/sync/poison.hpp"

namespace tandem {

/// A value that many may read at once, or one may write.
///
/// Rust:      std::sync::RwLock<T>
/// C++:       std::shared_mutex with its data inside
/// Unchecked: keeping a reference after its guard is gone. rustc refuses; C++ compiles it.
/// Errors:    poisoned by a writer whose scope an exception left, never by a reader; the error
///            still carries the guard. Reading twice on one thread can wait forever: a writer that
///            comes between the two stops the second, as in Rust. To write what one's own thread
///            reads or writes waits for ever; a checked build reports it before.
/// Cost:      9 bytes beside the value. A waiting writer stops new readers; while writers keep
///            coming, readers wait.
///
///     RwLock<std::vector<int>> primes{{2, 3, 5}};
///     auto const n = primes.read().unwrap()->size();
///     primes.write().unwrap()->push_back(7);
template <class T>
class sync::RwLock {
public:
    using tandem_send = detail::Needs<detail::SendOf<T>>;
    using tandem_sync = detail::Needs<detail::SendOf<T>, detail::SyncOf<T>>;

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

    /// Waits until no writer is in, or waits.
    LockResult<RwLockReadGuard<T>> read(
        detail::CallSite where = detail::CallSite::current()) const& {
        if (!detail::checked_build || !raw_.try_read()) {
            detail::WaitForLock const wait(this, detail::Access::shared, where);
            raw_.read();
        }
        return detail::poison_checked(poison_.is_set(), RwLockReadGuard<T>(*this, where));
    }
    LockResult<RwLockReadGuard<T>> read() const&& = delete;  // the guard would outlive the lock

    /// Waits until nobody else is in.
    LockResult<RwLockWriteGuard<T>> write(
        detail::CallSite where = detail::CallSite::current()) const& {
        if (!detail::checked_build || !raw_.try_write()) {
            detail::WaitForLock const wait(this, detail::Access::exclusive, where);
            raw_.write();
        }
        return detail::poison_checked(poison_.is_set(), RwLockWriteGuard<T>(*this, where));
    }
    LockResult<RwLockWriteGuard<T>> write() const&& = delete;

    /// As read, but never waits.
    TryLockResult<RwLockReadGuard<T>> try_read(
        detail::CallSite where = detail::CallSite::current()) const& {
        if (!raw_.try_read()) {
            return Err(TryLockError<RwLockReadGuard<T>>::would_block());
        }
        return detail::try_poison_checked(poison_.is_set(), RwLockReadGuard<T>(*this, where));
    }
    TryLockResult<RwLockReadGuard<T>> try_read() const&& = delete;

    /// As write, but never waits.
    TryLockResult<RwLockWriteGuard<T>> try_write(
        detail::CallSite where = detail::CallSite::current()) const& {
        if (!raw_.try_write()) {
            return Err(TryLockError<RwLockWriteGuard<T>>::would_block());
        }
        return detail::try_poison_checked(poison_.is_set(), RwLockWriteGuard<T>(*this, where));
    }
    TryLockResult<RwLockWriteGuard<T>> try_write() const&& = delete;

    /// Ends the lock and yields the value; no waiting, for nobody else can hold it.
    LockResult<T> into_inner() && {
        return detail::poison_checked<T>(poison_.is_set(), std::move(value_));
    }
    /// The value of a lock that nobody else can reach: no waiting needed.
    LockResult<T&> get_mut() & { return detail::poison_checked<T&>(poison_.is_set(), value_); }

    [[nodiscard]] bool is_poisoned() const noexcept { return poison_.is_set(); }
    /// Says that the data is sound again: the next read() or write() is no error.
    void clear_poison() const noexcept { poison_.clear(); }

private:
    friend class RwLockReadGuard<T>;
    friend class RwLockWriteGuard<T>;

    mutable detail::RawRwLock raw_;
    mutable detail::PoisonFlag poison_;
    mutable T value_{};
};

/// The proof that we are among the readers; leaves when destroyed.
///
/// Rust: std::sync::RwLockReadGuard
/// C++:  std::shared_lock that also knows the data
template <class T>
class [[nodiscard]] sync::RwLockReadGuard {
public:
    using tandem_send = detail::Never;
    using tandem_sync = detail::Needs<detail::SyncOf<T>>;

    RwLockReadGuard(RwLockReadGuard&& other) noexcept
        : lock_(std::exchange(other.lock_, nullptr)), held_(std::move(other.held_)) {}
    RwLockReadGuard& operator=(RwLockReadGuard&&) = delete;  // would silently drop a held lock

    ~RwLockReadGuard() {
        if (lock_ != nullptr) {
            lock_->raw_.unlock_read();
        }
    }

    [[nodiscard]] T const& operator*() const { return locked().value_; }
    [[nodiscard]] T const* operator->() const { return std::addressof(locked().value_); }

private:
    friend class RwLock<T>;

    RwLockReadGuard(RwLock<T> const& lock, detail::CallSite where) noexcept
        : lock_(&lock), held_(&lock, detail::Access::shared, where) {}

    RwLock<T> const& locked() const {
        if (lock_ == nullptr) [[unlikely]] {
            detail::raise("this RwLockReadGuard was moved from: it holds no lock any more");
        }
        return *lock_;
    }

    RwLock<T> const* lock_;  // null once moved from
    [[no_unique_address]] detail::HeldLock held_;
};

/// The proof that we are alone; leaves when destroyed, and poisons the lock if that happens because
/// an exception leaves the guard's scope.
///
/// Rust: std::sync::RwLockWriteGuard
/// C++:  std::unique_lock of a std::shared_mutex that also knows the data
template <class T>
class [[nodiscard]] sync::RwLockWriteGuard {
public:
    using tandem_send = detail::Never;
    using tandem_sync = detail::Never;

    RwLockWriteGuard(RwLockWriteGuard&& other) noexcept
        : lock_(std::exchange(other.lock_, nullptr)),
          detector_(other.detector_),
          held_(std::move(other.held_)) {}
    RwLockWriteGuard& operator=(RwLockWriteGuard&&) = delete;  // would silently drop a held lock

    ~RwLockWriteGuard() {
        if (lock_ != nullptr) {
            if (detector_.unwinding()) [[unlikely]] {
                lock_->poison_.set();
            }
            lock_->raw_.unlock_write();
        }
    }

    [[nodiscard]] T& operator*() const { return locked().value_; }
    [[nodiscard]] T* operator->() const { return std::addressof(locked().value_); }

private:
    friend class RwLock<T>;

    RwLockWriteGuard(RwLock<T> const& lock, detail::CallSite where) noexcept
        : lock_(&lock), held_(&lock, detail::Access::exclusive, where) {}

    RwLock<T> const& locked() const {
        if (lock_ == nullptr) [[unlikely]] {
            detail::raise("this RwLockWriteGuard was moved from: it holds no lock any more");
        }
        return *lock_;
    }

    RwLock<T> const* lock_;  // null once moved from
    detail::UnwindDetector detector_;
    [[no_unique_address]] detail::HeldLock held_;
};

}  // namespace tandem
