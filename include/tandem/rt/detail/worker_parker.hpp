#pragma once

#include "tandem/core/detail/futex.hpp"
#include "tandem/rt/detail/driver.hpp"

namespace tandem::rt::detail {

/// The driver that all workers of a runtime share: one of them sleeps on it.
class SharedDriver {
public:
    explicit SharedDriver(Driver& driver) noexcept : driver_(driver) {}

    [[nodiscard]] Driver& get() noexcept { return driver_; }

    [[nodiscard]] bool try_take() noexcept {
        // relaxed: a look that costs little. acquire: pairs with release in give_back.
        return !taken_.load(std::memory_order_relaxed) &&
               !taken_.exchange(true, std::memory_order_acquire);
    }
    void give_back() noexcept {
        // release: pairs with acquire in try_take.
        taken_.store(false, std::memory_order_release);
    }

private:
    Driver& driver_;
    Atomic<bool> taken_{false};
};

/// Where a worker sleeps: on the driver if no other does, else on its own.
///
///            park                    unpark
///   empty ──────────► on_futex  ───────────────► notified
///     ▲  └──────────► on_driver ───────────────►   │
///     └────────────── park returns ────────────────┘
class WorkerParker {
public:
    /// Sleeps until unparked or, on the driver, until something else has happened.
    void park(SharedDriver& driver) noexcept {
        if (driver.try_take()) {
            park_on(driver.get());
            driver.give_back();
        } else {
            park_on_futex();
        }
    }

    /// Lets the driver do what is due, unless another worker is at it.
    static void poll(SharedDriver& driver) noexcept {
        if (driver.try_take()) {
            driver.get().poll();
            driver.give_back();
        }
    }

    void unpark(SharedDriver& driver) noexcept {
        // release: pairs with acquire in the parks: they see what was written before.
        switch (state_.exchange(notified, std::memory_order_release)) {
            case on_futex: futex_wake_one(state_); break;
            case on_driver: driver.get().unpark_driver(); break;
            default: break;
        }
    }

private:
    enum State : std::uint32_t { empty, on_futex, on_driver, notified };

    /// False: an unpark came first, and is used up.
    bool begin(State how) noexcept {
        std::uint32_t expected = empty;
        // acquire, both: pairs with release in unpark, if that came first.
        if (state_.compare_exchange_strong(expected, how, std::memory_order_acquire,
                                           std::memory_order_acquire)) {
            return true;
        }
        // acquire: as above; another unpark may have come.
        state_.exchange(empty, std::memory_order_acquire);
        return false;
    }

    void park_on(Driver& driver) noexcept {
        if (begin(on_driver)) {
            driver.park();
            // acquire: pairs with release in unpark.
            state_.exchange(empty, std::memory_order_acquire);
        } else {
            driver.poll();
        }
    }

    void park_on_futex() noexcept {
        if (!begin(on_futex)) {
            return;
        }
        for (;;) {
            futex_wait(state_, on_futex);
            std::uint32_t expected = notified;
            // acquire: pairs with release in unpark. relaxed: a spurious wake-up.
            if (state_.compare_exchange_strong(expected, empty, std::memory_order_acquire,
                                               std::memory_order_relaxed)) {
                return;
            }
        }
    }

    FutexWord state_{empty};
};

}  // namespace tandem::rt::detail
