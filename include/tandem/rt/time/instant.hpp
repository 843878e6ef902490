#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>

#include "tandem/core/detail/deadline.hpp"
#include "tandem/rt/detail/clock.hpp"
#include "tandem/rt/detail/time_now.hpp"

namespace tandem::rt::time {

/// A moment, of use to measure durations and to wait until. On a runtime whose time is paused it
/// is that runtime's; else the steady clock's.
///
/// Rust:   tokio::time::Instant
/// C++:    std::chrono::steady_clock::time_point, of a clock that tests can stop
/// Errors: none. Sums are cut off 146 years from now and never overflow; checked_add tells.
///
///     Instant const start = Instant::now();
///     co_await sleep_until(start + 10ms);
///     auto const took = start.elapsed();    // std::chrono::nanoseconds
class Instant {
public:
    using tandem_send = void;
    using tandem_sync = void;
    using Nanoseconds = std::chrono::nanoseconds;
    template <class Rep, class Period>
    using Duration = std::chrono::duration<Rep, Period>;

    [[nodiscard]] static Instant now() noexcept { return Instant(detail::now_of_this_thread()); }

    [[nodiscard]] static constexpr Instant from_std(
        std::chrono::steady_clock::time_point time) noexcept {
        return Instant(0) + time.time_since_epoch();
    }
    [[nodiscard]] constexpr std::chrono::steady_clock::time_point into_std() const noexcept {
        return std::chrono::steady_clock::time_point(
            std::chrono::duration_cast<std::chrono::steady_clock::duration>(Nanoseconds(time_)));
    }

    /// How long ago it was; nothing if it is yet to come.
    [[nodiscard]] Nanoseconds elapsed() const noexcept { return now() - *this; }

    /// From the other to this one; nothing if the other is later.
    [[nodiscard]] constexpr Nanoseconds duration_since(Instant earlier) const noexcept {
        return Nanoseconds(time_ > earlier.time_ ? time_ - earlier.time_ : 0);
    }
    template <class Took = Nanoseconds>
    [[nodiscard]] constexpr std::optional<Took> checked_duration_since(
        Instant earlier) const noexcept {
        return time_ >= earlier.time_ ? std::optional<Took>(duration_since(earlier)) : std::nullopt;
    }

    /// The moment a duration later or earlier, if there is one.
    template <class Rep, class Period>
    [[nodiscard]] constexpr std::optional<Instant> checked_add(
        Duration<Rep, Period> duration) const noexcept {
        return checked_move(nanoseconds(duration));
    }
    template <class Rep, class Period>
    [[nodiscard]] constexpr std::optional<Instant> checked_sub(
        Duration<Rep, Period> duration) const noexcept {
        return checked_move(-nanoseconds(duration));
    }

    template <class Rep, class Period>
    constexpr Instant& operator+=(Duration<Rep, Period> duration) noexcept {
        return *this = move(nanoseconds(duration));
    }
    template <class Rep, class Period>
    constexpr Instant& operator-=(Duration<Rep, Period> duration) noexcept {
        return *this = move(-nanoseconds(duration));
    }
    template <class Rep, class Period>
    [[nodiscard]] friend constexpr Instant operator+(Instant instant,
                                                     Duration<Rep, Period> duration) noexcept {
        return instant += duration;
    }
    [[nodiscard]] friend constexpr Instant operator+(Instant instant,
                                                     Nanoseconds duration) noexcept {
        return instant.move(duration.count());  // as the one above, but compiled once
    }
    template <class Rep, class Period>
    [[nodiscard]] friend constexpr Instant operator-(Instant instant,
                                                     Duration<Rep, Period> duration) noexcept {
        return instant -= duration;
    }
    /// As duration_since: nothing if the right one is later.
    [[nodiscard]] friend constexpr Nanoseconds operator-(Instant later, Instant earlier) noexcept {
        return later.duration_since(earlier);
    }

    friend constexpr bool operator==(Instant, Instant) noexcept = default;
    friend constexpr auto operator<=>(Instant, Instant) noexcept = default;

    /// What a timer is given.
    [[nodiscard]] constexpr std::int64_t since_epoch() const noexcept { return time_; }
    [[nodiscard]] static constexpr Instant at(std::int64_t time) noexcept { return Instant(time); }

private:
    static constexpr std::int64_t last = detail::end_of_time;

    explicit constexpr Instant(std::int64_t time) noexcept : time_(time) {}

    /// Negative ones too; cut off at both ends.
    template <class Rep, class Period>
    static constexpr std::int64_t nanoseconds(Duration<Rep, Period> duration) noexcept {
        if (duration < duration.zero()) {
            using Wide = Duration<long double, Period>;
            return -detail::saturating_nanoseconds(
                Wide(-static_cast<long double>(duration.count())));
        }
        return detail::saturating_nanoseconds(duration);
    }

    [[nodiscard]] constexpr bool can_move(std::int64_t by) const noexcept {
        return by > 0 ? by <= last - time_ : by >= -last - time_;
    }
    [[nodiscard]] constexpr Instant move(std::int64_t by) const noexcept {
        return Instant(can_move(by) ? time_ + by : by > 0 ? last : -last);
    }
    template <class Moment = Instant>
    [[nodiscard]] constexpr std::optional<Moment> checked_move(std::int64_t by) const noexcept {
        return can_move(by) ? std::optional<Moment>(Instant(time_ + by)) : std::nullopt;
    }

    std::int64_t time_;  // nanoseconds, from -last to last
};

}  // namespace tandem::rt::time
