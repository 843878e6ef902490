#pragma once

#include <chrono>
#include <type_traits>

#include "tandem/async/future.hpp"
#include "tandem/core/detail/deadline.hpp"
#include "tandem/rt/detail/timer_entry.hpp"
#include "tandem/rt/time/instant.hpp"

namespace tandem::rt::time {

/// A future of a moment: ready once that has come, never before.
///
/// Rust:   tokio::time::Sleep
/// C++:    std::this_thread::sleep_until, which puts a thread to sleep and not a task
/// Errors: a poll panics on a thread that belongs to no runtime, and when its runtime is shutting
///         down; the longest duration there is never ends, and never overflows
/// Cost:   48 bytes, no allocation; it belongs to the runtime whose thread polls it first
/// Cancel: nothing is lost
/// Wakes:  the thread of the runtime that looks after its timers
///
///     co_await sleep(100ms);
class [[nodiscard]] Sleep {
public:
    using Output = void;
    using tandem_send = void;
    using tandem_sync = void;

    /// See sleep and sleep_until.
    Sleep(Instant deadline, bool ahead) noexcept : entry_(deadline.since_epoch(), ahead) {}

    /// May be moved at any time; one that was polled has to be polled again then.
    Sleep(Sleep&&) noexcept = default;
    Sleep& operator=(Sleep&&) = delete;
    ~Sleep() = default;

    async::Poll<void> poll(async::Context& cx) {
        if (!cx.poll_proceed() || !entry_.poll(cx)) {
            return async::Poll<void>::pending();
        }
        cx.made_progress();
        return async::Poll<void>::ready();
    }

    [[nodiscard]] Instant deadline() const noexcept { return Instant::at(entry_.deadline()); }

    /// True once its moment has come.
    [[nodiscard]] bool is_elapsed() const noexcept { return deadline() <= Instant::now(); }

    /// Another moment to wait for, before or after it was ready. Whoever polled it last is woken
    /// then.
    void reset(Instant deadline) noexcept { entry_.reset(deadline.since_epoch()); }

private:
    detail::TimerEntry entry_;
};

/// Waits until a moment has come; not at all if it is over.
inline Sleep sleep_until(Instant deadline) noexcept { return Sleep(deadline, false); }

/// Waits for as long, from now on; not at all if that is nothing or less.
template <class Rep, class Period>
Sleep sleep(std::chrono::duration<Rep, Period> duration) noexcept {
    return Sleep(Instant::now() + duration, duration > duration.zero());
}

/// Refused: a number does not say what it counts.
template <class Number>
    requires std::is_arithmetic_v<Number>
void sleep(Number) {
    static_assert(!std::is_arithmetic_v<Number>,
                  "say how long with a unit: sleep(100ms), sleep(std::chrono::seconds(2))");
}

}  // namespace tandem::rt::time
