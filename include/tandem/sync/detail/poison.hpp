#pragma once

#include "tandem/core/detail/atomic.hpp"
#include "tandem/core/detail/unwinding.hpp"

namespace tandem::sync::detail {

using namespace tandem::detail;  // inside sync, detail:: means both

/// Remembers that somebody failed while holding the lock, so that the data may be half-changed.
class PoisonFlag {
public:
    [[nodiscard]] bool is_set() const noexcept {
        // relaxed: a reader that holds the lock is ordered by the lock; without it the answer may
        // be out of date in any case.
        return poisoned_.load(std::memory_order_relaxed);
    }
    // relaxed: set while the lock is held, whose release publishes it.
    void set() noexcept { poisoned_.store(true, std::memory_order_relaxed); }
    // relaxed: who clears it speaks of what he saw under the lock.
    void clear() noexcept { poisoned_.store(false, std::memory_order_relaxed); }

private:
    Atomic<bool> poisoned_{false};
};

/// Tells a guard's destructor whether it runs because an exception leaves the guard's scope: more
/// exceptions are in flight than when the guard was made.
class UnwindDetector {
public:
    [[nodiscard]] bool unwinding() const noexcept { return exceptions_in_flight() > at_birth_; }

private:
    int at_birth_ = exceptions_in_flight();
};

}  // namespace tandem::sync::detail
