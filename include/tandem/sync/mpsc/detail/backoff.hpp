#pragma once

#include <sched.h>

#include <chrono>

#include "tandem/core/detail/deadline.hpp"
#include "tandem/core/detail/futex.hpp"
#include "tandem/core/detail/spin.hpp"

namespace tandem::sync::mpsc::detail {

/// How to pass the time until another thread has done what it will do in a moment: longer with
/// every round, first by spinning, then by giving the core away.
///
/// Rust: crossbeam_utils::Backoff, which std::sync::mpsc has a copy of
class Backoff {
public:
    /// After a lost race for a compare-and-swap: the winner is done already, so never yields.
    void spin() noexcept {
        pause(round_ < last_spin ? round_ : last_spin);
        ++round_;
    }

    /// Waits a little; false, without waiting, once it is better to go to sleep.
    [[nodiscard]] bool snooze() noexcept {
        if (round_ > last_yield) {
            return false;
        }
        if (round_ <= last_spin) {
            pause(round_);
        } else {
            ::sched_yield();
        }
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
    static constexpr unsigned last_spin = 6;    // 2^6 pauses
    static constexpr unsigned last_yield = 10;  // then four yields

    static void pause(unsigned round) noexcept {
        for (unsigned i = 0; i < (1U << round); ++i) {
            tandem::detail::spin_hint();
        }
    }

    unsigned round_ = 0;
};

}  // namespace tandem::sync::mpsc::detail
