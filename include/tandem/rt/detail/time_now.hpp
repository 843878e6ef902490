#pragma once

#include <cstdint>

#include "tandem/core/detail/deadline.hpp"
#include "tandem/rt/detail/clock.hpp"
#include "tandem/rt/detail/entered.hpp"
#include "tandem/rt/detail/time_driver.hpp"

namespace tandem::rt::detail {

/// What this thread's clock shows: its runtime's, if it has one.
[[nodiscard]] inline std::int64_t now_of_this_thread() noexcept {
    // relaxed: pausing a clock happens on a thread of its runtime; whoever must see it, follows.
    if (!a_clock_was_paused.load(std::memory_order_relaxed)) [[likely]] {
        return steady_nanoseconds();
    }
    TimeShared* const time = find_time_of_this_thread();
    return time != nullptr ? time->driver.clock().now() : steady_nanoseconds();
}

}  // namespace tandem::rt::detail
