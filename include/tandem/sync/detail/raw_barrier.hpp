#pragma once

#include <cstddef>
#include <cstdint>

#include "tandem/core/detail/futex.hpp"

namespace tandem::sync::detail {

using namespace tandem::detail;  // inside sync, detail:: means both

/// Every thread draws a ticket; `n` tickets make a round. Who draws the last one of a round opens
/// it, the others of that round sleep until it is open.
///
///     tickets  0 1 2 │ 3 4 5 │ 6 7        n = 3: two rounds are full, of the third one is missing
///     round      0   │   1   │   2
///     opened   ──────────────► 2          rounds 0 and 1 may go on
///
/// More than `n` threads may use it: a ticket belongs to one round, however late its thread looks.
/// (To count arrivals and set the count back to zero would need a lock around the two.)
class RawBarrier {
public:
    explicit constexpr RawBarrier(std::size_t threads) noexcept
        : threads_(threads == 0 ? 1 : threads) {}

    /// Waits for the others; true for the one that came last.
    bool arrive_and_wait() noexcept {
        // acq_rel: release publishes what we did before the barrier; acquire shows the last to
        // come what all the others did, which it passes on below.
        std::uint64_t const ticket = tickets_.fetch_add(1, std::memory_order_acq_rel);
        auto const round = static_cast<std::uint32_t>(ticket / threads_);
        if (ticket % threads_ == threads_ - 1) {
            // release: publishes all that the threads did before the barrier. (Two rounds may open
            // in the wrong order; the first to open has seen both of them full.)
            opened_.fetch_add(1, std::memory_order_release);
            futex_wake_all(opened_);
            return true;
        }
        while (true) {
            // acquire: pairs with the release above: we see what everybody did before.
            std::uint32_t const opened = opened_.load(std::memory_order_acquire);
            if (static_cast<std::int32_t>(opened - round) > 0) {  // right also after 2³² rounds
                return false;
            }
            futex_wait(opened_, opened);
        }
    }

private:
    std::uint64_t threads_;
    Atomic<std::uint64_t> tickets_{0};
    FutexWord opened_{0};  // how many rounds
};

}  // namespace tandem::sync::detail
