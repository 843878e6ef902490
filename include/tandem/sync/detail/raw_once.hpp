#pragma once

#include <cstdint>

#include "tandem/core/detail/futex.hpp"

namespace tandem::sync::detail {

using namespace tandem::detail;  // inside sync, detail:: means both

/// The state of something that is to happen once.
///
///                  begin              end(complete)
///   incomplete ───────────► running ───────────────► complete
///                    ▲         │
///              begin │         │ end(poisoned)
///                    └ poisoned ◄
///
/// Everybody else sleeps on the state meanwhile. Ending always wakes them all: a system call that
/// happens once is cheaper than to keep account of who waits.
class RawOnce {
public:
    enum State : std::uint32_t { incomplete, poisoned, running, complete };

    constexpr RawOnce() noexcept = default;
    RawOnce(RawOnce const&) = delete;
    RawOnce& operator=(RawOnce const&) = delete;

    [[nodiscard]] bool is_complete() const noexcept { return look() == complete; }

    /// Becomes the one who does it, and says whether an earlier attempt failed (`incomplete` or
    /// `poisoned`); or waits until another has done it (`complete`).
    [[nodiscard]] State begin() noexcept {
        std::uint32_t state = look();
        while (state != complete) {
            if (state == running) {
                futex_wait(state_, running);
                state = look();
                // acquire: a poisoned state shows what the failed attempt left behind.
                // relaxed: a failed exchange is followed by another look.
            } else if (state_.compare_exchange_strong(state, running, std::memory_order_acquire,
                                                      std::memory_order_relaxed)) {
                return static_cast<State>(state);
            } else {
                state = look();
            }
        }
        return complete;
    }

    /// Ends what `begin` began: `complete`, or `poisoned`, or `incomplete` to begin afresh.
    void end(State outcome) noexcept {
        // release: publishes all that was done in between; pairs with acquire in look and begin.
        state_.store(outcome, std::memory_order_release);
        futex_wake_all(state_);
    }

    /// Waits until it is complete, whoever does it and however often it fails before.
    void wait() noexcept {
        for (std::uint32_t state = look(); state != complete; state = look()) {
            futex_wait(state_, state);
        }
    }

    [[nodiscard]] std::uint32_t look() const noexcept {
        // acquire: who sees it complete sees all that was done; pairs with release in end.
        return state_.load(std::memory_order_acquire);
    }

    /// Forgets what was done: for him alone who can reach it.
    void reset() noexcept {
        // relaxed: nobody else is there.
        state_.store(incomplete, std::memory_order_relaxed);
    }

private:
    FutexWord state_{incomplete};
};

}  // namespace tandem::sync::detail
