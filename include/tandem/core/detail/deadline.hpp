#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <ratio>
#include <type_traits>

#include "tandem/core/detail/futex.hpp"

namespace tandem::detail {

/// Nanoseconds in any duration, rounded up (a wait is never too short), cut off at both ends:
/// seconds::max() is longer than 64 bits of nanoseconds can tell, and means "for ever".
template <class Rep, class Period>
[[nodiscard]] constexpr std::int64_t saturating_nanoseconds(
    std::chrono::duration<Rep, Period> duration) noexcept {
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    using Unit = std::ratio_divide<Period, std::nano>;
    if constexpr (std::is_integral_v<Rep> && sizeof(Rep) <= sizeof(most) && Unit::den == 1) {
        if (duration.count() <= 0) {
            return 0;
        }
        auto const count = static_cast<std::uint64_t>(duration.count());
        return count > std::uint64_t{most} / Unit::num
                   ? most
                   : static_cast<std::int64_t>(count * Unit::num);
    }
    // As long double first: it has the range of every representation, and compares without
    // wrapping.
    using Wide = std::chrono::duration<long double, std::nano>;
    long double const exact = std::chrono::duration_cast<Wide>(duration).count();
    if (!(exact > 0)) {
        return 0;  // negative, zero or not a number: do not wait
    }
    if (exact >= static_cast<long double>(most)) {
        return most;
    }
    auto const whole = static_cast<std::int64_t>(exact);
    return static_cast<long double>(whole) < exact ? whole + 1 : whole;
}

[[nodiscard]] inline std::int64_t steady_nanoseconds() noexcept {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

/// The moment `duration` from now; `never` if that is beyond what the clock can tell.
template <class Rep, class Period>
[[nodiscard]] Deadline deadline_after(std::chrono::duration<Rep, Period> duration) noexcept {
    std::int64_t const wait = saturating_nanoseconds(duration);
    std::int64_t const now = steady_nanoseconds();
    return wait < never.nanoseconds - now ? Deadline{now + wait} : never;
}

}  // namespace tandem::detail
