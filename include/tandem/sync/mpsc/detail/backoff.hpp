#pragma once

#include <chrono>

#include "tandem/core/detail/deadline.hpp"
#include "tandem/core/detail/futex.hpp"
#include "tandem/core/detail/spin.hpp"

namespace tandem::sync::mpsc::detail {

/// How to pass the time until another thread has done what it will do in a moment: longer with
/// every round.
///
/// It never gives the core away with sched_yield, as others do before they sleep: on a busy
/// machine that costs a whole time slice, and a round trip of 2 microseconds then takes hundreds.
/// To spin for longer before sleep made nothing faster, and everything slower on one core.
///
/// Rust: crossbeam_utils::Backoff, which yields
class Backoff {
public:
    /// After a lost race for a compare-and-swap: the winner is done already, so never yields.
    void spin() noexcept {
        pause(round_ < last_spin ? round_ : last_spin);
        ++round_;
    }

    /// Waits a little; false, without waiting, once it is better to go to sleep.
    [[nodiscard]] bool snooze() noexcept {
        if (round_ > last_spin) {
            return false;
        }
        pause(round_);
        ++round_;
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
    static constexpr unsigned last_spin = 3;  // 2^3 pauses

    static void pause(unsigned round) noexcept {
        for (unsigned i = 0; i < (1U << round); ++i) {
            tandem::detail::spin_hint();
        }
    }

    unsigned round_ = 0;
};

}  // namespace tandem::sync::mpsc::detail
