#pragma once

#include <cstdint>

#include "tandem/core/detail/futex.hpp"
#include "tandem/core/detail/spin.hpp"

namespace tandem::detail {

/// The lock inside Mutex<T>: three states, four bytes and no data.
///
///               lock              lock again, from elsewhere
///   unlocked ──────────► locked ──────────────────► contended
///       ▲                   │                           │
///       │       unlock      │     unlock, wake one      │
///       └───────────────────┴───────────────────────────┘
///
/// A thread that finds the lock taken waits a little before it sleeps, for most locks are held
/// more briefly than that takes: threads that do nothing but lock get several times as much done
/// by it on two processors.
///
/// Rust: the futex mutex under std::sync::Mutex
/// C++:  std::mutex on Linux, which sleeps at once
class RawMutex {
public:
    constexpr RawMutex() noexcept = default;
    RawMutex(RawMutex const&) = delete;
    RawMutex& operator=(RawMutex const&) = delete;

    /// Takes the lock if it is free; never waits.
    [[nodiscard]] bool try_lock() noexcept {
        std::uint32_t expected = unlocked;
        // acquire: taking the lock must show us what the last holder wrote before its release.
        // relaxed: a failed attempt shows us nothing, so it orders nothing.
        return state_.compare_exchange_strong(expected, locked, std::memory_order_acquire,
                                              std::memory_order_relaxed);
    }

    /// Takes the lock, asleep until it is free.
    void lock() noexcept {
        if (!try_lock()) [[unlikely]] {
            lock_contended();
        }
    }

    /// Hands the lock back. Only the thread that holds it may call this.
    void unlock() noexcept {
        // release: publishes our writes to whoever acquires next.
        if (state_.exchange(unlocked, std::memory_order_release) == contended) [[unlikely]] {
            wake_one();
        }
    }

private:
    enum State : std::uint32_t { unlocked, locked, contended };

    [[gnu::noinline]] void lock_contended() noexcept {
        // Spinning ends also when others sleep: we do not push in before them.
        // relaxed: only a look whether it is worth a try; try_lock decides.
        spin_while([&] { return state_.load(std::memory_order_relaxed) == locked; });
        if (try_lock()) {
            return;
        }
        // We cannot know whether others still wait, so we always leave `contended` behind: a spare
        // wake-up costs little, a lost one hangs.
        // acquire: as in try_lock, for this exchange may take the lock.
        while (state_.exchange(contended, std::memory_order_acquire) != unlocked) {
            futex_wait(state_, contended);
        }
    }

    /// Apart from unlock(), which stays small enough to be inlined.
    [[gnu::noinline]] void wake_one() noexcept { futex_wake_one(state_); }

    FutexWord state_{unlocked};
};

/// Holds a RawMutex until the end of its scope, for the library's own short critical sections.
class RawLock {
public:
    explicit RawLock(RawMutex& mutex) noexcept : mutex_(mutex) { mutex_.lock(); }
    RawLock(RawLock const&) = delete;
    RawLock& operator=(RawLock const&) = delete;
    ~RawLock() { mutex_.unlock(); }

private:
    RawMutex& mutex_;
};

}  // namespace tandem::detail
