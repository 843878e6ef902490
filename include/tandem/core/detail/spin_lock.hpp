#pragma once

#include "tandem/core/detail/atomic.hpp"
#include "tandem/core/detail/spin.hpp"

namespace tandem::detail {

/// A lock for a few instructions that threads seldom want at the same time: to unlock is a plain
/// store, which makes it half as dear as a RawMutex. Whoever finds it taken waits awake; where the
/// holder was interrupted, he lets others run.
class SpinLock {
public:
    constexpr SpinLock() noexcept = default;
    SpinLock(SpinLock const&) = delete;
    SpinLock& operator=(SpinLock const&) = delete;

    void lock() noexcept {
        // acquire: pairs with release in unlock: we see what the last holder wrote.
        while (taken_.exchange(true, std::memory_order_acquire)) [[unlikely]] {
            wait();
        }
    }

    void unlock() noexcept {
        // release: pairs with acquire in lock.
        taken_.store(false, std::memory_order_release);
    }

private:
    [[gnu::noinline, gnu::cold]] void wait() noexcept {
        // relaxed: a look; lock() decides.
        spin_while([this] { return taken_.load(std::memory_order_relaxed); });
        if (taken_.load(std::memory_order_relaxed)) {  // relaxed: as above
            let_others_run();
        }
    }

    Atomic<bool> taken_{false};
};

/// Holds a SpinLock until the end of its scope.
class SpinGuard {
public:
    explicit SpinGuard(SpinLock& lock) noexcept : lock_(lock) { lock_.lock(); }
    SpinGuard(SpinGuard const&) = delete;
    SpinGuard& operator=(SpinGuard const&) = delete;
    ~SpinGuard() { lock_.unlock(); }

private:
    SpinLock& lock_;
};

}  // namespace tandem::detail
