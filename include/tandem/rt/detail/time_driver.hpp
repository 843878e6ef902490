#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>

#include "tandem/core/detail/atomic.hpp"
#include "tandem/core/detail/raw_mutex.hpp"
#include "tandem/core/detail/ref_count.hpp"
#include "tandem/rt/detail/clock.hpp"
#include "tandem/rt/detail/driver_unpark.hpp"
#include "tandem/rt/detail/timer_wheel.hpp"
#include "tandem/rt/detail/waker_batch.hpp"

namespace tandem::rt::detail {

/// The timers of one runtime. Any thread may register one; one thread at a time sleeps until the
/// first of them is due, and wakes whoever waits.
///
/// Rust: the time Driver of tokio's runtimes
class TimeDriver {
public:
    explicit TimeDriver(DriverUnpark& unpark, Clock::Pausing pausing) noexcept
        : unpark_(unpark), clock_(pausing) {}
    TimeDriver(TimeDriver const&) = delete;
    TimeDriver& operator=(TimeDriver const&) = delete;

    // ---- By the thread that sleeps for all ----------------------------------------------------

    /// Until when it may sleep. From now on who registers an earlier timer unparks it; until it
    /// calls fire_due().
    [[nodiscard]] Deadline next_deadline() noexcept {
        RawLock const lock(mutex_);
        std::int64_t const next = wheel_.next_wake();
        set_first_due(next);
        // While time is paused, to sleep does not bring the next timer nearer.
        bool const asleep_for_good = clock_.is_paused() && next > clock_.now();
        std::int64_t const until = asleep_for_good ? end_of_time : next;
        set_sleeps_until(until);
        return clock_.to_steady(until);
    }

    /// Wakes all whose time has come. Costs two loads if there are no timers.
    void fire_due() noexcept {
        // relaxed: this thread wrote it, or a spare unpark is all that comes of it.
        if (sleeps_until_.load(std::memory_order_relaxed) != awake) {
            set_sleeps_until(awake);
        }
        // relaxed: an earlier timer that is missed here is seen under the lock in next_deadline(),
        // before this thread sleeps.
        std::int64_t const first = first_due_.load(std::memory_order_relaxed);
        if (first == end_of_time) {
            return;
        }
        if (std::int64_t const now = clock_.now(); first <= now) {
            fire_due_by(now);
        }
    }

    /// If time is paused, sets it forward to the next timer, and wakes those who wait for that
    /// moment. False: it runs, or it may not, or nobody waits.
    bool advance_to_next() noexcept {
        if (!clock_.is_paused()) {
            return false;
        }
        do {
            RawLock const lock(mutex_);
            std::int64_t const next = wheel_.next_wake();
            if (advance_inhibitors_ != 0 || next == end_of_time) {
                return false;
            }
            clock_.advance_to(std::max(next, clock_.now()));
        } while (!fire_due_by(clock_.now()));
        return true;
    }

    /// No timer fires any more; all who wait are woken, to find that out.
    void shutdown() noexcept {
        wake_each([this]() noexcept {
            is_shut_down_ = true;
            return wheel_.pop_any();
        });
    }

    // ---- Virtual time, from a thread of the runtime -------------------------------------------

    [[nodiscard]] Clock& clock() noexcept { return clock_; }

    void pause() {
        RawLock const lock(mutex_);
        clock_.pause();
        look_again();
    }
    void resume() {
        RawLock const lock(mutex_);
        clock_.resume();
        look_again();
    }
    void advance(std::int64_t nanoseconds) {
        RawLock const lock(mutex_);
        clock_.advance(nanoseconds);
        look_again();
    }

    /// While something goes on that real time passes for, such as a blocking task, a paused clock
    /// is not set forward by itself.
    void inhibit_auto_advance() noexcept {
        RawLock const lock(mutex_);
        ++advance_inhibitors_;
    }
    void allow_auto_advance() noexcept {
        RawLock const lock(mutex_);
        --advance_inhibitors_;
        look_again();
    }

    // ---- By a timer's owner -------------------------------------------------------------------

    enum class Waits : unsigned char { yes, no, with_another_waker, shut_down };

    /// Registers a timer, which has its waker already. False: shut down, it is not registered.
    [[nodiscard]] bool enroll(Timer& timer) noexcept {
        RawLock const lock(mutex_);
        if (is_shut_down_) [[unlikely]] {
            return false;
        }
        ++enrolled_;
        insert(timer);
        return true;
    }

    /// Where a timer stands that is registered. `no` and `shut_down`: it is not linked any more.
    [[nodiscard]] Waits look(Timer const& timer, async::Waker const& waker) noexcept {
        RawLock const lock(mutex_);
        if (!timer.is_linked()) {
            return why_not_linked(timer);
        }
        return timer.waker.will_wake(waker) ? Waits::yes : Waits::with_another_waker;
    }

    /// The same, when it was given another waker. The one it had is the caller's to end.
    [[nodiscard]] Waits set_waker(Timer& timer, async::Waker& waker) noexcept {
        RawLock const lock(mutex_);
        if (!timer.is_linked()) {
            return why_not_linked(timer);
        }
        std::swap(timer.waker, waker);
        return Waits::yes;
    }

