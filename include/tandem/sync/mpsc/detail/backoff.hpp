#pragma once

#include <chrono>

#include "tandem/core/detail/deadline.hpp"
#include "tandem/core/detail/futex.hpp"
#include "tandem/core/detail/spin.hpp"

namespace tandem::sync::mpsc::detail {

/// How to pass the time until another thread has done what it will do in a moment.
///
/// The pauses are long, and long from the first one on: each look takes the cache line away from
/// the threads that work on it, and who looks seldom lets them do many steps in a row. Senders that
/// meet in the same place so become twice as fast as with the usual short pauses that double, a
/// receiver and its sender three times.
///
/// It never gives the core away with sched_yield, as others do before they sleep: on a busy
/// machine that costs a whole time slice, and a round trip of 2 microseconds then takes hundreds.
///
/// Rust: crossbeam_utils::Backoff, which doubles its pauses, and yields
class Backoff {
public:
    /// After a lost race for a compare-and-swap: the winner is done already, and goes on.
    void spin() noexcept { pause(); }

    /// Waits a little; false, without waiting, once it is better to go to sleep. That is when we
    /// have waited for about as long as it takes to fall asleep and be woken; and at once where
    /// there is but one processor, for then nobody does what we wait for while we look.
    [[nodiscard]] bool snooze() noexcept {
        if (tandem::detail::only_one_processor || rounds_ == 8) {
            return false;
        }
        pause();
        ++rounds_;
        return true;
    }

    /// The same for a thread that nobody will wake: sleeps briefly where snooze would refuse, so
    /// that a thread of lower priority gets the core to do what we wait for.
    void snooze_or_nap() noexcept {
        if (!snooze()) {
            tandem::detail::FutexWord const nobody_knows{0};
            tandem::detail::futex_wait_until(
                nobody_knows, 0, tandem::detail::deadline_after(std::chrono::microseconds(50)));
        }
    }

private:
    /// By the clock, for what a hint takes differs a hundredfold between processors.
    static void pause() noexcept {
        using Clock = std::chrono::steady_clock;
        auto const end = Clock::now() + std::chrono::nanoseconds{1200};
        do {
            for (int i = 0; i < 8; ++i) {
                tandem::detail::spin_hint();
            }
        } while (Clock::now() < end);
    }

    int rounds_ = 0;
};

}  // namespace tandem::sync::mpsc::detail
