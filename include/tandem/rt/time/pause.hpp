#pragma once

#include <chrono>
#include <cstdint>
#include <utility>

#include "tandem/async/future.hpp"
#include "tandem/core/detail/deadline.hpp"
#include "tandem/rt/detail/entered.hpp"

namespace tandem::rt::time {

/// Stops this runtime's clock, so that a test of what takes an hour need not take one. From now on
/// Instant::now() stands still, but for advance(); and when all tasks wait, time jumps to the next
/// timer by itself.
///
/// Rust:   tokio::time::pause
/// Errors: panics outside a runtime, on one of several threads, and if time is paused already
inline void pause() { detail::time_of_this_thread("time::pause()").driver.pause(); }

/// Lets the clock run on, from what it shows. Panics if it is not paused. Rust: tokio::time::resume
inline void resume() { detail::time_of_this_thread("time::resume()").driver.resume(); }

/// A future that sets a paused clock forward when it is polled, and lets those tasks run for which
/// it became time.
///
/// Rust:   what tokio::time::advance returns
/// Errors: panics as pause() does, and if time is not paused
/// Cancel: before the first poll time stays as it was
/// Wakes:  itself, at its first poll
class [[nodiscard]] Advance {
public:
    using Output = void;
    using tandem_send = void;

    explicit Advance(std::int64_t nanoseconds) noexcept : nanoseconds_(nanoseconds) {}

    async::Poll<void> poll(async::Context& cx) {
        if (std::exchange(advanced_, true)) {
            return async::Poll<void>::ready();
        }
        auto& driver = detail::time_of_this_thread("time::advance()").driver;
        driver.advance(nanoseconds_);
        driver.fire_due();
        cx.waker().wake_by_ref();
        return async::Poll<void>::pending();
    }

private:
    std::int64_t nanoseconds_;
    bool advanced_ = false;
};

/// All timers up to then fire together, at the new time: to see one after the other, sleep.
///
///     pause();
///     auto const file = spawn(download);
///     co_await advance(30s);               // it times out now, after no time at all
template <class Rep, class Period>
Advance advance(std::chrono::duration<Rep, Period> duration) noexcept {
    return Advance(tandem::detail::saturating_nanoseconds(duration));
}

}  // namespace tandem::rt::time
