#pragma once

#include <cstdint>
#include <limits>

#include "tandem/core/detail/atomic.hpp"
#include "tandem/core/detail/deadline.hpp"
#include "tandem/core/detail/raise.hpp"

namespace tandem::rt::detail {

using namespace tandem::detail;  // inside rt, detail:: means both

/// Times are nanoseconds of a clock that began with the machine. They end 146 years later: the
/// last is `end_of_time`, and a timer for then never fires.
inline constexpr std::int64_t end_of_time = std::numeric_limits<std::int64_t>::max() / 2;

/// True for good once a clock was paused: until then all clocks show the steady clock's time.
inline constinit Atomic<bool> a_clock_was_paused{false};

/// A runtime's clock. It can be stopped and set forward, so that tests need not wait.
///
///             pause                advance
///   running ──────────► paused ◄──────────┐
///      ▲                  │ └─────────────┘
///      └──────────────────┘
///             resume
///
/// Rust: tokio's Clock, under time::pause
class Clock {
public:
    enum class Pausing : bool { refused, allowed };

    explicit Clock(Pausing pausing) noexcept : pausing_(pausing) {}

    [[nodiscard]] std::int64_t now() const noexcept {
        // acquire: pairs with release in resume: a clock that runs again has its new offset.
        std::int64_t const paused_at = paused_at_.load(std::memory_order_acquire);
        // relaxed: see above; without a resume it is what it always was.
        return paused_at != running
                   ? paused_at
                   : steady_nanoseconds() + offset_.load(std::memory_order_relaxed);
    }

    [[nodiscard]] bool is_paused() const noexcept {
        // relaxed: the one who asks is the one who pauses, or follows from that.
        return paused_at_.load(std::memory_order_relaxed) != running;
    }

    /// When the steady clock will show what this one shows at `time`, if it runs.
    [[nodiscard]] Deadline to_steady(std::int64_t time) const noexcept {
        // relaxed: as in now.
        return time == end_of_time ? never
                                   : Deadline{time - offset_.load(std::memory_order_relaxed)};
    }

    // By one thread at a time: the driver's lock sees to it.

    void pause() {
        if (pausing_ == Pausing::refused) [[unlikely]] {
            raise("time::pause() needs a runtime of one thread: Builder::new_current_thread()");
        }
        if (is_paused()) [[unlikely]] {
            raise("time::pause(): time is paused already");
        }
        // relaxed: only a hint to look at the clock; who must see it paused follows from here.
        a_clock_was_paused.store(true, std::memory_order_relaxed);
        set(now());
    }

    void resume() {
        require_paused("time::resume(): time is not paused");
        std::int64_t const offset = now() - steady_nanoseconds();
        // relaxed: published by the store below.
        offset_.store(offset, std::memory_order_relaxed);
        // release: pairs with acquire in now.
        paused_at_.store(running, std::memory_order_release);
    }

    void advance(std::int64_t nanoseconds) {
        require_paused("time::advance(): time is not paused, so it advances by itself");
        std::int64_t const before = now();
        set(nanoseconds < end_of_time - before ? before + nanoseconds : end_of_time);
    }

    void advance_to(std::int64_t time) noexcept { set(time); }

private:
    static constexpr std::int64_t running = std::numeric_limits<std::int64_t>::min();

    void require_paused(char const* message) const {
        if (!is_paused()) [[unlikely]] {
            raise(message);
        }
    }

    void set(std::int64_t time) noexcept {
        // relaxed: a time says nothing about other memory.
        paused_at_.store(time, std::memory_order_relaxed);
    }

    Atomic<std::int64_t> paused_at_{running};
    Atomic<std::int64_t> offset_{0};  // from the steady clock, while it runs
    Pausing pausing_;
};

}  // namespace tandem::rt::detail
