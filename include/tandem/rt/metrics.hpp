#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "tandem/rt/detail/runtime_shared.hpp"
#include "tandem/rt/runtime.hpp"

namespace tandem::rt {

/// What a runtime has done, and is doing: each call looks at it anew. Numbers of threads that go on
/// meanwhile need not fit together exactly.
///
/// Rust:   tokio::runtime::RuntimeMetrics
/// Errors: a worker that there is not panics
/// Cost:   a few loads; the runtime counts in any case
///
///     auto const metrics = rt::metrics();
///     fmt::print("{} tasks alive\\n", metrics.num_alive_tasks());
class RuntimeMetrics {
public:
    using tandem_send = void;
    using tandem_sync = void;

    explicit RuntimeMetrics(Handle handle) noexcept : handle_(std::move(handle)) {}

    /// Threads that run tasks.
    [[nodiscard]] std::size_t num_workers() const { return runtime().worker_count(); }

    /// Tasks that were spawned and are not over.
    [[nodiscard]] std::size_t num_alive_tasks() const {
        std::uint64_t over = 0;  // first, so that it is never more than was spawned
        for (std::uint32_t i = 0; i < runtime().worker_count(); ++i) {
            over += runtime().counters(i).completions.get();
        }
        std::uint64_t spawned = 0;
        for (std::uint32_t i = 0; i < runtime().task_shard_count(); ++i) {
            over += runtime().shard(i).ended();
        }
        for (std::uint32_t i = 0; i < runtime().task_shard_count(); ++i) {
            spawned += runtime().shard(i).spawned();
        }
        return spawned > over ? spawned - over : 0;
    }

    /// Tasks in the queue that all share, and in a worker's own.
    [[nodiscard]] std::size_t global_queue_depth() const { return runtime().injection().size(); }
    [[nodiscard]] std::size_t worker_local_queue_depth(std::size_t worker) const {
        return runtime().local_queue_depth(checked(worker));
    }

    // What a worker has done so far.

    [[nodiscard]] std::uint64_t worker_poll_count(std::size_t worker) const {
        return counters(worker).polls.get();
    }
    /// Tasks that it took from other workers' queues.
    [[nodiscard]] std::uint64_t worker_steal_count(std::size_t worker) const {
        return counters(worker).steals.get();
    }
    /// Times it went to sleep.
    [[nodiscard]] std::uint64_t worker_park_count(std::size_t worker) const {
        return counters(worker).parks.get();
    }
    /// Times its own queue was full.
    [[nodiscard]] std::uint64_t worker_overflow_count(std::size_t worker) const {
        return counters(worker).overflows.get();
    }
    /// Time it was awake, up to when it last went to sleep.
    [[nodiscard]] std::chrono::nanoseconds worker_total_busy_duration(std::size_t worker) const {
        return std::chrono::nanoseconds(
            static_cast<std::int64_t>(counters(worker).busy_nanoseconds.get()));
    }

    // Threads for what blocks.

    [[nodiscard]] std::size_t num_blocking_threads() const {
        auto const workers = runtime().is_multi_thread() ? runtime().worker_count() : 0;
        auto const threads = runtime().blocking_pool().counts().threads;
        return threads > workers ? threads - workers : 0;
    }
    [[nodiscard]] std::size_t num_idle_blocking_threads() const {
        return runtime().blocking_pool().counts().idle;
    }
    [[nodiscard]] std::size_t blocking_queue_depth() const {
        return runtime().blocking_pool().counts().queued;
    }

private:
    [[nodiscard]] detail::RuntimeShared& runtime() const { return handle_.shared(); }
    [[nodiscard]] std::uint32_t checked(std::size_t worker) const {
        if (worker >= num_workers()) {
            detail::raise("there is no worker of this number: they are 0 … num_workers() - 1");
        }
        return static_cast<std::uint32_t>(worker);
    }
    [[nodiscard]] detail::WorkerCounters const& counters(std::size_t worker) const {
        return runtime().counters(checked(worker));
    }

    Handle handle_;
};

/// Of the runtime that this thread belongs to; panics if to none.
[[nodiscard]] inline RuntimeMetrics metrics() { return RuntimeMetrics(Handle::current()); }

inline RuntimeMetrics Handle::metrics() const { return RuntimeMetrics(clone()); }
inline RuntimeMetrics Runtime::metrics() const { return handle_.metrics(); }

}  // namespace tandem::rt
