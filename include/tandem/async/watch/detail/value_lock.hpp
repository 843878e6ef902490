#pragma once

#include <cstdint>

#include "tandem/core/detail/futex.hpp"

namespace tandem::async::watch::detail {

/// The lock around a watched value: many readers, or one writer. Both hold it for a moment only,
/// and sleep as threads if they must.
///
///   0            free
///   1 … most     so many readers
///   writing      a writer
///   + sleepers   a bit: somebody sleeps until the word's number is 0
class ValueLock {
public:
    ValueLock() noexcept {}
    ValueLock(ValueLock const&) = delete;
    ValueLock& operator=(ValueLock const&) = delete;

    void lock_shared() noexcept {
        lock_with([](std::uint32_t holders) { return holders < writing - 1; }, 1);
    }
    void lock() noexcept {
        lock_with([](std::uint32_t holders) { return holders == 0; }, writing);
    }

    void unlock_shared() noexcept {
        // release: pairs with acquire in lock_with: our reads are over before the next write.
        if (state_.fetch_sub(1, std::memory_order_release) == sleepers + 1) {
            // relaxed: the lock is free already; who wakes up looks for himself.
            state_.fetch_and(~sleepers, std::memory_order_relaxed);
            tandem::detail::futex_wake_all(state_);
        }
    }
    void unlock() noexcept {
        // release: pairs with acquire in lock_with: the next holder sees the new value.
        if ((state_.exchange(0, std::memory_order_release) & sleepers) != 0) {
            tandem::detail::futex_wake_all(state_);
        }
    }

private:
    static constexpr std::uint32_t sleepers = 1U << 31;
    static constexpr std::uint32_t writing = sleepers - 1;

    template <class Free>
    void lock_with(Free is_free, std::uint32_t more) noexcept {
        // relaxed: only a guess, the exchanges below decide.
        std::uint32_t now = state_.load(std::memory_order_relaxed);
        for (;;) {
            if (is_free(now & ~sleepers)) {
                // acquire: pairs with release in both unlocks: we see what was written.
                // relaxed: a failed attempt looks again.
                if (state_.compare_exchange_weak(now, now + more, std::memory_order_acquire,
                                                 std::memory_order_relaxed)) {
                    return;
                }
                continue;
            }
            // relaxed: the bit carries no data, and a failed attempt looks again.
            if ((now & sleepers) != 0 ||
                state_.compare_exchange_weak(now, now | sleepers, std::memory_order_relaxed,
                                             std::memory_order_relaxed)) {
                tandem::detail::futex_wait(state_, now | sleepers);
                // relaxed: as above.
                now = state_.load(std::memory_order_relaxed);
            }
        }
    }

    tandem::detail::FutexWord state_{0};
};

class ReadLock {
public:
    explicit ReadLock(ValueLock& lock) noexcept : lock_(&lock) { lock.lock_shared(); }
    ReadLock(ReadLock&& other) noexcept : lock_(other.lock_) { other.lock_ = nullptr; }
    ReadLock& operator=(ReadLock&&) = delete;
    ~ReadLock() {
        if (lock_ != nullptr) {
            lock_->unlock_shared();
        }
    }

private:
    ValueLock* lock_;
};

class WriteLock {
public:
    explicit WriteLock(ValueLock& lock) noexcept : lock_(lock) { lock.lock(); }
    WriteLock(WriteLock const&) = delete;
    WriteLock& operator=(WriteLock const&) = delete;
    ~WriteLock() { lock_.unlock(); }

private:
    ValueLock& lock_;
};

}  // namespace tandem::async::watch::detail
