#pragma once

#include <cstdint>
#include <utility>

#include "tandem/async/waker.hpp"
#include "tandem/core/detail/raise.hpp"
#include "tandem/rt/detail/entered.hpp"
#include "tandem/rt/detail/time_driver.hpp"

namespace tandem::rt::detail {

/// A timer and its registration, of which poll makes one when it has to wait.
///
///                      poll, not yet due            fires, or shutdown
///   not registered ─────────────────────► waiting ─────────────────────► over
///          ▲                                 │                            │
///          └─────────────────────────────────┴────────────────────────────┘
///                 reset to a time when it waits no longer; poll; the end
///
/// It is registered with the runtime whose thread polls it first.
class TimerEntry {
    using Waits = TimeDriver::Waits;

public:
    TimerEntry(std::int64_t deadline, bool ahead) noexcept : timer_(deadline, ahead) {}

    /// Takes the deadline over. A registration ends: the new one is polled again.
    TimerEntry(TimerEntry&& other) noexcept
        : timer_(other.timer_.deadline(), other.timer_.is_ahead()) {
        if (other.time_ != nullptr) {
            static_cast<void>(other.leave());
        }
    }
    TimerEntry& operator=(TimerEntry&&) = delete;
    ~TimerEntry() {
        if (time_ != nullptr) {
            time_->leave(timer_);
        }
    }

    [[nodiscard]] std::int64_t deadline() const noexcept { return timer_.deadline(); }

    /// True once it is due.
    bool poll(async::Context& cx) {
        return time_ != nullptr ? go_on(cx) : begin(time_of_this_thread("a timer"), cx);
    }

    /// The same, for a timer that belongs to `time`, whichever thread this is.
    bool poll_on(TimeShared& time, async::Context& cx) {
        return time_ != nullptr ? go_on(cx) : begin(time, cx);
    }

    /// Who waits, waits for the new time from now on, and is woken if that is over.
    void reset(std::int64_t deadline) noexcept {
        if (time_ != nullptr && deadline > time_->driver.clock().now() &&
            time_->driver.reschedule(timer_, deadline)) {
            return;
        }
        async::Waker waker = leave();
        timer_.set_deadline(deadline);
        waker.wake();  // may end this timer
    }

private:
    /// The end of the registration, if there is one. Returns the waker of who still waits.
    async::Waker leave() noexcept {
        if (time_ != nullptr) {
            std::exchange(time_, nullptr)->leave(timer_);
        }
        return std::move(timer_.waker);
    }

    bool begin(TimeShared& time, async::Context& cx) {
        Clock const& clock = time.driver.clock();
        if ((!timer_.is_ahead() || clock.is_paused()) && timer_.deadline() <= clock.now()) {
            return true;
        }
        timer_.waker = cx.waker().clone();
        if (!time.driver.enroll(timer_)) [[unlikely]] {
            raise_shut_down();
        }
        time_ = &time;
        return false;
    }

    bool go_on(async::Context& cx) {
        Waits waits = time_->driver.look(timer_, cx.waker());
        if (waits == Waits::with_another_waker) {
            async::Waker waker = cx.waker().clone();
            waits = time_->driver.set_waker(timer_, waker);
        }
        if (waits == Waits::yes) {
            return false;
        }
        static_cast<void>(leave());
        if (waits == Waits::shut_down) [[unlikely]] {
            raise_shut_down();
        }
        return true;
    }

    [[noreturn, gnu::cold]] static void raise_shut_down() {
        raise("the runtime of this timer is shutting down: it does not fire any more");
    }

    Timer timer_;
    TimeShared* time_ = nullptr;  // that it is registered with; null if it is not
};

}  // namespace tandem::rt::detail
