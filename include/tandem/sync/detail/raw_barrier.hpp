#pragma once

#include <cstddef>
#include <cstdint>

#include "tandem/core/detail/futex.hpp"

namespace tandem::sync::detail {

using namespace tandem::detail;  // inside sync, detail:: means both

/// Counts threads in, and lets them all go when the last one has come. The generation tells the
/// threads of one round from those of the next, for a fast thread may be back before a slow one
/// has woken up.
class RawBarrier {
public:
    explicit constexpr RawBarrier(std::size_t threads) noexcept
        : threads_(threads == 0 ? 1 : threads) {}

    /// Waits for the others; true for the one that came last.
    bool arrive_and_wait() noexcept {
        // relaxed: our own arrival keeps this generation open, so it is the current one.
        std::uint32_t const generation = generation_.load(std::memory_order_relaxed);
        // acq_rel: release publishes what we did before the barrier; acquire shows the last to
        // come what all the others did, which it passes on below.
        if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 < threads_) {
            // acquire: pairs with the release below: we see what everybody did before.
            while (generation_.load(std::memory_order_acquire) == generation) {
                futex_wait(generation_, generation);
            }
            return false;
        }
        // relaxed: nobody arrives for the next round before the line below.
        arrived_.store(0, std::memory_order_relaxed);
        // release: publishes the zero above, and all that the threads did before the barrier.
        generation_.fetch_add(1, std::memory_order_release);
        futex_wake_all(generation_);
        return true;
    }

private:
    std::size_t threads_;
    Atomic<std::size_t> arrived_{0};
    FutexWord generation_{0};
};

}  // namespace tandem::sync::detail
