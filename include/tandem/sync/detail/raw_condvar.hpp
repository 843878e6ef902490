#pragma once

#include <cstdint>

#include "tandem/core/detail/raw_mutex.hpp"

namespace tandem::sync::detail {

using namespace tandem::detail;  // inside sync, detail:: means both

/// What threads wait on inside a Condvar: a counter of notifications. A waiter notes the counter
/// while it still holds the mutex and sleeps as long as nothing has been added, so a notification
/// between "unlock" and "sleep" is not lost. (It would be if exactly 2³² of them came between.)
class RawCondvar {
public:
    constexpr RawCondvar() noexcept = default;
    RawCondvar(RawCondvar const&) = delete;
    RawCondvar& operator=(RawCondvar const&) = delete;

    /// Unlocks, sleeps until notified, locks again; may also return for no reason at all. False
    /// once the deadline has passed.
    bool wait_until(RawMutex& mutex, Deadline deadline) noexcept {
        // relaxed, both: we hold the mutex. Whoever changes the data after us takes the mutex
        // after us, and so sees that we wait, and adds to the counter that we have read.
        waiters_.fetch_add(1, std::memory_order_relaxed);
        std::uint32_t const seen = notifications_.load(std::memory_order_relaxed);
        mutex.unlock();
        bool const in_time = futex_wait_until(notifications_, seen, deadline);
        // relaxed: a waiter counted for too long costs its notifier a system call, no more.
        waiters_.fetch_sub(1, std::memory_order_relaxed);
        mutex.lock();
        return in_time;
    }

    void notify_one() noexcept {
        if (add_notification()) {
            futex_wake_one(notifications_);
        }
    }

    void notify_all() noexcept {
        if (add_notification()) {
            futex_wake_all(notifications_);
        }
    }

private:
    bool add_notification() noexcept {
        // relaxed, both: what the waiter is to find was written under the mutex, which it locks
        // before it looks; and the mutex has shown us whoever began to wait before that.
        if (waiters_.load(std::memory_order_relaxed) == 0) {
            return false;
        }
        notifications_.fetch_add(1, std::memory_order_relaxed);
        return true;
    }

    FutexWord notifications_{0};
    FutexWord waiters_{0};
};

}  // namespace tandem::sync::detail