    /// Gives a timer another time. False: it waits no longer.
    [[nodiscard]] bool reschedule(Timer& timer, std::int64_t deadline) noexcept {
        RawLock const lock(mutex_);
        if (!timer.is_linked()) {
            return false;
        }
        timer.unlink();
        timer.set_deadline(deadline);
        insert(timer);
        return true;
    }

    /// The end of a registration. True: nobody else knows this driver, and the caller deletes it.
    [[nodiscard]] bool leave(Timer& timer) noexcept {
        RawLock const lock(mutex_);
        if (timer.is_linked()) {
            timer.unlink();
        }
        if (--enrolled_ == 0) {
            set_first_due(end_of_time);
        }
        return enrolled_ == 0 && is_orphaned_;
    }

    /// By the last of the owners. True: no timer knows this driver, and the caller deletes it.
    [[nodiscard]] bool orphan() noexcept {
        shutdown();
        RawLock const lock(mutex_);
        is_orphaned_ = true;
        return enrolled_ == 0;
    }

private:
    static constexpr std::int64_t awake = std::numeric_limits<std::int64_t>::min();

    /// True if somebody was woken.
    bool fire_due_by(std::int64_t now) noexcept {
        return wake_each([this, now]() noexcept {
            Timer* const timer = wheel_.pop_due(now);
            if (timer == nullptr) {
                set_first_due(wheel_.next_wake());
            }
            return timer;
        });
    }

    /// Wakes who waits for the timers that `pop` takes out under the lock, until that is null.
    template <class Pop>
    bool wake_each(Pop pop) noexcept {
        bool woken = false;
        for (bool all = false; !all;) {
            WakerBatch batch;  // ends after the lock
            RawLock const lock(mutex_);
            Timer* timer = nullptr;
            while (!batch.is_full() && (timer = pop()) != nullptr) {
                batch.take(timer->waker);
            }
            all = timer == nullptr;
            woken = woken || !batch.empty();
        }
        return woken;
    }

    // All that follows under the lock.

    [[nodiscard]] Waits why_not_linked(Timer const& timer) const noexcept {
        return timer.deadline() <= wheel_.elapsed() ? Waits::no : Waits::shut_down;
    }

    void insert(Timer& timer) noexcept {
        wheel_.insert(timer);
        // relaxed: under the lock nobody else writes it.
        if (timer.deadline() < first_due_.load(std::memory_order_relaxed)) {
            set_first_due(timer.deadline());
        }
        // relaxed: next_deadline() wrote it under the lock; if fire_due() did meanwhile, a spare
        // unpark is all that comes of it.
        if (timer.deadline() < sleeps_until_.load(std::memory_order_relaxed)) {
            set_sleeps_until(timer.deadline());
            unpark_.unpark_driver();
        }
    }

    /// The clock was changed, perhaps by another thread than the one that sleeps by it.
    void look_again() noexcept {
        // relaxed: as in insert.
        if (sleeps_until_.load(std::memory_order_relaxed) != awake && !is_shut_down_) {
            unpark_.unpark_driver();
        }
    }

    // relaxed, both: hints to who looks without the lock; what they tell of is looked at under it.
    void set_first_due(std::int64_t time) noexcept {
        first_due_.store(time, std::memory_order_relaxed);
    }
    void set_sleeps_until(std::int64_t time) noexcept {
        sleeps_until_.store(time, std::memory_order_relaxed);
    }

    RawMutex mutex_;
    bool is_shut_down_ = false;
    bool is_orphaned_ = false;  // by its owners; timers may still know it
    std::size_t enrolled_ = 0;  // timers that know this driver
    std::size_t advance_inhibitors_ = 0;
    Atomic<std::int64_t> first_due_{end_of_time};  // no timer is due before
    Atomic<std::int64_t> sleeps_until_{awake};     // the thread that sleeps for all
    DriverUnpark& unpark_;
    Clock clock_;
    TimerWheel wheel_;
};

/// A TimeDriver on the heap. Its owners are the runtime and its handles; a timer that is registered
/// knows it too, and may outlive them all.
class TimeShared {
public:
    [[nodiscard]] static TimeShared* create(DriverUnpark& unpark,
                                            Clock::Pausing pausing = Clock::Pausing::refused) {
        return new TimeShared(unpark, pausing);
    }
    TimeShared(TimeShared const&) = delete;
    TimeShared& operator=(TimeShared const&) = delete;

    void add_owner() noexcept { owners_.add(); }
    /// With the last of them the driver is shut down, if it was not before.
    void remove_owner() noexcept {
        if (owners_.remove() && driver.orphan()) {
            delete this;
        }
    }

    /// By a timer that was registered.
    void leave(Timer& timer) noexcept {
        if (driver.leave(timer)) {
            delete this;
        }
    }

    TimeDriver driver;

private:
    explicit TimeShared(DriverUnpark& unpark, Clock::Pausing pausing) noexcept
        : driver(unpark, pausing) {}
    ~TimeShared() = default;

    RefCount owners_{1};
};

}  // namespace tandem::rt::detail
