#pragma once

#include <cstdint>

#include "tandem/core/detail/futex.hpp"

namespace tandem::detail {

/// One thread's bed: it sleeps here until somebody unparks it. An unpark that comes first is kept,
/// so that "look, then sleep" loses no wake-up.
///
///            park                  unpark
///   empty ──────────► parked ───────────────► notified
///     ▲                  │  deadline             │
///     ├──────────────────┘                       │
///     └────────────── park returns ──────────────┘
///
/// The three are numbers in this order, so that to park is one step down from either. In two
/// steps, an unpark that comes between them would be lost.
///
/// Rust: the Parker inside std::thread::Thread
/// C++:  std::binary_semaphore that starts at 0
class Parker {
public:
    /// Sleeps until unparked; returns at once if that has happened already. Only its owner parks.
    void park() noexcept { park_until(never); }

    /// The same; false once the deadline has passed without an unpark.
    bool park_until(Deadline deadline) noexcept {
        // acquire: an unpark may have come already, and what was written before it is ours to see.
        if (state_.fetch_sub(1, std::memory_order_acquire) == notified) {
            return true;  // notified has become empty; else, empty has become parked
        }
        do {
            bool const in_time = futex_wait_until(state_, parked, deadline);
            std::uint32_t expected = notified;
            // acquire: pairs with unpark's release. relaxed: a failed look orders nothing.
            if (state_.compare_exchange_strong(expected, empty, std::memory_order_acquire,
                                               std::memory_order_relaxed)) {
                return true;
            }
            if (!in_time) {
                // acquire: the unpark may come between the look above and this one.
                return state_.exchange(empty, std::memory_order_acquire) == notified;
            }
        } while (true);  // a spurious wake-up
    }

    /// Wakes the owner, or lets its next park return at once.
    void unpark() noexcept {
        // release: what we wrote before is seen by the owner when park returns.
        if (state_.exchange(notified, std::memory_order_release) == parked) {
            futex_wake_one(state_);
        }
    }

private:
    enum State : std::uint32_t { parked = 0, empty = 1, notified = 2 };

    FutexWord state_{empty};
};

}  // namespace tandem::detail
