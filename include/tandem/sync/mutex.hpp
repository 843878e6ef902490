#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include "tandem/core/detail/held_lock.hpp"
#include "tandem/core/detail/raw_mutex.hpp"
#include "tandem/core/result.hpp"
#include "tandem/sync/detail/checked_types.hpp"
#include "tandem/sync/detail/poison.hpp"
#include "tandem/sync/poison.hpp"

namespace tandem::sync {
class Condvar;
}  // namespace tandem::sync

namespace tandem {

/// A value that can be reached only while its lock is held.
///
/// Rust:      std::sync::Mutex<T>
/// C++:       std::mutex with its data inside, so the two cannot be used apart
/// Unchecked: keeping a `T&` after its guard is gone. rustc refuses; C++ compiles it.
/// Errors:    a poisoned lock (an exception left a guard's scope) is an error that still carries
///            the guard. Locking twice on one thread waits forever, as in Rust; a checked build
///            reports it before.
/// Cost:      5 bytes beside the value; no system call unless threads meet
///
///     Mutex<int> hits{0};
///     *hits.lock().unwrap() += 1;                    // locked for this one statement
///     { auto n = hits.lock().unwrap(); *n *= 2; }    // locked until the brace
template <class T>
class sync::Mutex {
public:
    using tandem_send = detail::Needs<detail::SendOf<T>>;
    using tandem_sync = detail::Needs<detail::SendOf<T>>;

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

    /// Waits for the lock. `const`, for an Arc<Mutex<T>> hands out `const&`: the lock, not
    /// `const`, is what makes writing safe (interior mutability).
    LockResult<MutexGuard<T>> lock(detail::CallSite where = detail::CallSite::current()) const& {
        if (!detail::checked_build || !raw_.try_lock()) {
            detail::WaitForLock const wait(this, detail::Access::exclusive, where);
            raw_.lock();
        }
        return detail::poison_checked(poison_.is_set(), MutexGuard<T>(*this, where));
    }
    LockResult<MutexGuard<T>> lock() const&& = delete;  // the guard would outlive the mutex

    /// Takes the lock if it is free now; never waits.
    TryLockResult<MutexGuard<T>> try_lock(
        detail::CallSite where = detail::CallSite::current()) const& {
        if (!raw_.try_lock()) {
            return Err(TryLockError<MutexGuard<T>>::would_block());
        }
        return detail::try_poison_checked(poison_.is_set(), MutexGuard<T>(*this, where));
    }
    TryLockResult<MutexGuard<T>> try_lock() const&& = delete;

    /// Ends the mutex and yields the value; no lock, for nobody else can hold it.
    LockResult<T> into_inner() && {
        return detail::poison_checked<T>(poison_.is_set(), std::move(value_));
    }
    /// The value of a mutex that nobody else can reach: no lock needed.
    LockResult<T&> get_mut() & { return detail::poison_checked<T&>(poison_.is_set(), value_); }

    [[nodiscard]] bool is_poisoned() const noexcept { return poison_.is_set(); }
    /// Says that the data is sound again: the next lock() is no error.
    void clear_poison() const noexcept { poison_.clear(); }

private:
    friend class MutexGuard<T>;
    friend class sync::Condvar;

    mutable detail::RawMutex raw_;
    mutable detail::PoisonFlag poison_;
    mutable T value_{};
};

/// The proof that a Mutex is locked; unlocks when destroyed, and poisons the mutex if that happens
/// because an exception leaves the guard's scope.
///
/// Rust:      std::sync::MutexGuard
/// C++:       std::unique_lock that also knows the data
/// Unchecked: moving a guard to another thread by unsafe_send: the lock is then released by a
///            thread that does not hold it.
template <class T>
class [[nodiscard]] sync::MutexGuard {
public:
    using tandem_send = detail::Never;
    using tandem_sync = detail::Never;

    MutexGuard(MutexGuard&& other) noexcept
        : mutex_(std::exchange(other.mutex_, nullptr)),
          detector_(other.detector_),
          held_(std::move(other.held_)) {}
    MutexGuard& operator=(MutexGuard&&) = delete;  // would silently drop a held lock

    ~MutexGuard() {
        if (mutex_ != nullptr) {
            if (detector_.unwinding()) [[unlikely]] {
                mutex_->poison_.set();
            }
            mutex_->raw_.unlock();
        }
    }

    [[nodiscard]] T& operator*() const { return locked().value_; }
    [[nodiscard]] T* operator->() const { return std::addressof(locked().value_); }

private:
    friend class Mutex<T>;
    friend class sync::Condvar;

    MutexGuard(Mutex<T> const& mutex, detail::CallSite where) noexcept
        : mutex_(&mutex), held_(&mutex, detail::Access::exclusive, where) {}

    Mutex<T> const& locked() const {
        if (mutex_ == nullptr) [[unlikely]] {
            detail::raise("this MutexGuard was moved from: it holds no lock any more");
        }
        return *mutex_;
    }

    Mutex<T> const* mutex_;  // null once moved from
    detail::UnwindDetector detector_;
    [[no_unique_address]] detail::HeldLock held_;
};

}  // namespace tandem
