#pragma once

#include <cstdint>

#include "tandem/core/detail/atomic.hpp"
#include "tandem/core/detail/futex.hpp"
#include "tandem/core/detail/parker.hpp"
#include "tandem/core/detail/raw_mutex.hpp"
#include "tandem/sync/mpsc/detail/fifo.hpp"

namespace tandem::sync::mpsc::detail {

/// The senders that have found their channel full and sleep until there is room. For every place
/// that the receiver gives free it wakes the one that has waited longest.
///
/// A waiting sender is in the queue, or somebody has taken it out and will unpark it. It does not
/// leave before that, so whoever unparks it can trust its stack without holding the lock.
class WaitingSenders {
public:
    /// Sleeps until woken; but not if `is_full()` says no, asked when we are in the queue.
    /// False if the deadline has passed; there may be room all the same.
    template <class IsFull>
    [[nodiscard]] bool wait_until(tandem::detail::Deadline deadline, IsFull is_full) noexcept {
        Waiting self;
        {
            tandem::detail::RawLock const lock(mutex_);
            queue_.push_back(self);
            // seq_cst: pairs with wake_one. We begin to wait, then we look for room. (x86 adds the
            // same way for every order: there no test can tell.)
            count_.fetch_add(1, std::memory_order_seq_cst);
        }
        if (!is_full()) {
            leave(self);
            return true;
        }
        if (!self.parker.park_until(deadline)) {
            leave(self);
            return false;
        }
        return true;
    }

    /// Called when a place has been given free.
    void wake_one() noexcept {
        // seq_cst: pairs with wait_until. There is room, then we look for those who wait for it.
        // (x86 loads the same way for acquire: there no test can tell.)
        if (count_.load(std::memory_order_seq_cst) != 0) [[unlikely]] {
            if (Waiting* const sender = take()) {
                sender->parker.unpark();
            }
        }
    }

    /// Called when the channel has been closed.
    void wake_all() noexcept {
        while (Waiting* const sender = take()) {
            sender->parker.unpark();
        }
    }

private:
    struct Waiting {
        Waiting* before = nullptr;
        Waiting* after = nullptr;
        bool is_queued = false;
        tandem::detail::Parker parker;
    };

    [[nodiscard]] Waiting* take() noexcept {
        tandem::detail::RawLock const lock(mutex_);
        Waiting* const sender = queue_.pop_front();
        if (sender != nullptr) {
            // relaxed: who reads too high a number finds the queue empty.
            count_.fetch_sub(1, std::memory_order_relaxed);
        }
        return sender;
    }

    void leave(Waiting& self) noexcept {
        {
            tandem::detail::RawLock const lock(mutex_);
            if (queue_.remove(self)) {
                // relaxed: as in take.
                count_.fetch_sub(1, std::memory_order_relaxed);
                return;
            }
        }
        self.parker.park();  // taken out already: our unpark is on its way
    }

    tandem::detail::RawMutex mutex_;
    tandem::detail::Atomic<std::uint32_t> count_{0};  // how many are in the queue
    Fifo<Waiting> queue_;                             // under the mutex
};

}  // namespace tandem::sync::mpsc::detail
