#pragma once

#include <cstddef>
#include <optional>

#include "tandem/async/detail/wait_list.hpp"

namespace tandem::async::detail {

/// Asks `ready()` under the lock; if the answer is no, the waiter stands in the list when the lock
/// is free again, with the waker of this poll. No waker is cloned or dropped under the lock.
template <class Ready>
[[nodiscard]] bool ready_or_wait(RawMutex& mutex, WaitList& list, Waiter& waiter, Context& cx,
                                 Ready ready) {
    std::optional<Waker> last;  // ends after the lock, as `mine` does
    {
        RawLock const lock(mutex);
        if (ready()) {
            list.remove(waiter);
            last.swap(waiter.waker);
            return true;
        }
        if (waiter.linked && waiter.waker->will_wake(cx.waker())) {
            return false;
        }
    }
    std::optional<Waker> mine(cx.waker().clone());
    RawLock const lock(mutex);
    if (ready()) {
        list.remove(waiter);
        last.swap(waiter.waker);
        return true;
    }
    mine.swap(waiter.waker);
    if (!waiter.linked) {
        list.push_back(waiter);
    }
    return false;
}

/// Takes a waiter out that is about to end. True if it still stood in the list: then nobody has
/// chosen it.
inline bool stop_waiting(RawMutex& mutex, WaitList& list, Waiter& waiter) noexcept {
    RawLock const lock(mutex);
    bool const waited = waiter.linked;
    list.remove(waiter);
    return waited;
}

/// Wakes all that wait now. Those who come meanwhile stand behind them, and stay.
inline void wake_all(RawMutex& mutex, WaitList& list) noexcept {
    std::size_t left = 0;
    {
        RawLock const lock(mutex);
        for (Waiter* waiter = list.front(); waiter != nullptr; waiter = waiter->next) {
            ++left;
        }
    }
    while (left > 0) {
        WakeBatch batch;  // its end wakes, after the lock's
        RawLock const lock(mutex);
        while (left > 0 && !batch.full() && !list.empty()) {
            batch.take(*list.pop_front());
            --left;
        }
        left = list.empty() ? 0 : left;
    }
}

}  // namespace tandem::async::detail
