#pragma once

// What a thread of a runtime is doing: whether it polls a task, and so must not wait. The runtime
// says it, all that waits asks. For a runtime that is
//
//     {
//         PollingTask const polling(spawned_at);   // around each poll of a task
//         … poll …
//     }
//     BlockingAllowed const allowed;               // inside a poll, in block_in_place
//
// Both stand on the stack within one poll, never in a coroutine: they keep the thread's address.

#include <time.h>

#include <cstdint>
#include <source_location>
#include <string>
#include <type_traits>

#include "tandem/core/detail/checked.hpp"
#include "tandem/core/detail/panic_type.hpp"
#include "tandem/core/detail/report.hpp"

namespace tandem::detail {

inline thread_local constinit bool polls_a_task = false;

// Noinline, all three that reach a thread-local: clang keeps its address across a coroutine's
// suspension, after which the thread may be another.
[[gnu::noinline]] inline bool this_thread_polls_a_task() noexcept { return polls_a_task; }
[[gnu::noinline]] inline bool& polls_a_task_here() noexcept { return polls_a_task; }

/// Says for its lifetime whether this thread polls a task.
class MarkPolling {
public:
    explicit MarkPolling(bool polls) noexcept : mark_(polls_a_task_here()), before_(mark_) {
        mark_ = polls;
    }
    MarkPolling(MarkPolling const&) = delete;
    MarkPolling& operator=(MarkPolling const&) = delete;
    ~MarkPolling() { mark_ = before_; }

private:
    bool& mark_;
    bool const before_;
};

[[noreturn, gnu::cold, gnu::noinline]] inline void panic_of_blocking(
    char const* what, char const* instead, std::source_location const& where) {
    throw Panic(std::string(what) +
                    " cannot block this thread: it runs a runtime's tasks, and all of them would "
                    "wait with it. Here, " +
                    instead + "; where it has to block, do so in rt::spawn_blocking",
                where);
}

/// Panics if this thread polls a task: whoever calls this is about to hold up all of the thread's
/// tasks, possibly the one that it waits for. In every build; one look at a thread-local.
///
/// Rust: "Cannot block the current thread from within a runtime", Tokio's panic
inline void forbid_blocking(char const* what, char const* instead = "co_await the future",
                            std::source_location where = std::source_location::current()) {
    if (this_thread_polls_a_task()) [[unlikely]] {
        panic_of_blocking(what, instead, where);
    }
}

// From here on, what a checked build sees.

/// A clock for the checks' limits: <chrono> is too much for the header of a lock.
[[nodiscard]] inline std::int64_t clock_nanoseconds() noexcept {
    timespec now{};
#if defined(CLOCK_MONOTONIC)
    ::clock_gettime(CLOCK_MONOTONIC, &now);
#else
    ::timespec_get(&now, TIME_UTC);
#endif
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

inline constexpr std::int64_t longest_poll = 100'000'000;      // nanoseconds
inline constexpr std::int64_t longest_lock_wait = 10'000'000;  // nanoseconds

[[nodiscard]] inline std::string milliseconds_text(std::int64_t nanoseconds) {
    return std::to_string(nanoseconds / 1'000'000) + " ms";
}

/// A poll that is timed: it reports the task's spawn if it holds up the thread for too long.
class TimedPoll {
public:
    explicit TimedPoll(std::source_location const& spawned) noexcept : spawned_(spawned) {}
    TimedPoll(TimedPoll const&) = delete;
    TimedPoll& operator=(TimedPoll const&) = delete;
    ~TimedPoll() {
        if (std::int64_t const took = clock_nanoseconds() - began_ - excused_; took > longest_poll)
            [[unlikely]] {
            report_long(took);
        }
    }

    /// Time in which the thread was allowed to block.
    void excuse(std::int64_t nanoseconds) noexcept { excused_ += nanoseconds; }

private:
    [[gnu::cold]] void report_long(std::int64_t took) const noexcept {
        report_once("long poll", spawned_,
                    std::string(spawned_.line() != 0 ? "the task spawned here" : "a task") +
                        " ran for " + milliseconds_text(took) +
                        " without a co_await that waits, and all other tasks of its thread waited "
                        "with it. Compute in rt::spawn_blocking, or co_await async::yield_now() "
                        "now and then");
    }

    std::source_location const spawned_;
    std::int64_t const began_ = clock_nanoseconds();
    std::int64_t excused_ = 0;
};

inline thread_local constinit TimedPoll* innermost_poll = nullptr;
[[gnu::noinline]] inline TimedPoll*& innermost_poll_here() noexcept { return innermost_poll; }

/// PollingTask in a checked build.
class CheckedPolling {
public:
    explicit CheckedPolling(std::source_location const& spawned) noexcept
        : here_(innermost_poll_here()), outer_(here_), timed_(spawned) {
        here_ = &timed_;
    }
    CheckedPolling(CheckedPolling const&) = delete;
    CheckedPolling& operator=(CheckedPolling const&) = delete;
    ~CheckedPolling() { here_ = outer_; }

private:
    MarkPolling mark_{true};
    TimedPoll*& here_;
    TimedPoll* const outer_;
    TimedPoll timed_;
};

/// PollingTask in an unchecked build: two stores.
class UncheckedPolling {
public:
    explicit UncheckedPolling(Nowhere) noexcept {}

private:
    MarkPolling mark_{true};
};

/// BlockingAllowed in a checked build.
class CheckedAllowance {
public:
    CheckedAllowance() noexcept : poll_(innermost_poll_here()) {}
    CheckedAllowance(CheckedAllowance const&) = delete;
    CheckedAllowance& operator=(CheckedAllowance const&) = delete;
    ~CheckedAllowance() {
        if (poll_ != nullptr) {
            poll_->excuse(clock_nanoseconds() - began_);
        }
    }

private:
    MarkPolling mark_{false};
    TimedPoll* const poll_;
    std::int64_t const began_ = clock_nanoseconds();
};

/// BlockingAllowed in an unchecked build.
class UncheckedAllowance {
public:
    UncheckedAllowance() noexcept {}

private:
    MarkPolling mark_{false};
};

/// Around each poll of a task by a runtime: `PollingTask const polling(spawned_at);`, which takes a
/// std::source_location, or the CallSite that was made of one.
using PollingTask = std::conditional_t<checked_build, CheckedPolling, UncheckedPolling>;

/// Inside a poll, where the runtime has handed the thread's other tasks to another thread.
using BlockingAllowed = std::conditional_t<checked_build, CheckedAllowance, UncheckedAllowance>;

[[gnu::cold, gnu::noinline]] inline void report_blocking(
    char const* what, char const* instead, std::source_location const& where) noexcept {
    report_once("blocking", where,
                std::string(what) +
                    " blocks a thread that runs tasks, and all of them wait with it. In a task, " +
                    instead + "; where it has to block, do so in rt::spawn_blocking");
}

/// Said by what is about to block the thread for as long as it likes: reports it where the thread
/// polls a task.
inline void about_to_block(char const* what, char const* instead,
                           std::source_location const& where) noexcept {
    if (this_thread_polls_a_task()) [[unlikely]] {
        report_blocking(what, instead, where);
    }
}
inline void about_to_block(char const*, char const*, Nowhere) noexcept {}

}  // namespace tandem::detail
