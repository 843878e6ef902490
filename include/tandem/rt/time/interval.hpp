#pragma once

#include <chrono>
#include <cstdint>
#include <source_location>

#include "tandem/async/future.hpp"
#include "tandem/core/detail/deadline.hpp"
#include "tandem/core/detail/raise.hpp"
#include "tandem/rt/time/instant.hpp"
#include "tandem/rt/time/sleep.hpp"

namespace tandem::rt::time {

/// What an Interval does about ticks that nobody waited for in time. With ticks every 2, of which
/// the one at 4 is only waited for at 9:
///
///     burst   2  4 6 8       10  12      at 9 all that were missed, at once
///     delay   2  4        11  13  15     from 9 on
///     skip    2  4       10  12  14      at the old beat, without those that were missed
///
/// Rust: tokio::time::MissedTickBehavior
enum class MissedTickBehavior : unsigned char { burst, delay, skip };

class Interval;

/// A future of the next tick, as the moment at which it was to be.
///
/// Rust:      what tokio's Interval::tick returns
/// Unchecked: one that outlives its Interval
/// Cancel:    no tick is lost
/// Wakes:     as Sleep does
class [[nodiscard]] Tick {
public:
    using Output = Instant;

    explicit Tick(Interval& interval) noexcept : interval_(&interval) {}

    async::Poll<Instant> poll(async::Context& cx);

private:
    Interval* interval_;
};

/// Ticks at an even beat, which the time between the waits does not delay. The first tick is at
/// once.
///
/// Rust:   tokio::time::Interval
/// Errors: a period of zero panics
///
///     auto beat = interval(10ms);
///     for (;;) {
///         co_await beat.tick();
///         measure();
///     }
class Interval {
public:
    using tandem_send = void;
    using tandem_sync = void;

    /// See interval and interval_at.
    Interval(Instant start, std::chrono::nanoseconds period) noexcept
        : next_(start, false), period_(period) {}

    [[nodiscard]] Tick tick() & noexcept { return Tick(*this); }
    Tick tick() && = delete;  // it would outlive what it waits for

    /// What tick() waits for, for futures written by hand.
    async::Poll<Instant> poll_tick(async::Context& cx) {
        if (next_.poll(cx).is_pending()) {
            return async::Poll<Instant>::pending();
        }
        Instant const tick = next_.deadline();
        next_.reset(after(tick, Instant::now()));
        return async::Poll<Instant>::ready(tick);
    }

    /// The next tick is a period from now.
    void reset() noexcept { next_.reset(Instant::now() + period_); }
    /// The next tick is at once.
    void reset_immediately() noexcept { next_.reset(Instant::now()); }
    /// The next tick is after a duration, or at a moment; the others follow it by a period each.
    template <class Rep, class Period>
    void reset_after(std::chrono::duration<Rep, Period> duration) noexcept {
        next_.reset(Instant::now() + duration);
    }
    void reset_at(Instant deadline) noexcept { next_.reset(deadline); }

    [[nodiscard]] std::chrono::nanoseconds period() const noexcept { return period_; }

    [[nodiscard]] MissedTickBehavior missed_tick_behavior() const noexcept { return behavior_; }
    void set_missed_tick_behavior(MissedTickBehavior behavior) noexcept { behavior_ = behavior; }

private:
    /// A tick that is only somewhat late was not missed: no timer is exact.
    static constexpr std::chrono::nanoseconds tolerance{5'000'000};

    [[nodiscard]] Instant after(Instant tick, Instant now) const noexcept {
        if (now <= tick + tolerance) {
            return tick + period_;
        }
        switch (behavior_) {
            case MissedTickBehavior::delay: return now + period_;
            case MissedTickBehavior::skip: return now + (period_ - (now - tick) % period_);
            default: return tick + period_;
        }
    }

    Sleep next_;
    std::chrono::nanoseconds period_;
    MissedTickBehavior behavior_ = MissedTickBehavior::burst;
};

inline async::Poll<Instant> Tick::poll(async::Context& cx) { return interval_->poll_tick(cx); }

/// Ticks at `start`, and every `period` from then on.
template <class Rep, class Period>
Interval interval_at(Instant start, std::chrono::duration<Rep, Period> period,
                     std::source_location at = std::source_location::current()) {
    std::int64_t const nanoseconds = tandem::detail::saturating_nanoseconds(period);
    if (nanoseconds == 0) [[unlikely]] {
        detail::raise("an interval needs a period longer than zero", at);
    }
    return Interval(start, std::chrono::nanoseconds(nanoseconds));
}

/// Ticks at once, and every `period` from now on.
template <class Rep, class Period>
Interval interval(std::chrono::duration<Rep, Period> period,
                  std::source_location at = std::source_location::current()) {
    return interval_at(Instant::now(), period, at);
}

}  // namespace tandem::rt::time
