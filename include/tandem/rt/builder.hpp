#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <system_error>
#include <utility>

#include "tandem/core/detail/deadline.hpp"
#include "tandem/core/result.hpp"
#include "tandem/rt/runtime.hpp"
#include "tandem/thread/available_parallelism.hpp"

namespace tandem::rt {

/// Says what a Runtime is to be like, and makes it.
///
/// Rust:   tokio::runtime::Builder
/// Errors: build returns the system's error where there are no threads to be had. A count of zero
///         threads panics
///
///     Runtime const rt = Builder::new_multi_thread()
///                            .worker_threads(4)
///                            .thread_name("my-pool")
///                            .enable_all()
///                            .build()
///                            .unwrap();
class Builder {
public:
    /// One thread, the one that is in block_on: what is spawned runs only then.
    [[nodiscard]] static Builder new_current_thread() { return Builder(Kind::current_thread); }
    /// Threads of its own, one a processor if nothing else is said.
    [[nodiscard]] static Builder new_multi_thread() { return Builder(Kind::multi_thread); }

    /// How many threads run tasks. Else TANDEM_WORKER_THREADS says it, else it is one a processor.
    Builder& worker_threads(std::size_t count) & {
        config_.worker_threads = checked_count(count, "worker_threads(0): tasks need a thread");
        return *this;
    }
    Builder&& worker_threads(std::size_t count) && { return std::move(worker_threads(count)); }

    /// How many more threads may be started for what blocks; 512 if nothing else is said.
    Builder& max_blocking_threads(std::size_t count) & {
        config_.max_blocking_threads =
            checked_count(count, "max_blocking_threads(0): spawn_blocking needs a thread");
        return *this;
    }
    Builder&& max_blocking_threads(std::size_t count) && {
        return std::move(max_blocking_threads(count));
    }

    /// Shown by debuggers and in reports; Linux shows its first 15 characters.
    Builder& thread_name(std::string name) & {
        config_.thread_name = std::move(name);
        return *this;
    }
    Builder&& thread_name(std::string name) && { return std::move(thread_name(std::move(name))); }

    /// Of the runtime's threads, in bytes.
    Builder& thread_stack_size(std::size_t bytes) & {
        config_.thread_stack_size = bytes;
        return *this;
    }
    Builder&& thread_stack_size(std::size_t bytes) && {
        return std::move(thread_stack_size(bytes));
    }

    /// How long a thread for what blocks waits for more of it; ten seconds if nothing else is said.
    template <class Rep, class Period>
    Builder& thread_keep_alive(std::chrono::duration<Rep, Period> duration) & {
        config_.thread_keep_alive = tandem::detail::saturating_nanoseconds(duration);
        return *this;
    }
    template <class Rep, class Period>
    Builder&& thread_keep_alive(std::chrono::duration<Rep, Period> duration) && {
        return std::move(thread_keep_alive(duration));
    }

    /// After how many tasks a thread looks at timers and sockets; 61 if nothing else is said.
    Builder& event_interval(std::uint32_t tasks) & {
        config_.event_interval = checked_count(tasks, "event_interval(0) would never run a task");
        return *this;
    }
    Builder&& event_interval(std::uint32_t tasks) && { return std::move(event_interval(tasks)); }

    /// After how many tasks a thread prefers the queue that all share to its own; 31.
    Builder& global_queue_interval(std::uint32_t tasks) & {
        config_.global_queue_interval =
            checked_count(tasks, "global_queue_interval(0) would never run an own task");
        return *this;
    }
    Builder&& global_queue_interval(std::uint32_t tasks) && {
        return std::move(global_queue_interval(tasks));
    }

    /// Timers and sockets.
    Builder& enable_all() & { return enable_io().enable_time(); }
    Builder&& enable_all() && { return std::move(enable_all()); }
    /// Timers: sleep, timeout, interval.
    Builder& enable_time() & {
        config_.time_enabled = true;
        return *this;
    }
    Builder&& enable_time() && { return std::move(enable_time()); }
    /// Sockets and signals.
    Builder& enable_io() & {
        config_.io_enabled = true;
        return *this;
    }
    Builder&& enable_io() && { return std::move(enable_io()); }

    /// Time stands still from the start, as after time::pause(): for tests. Needs the current
    /// thread's kind, and timers.
    Builder& start_paused(bool paused) & {
        config_.start_paused = paused;
        return *this;
    }
    Builder&& start_paused(bool paused) && { return std::move(start_paused(paused)); }

    /// Makes a runtime; each call another one. (A template, so that only who calls it compiles it.)
    template <class Made = Runtime>
    [[nodiscard]] Result<Made, std::error_code> build() const {
        detail::Config config = config_;
        if (config.start_paused && !config.time_enabled) {
            detail::raise("start_paused: there is no time on a runtime without enable_time()");
        }
        if (kind_ == Kind::current_thread) {
            return start<Made>(*new detail::CurrentThread(std::move(config)));
        }
        if (config.start_paused) {
            detail::raise("start_paused: time can stand still on a current_thread runtime only");
        }
        if (config.worker_threads == 0) {
            config.worker_threads = detail::default_worker_threads();
        }
        return start<Made>(*new detail::MultiThread(std::move(config)));
    }

private:
    enum class Kind { current_thread, multi_thread };

    explicit Builder(Kind kind) noexcept : kind_(kind) {}

    static std::uint32_t checked_count(std::size_t count, char const* message) {
        if (count == 0) {
            detail::raise(message);
        }
        return count > detail::most_threads ? detail::most_threads
                                            : static_cast<std::uint32_t>(count);
    }

    /// Takes over the first ownership.
    template <class Made, class Kind>
    static Result<Made, std::error_code> start(Kind& shared) {
        Made runtime{Handle(shared)};
        shared.remove_owner();
        if (shared.config().io_enabled) {
            if (std::error_code const error = shared.driver().enable_io()) {
                return Err(error);
            }
        }
        if constexpr (requires { shared.start(); }) {
            if (std::error_code const error = shared.start()) {
                return Err(error);
            }
        }
        return Ok(std::move(runtime));
    }

    Kind kind_;
    detail::Config config_;
};

}  // namespace tandem::rt
