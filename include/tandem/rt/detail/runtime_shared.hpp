#pragma once

#include <cstdint>
#include <utility>

#include "tandem/rt/detail/blocking_pool.hpp"
#include "tandem/rt/detail/config.hpp"
#include "tandem/rt/detail/counter.hpp"
#include "tandem/rt/detail/driver.hpp"
#include "tandem/rt/detail/injection_queue.hpp"
#include "tandem/rt/detail/scheduler.hpp"

namespace tandem::rt::detail {

/// A runtime as its handles see it, of either kind.
class RuntimeShared : public Scheduler {
public:
    /// Cancels every task. Returns when no thread of its own runs tasks any more.
    virtual void shut_down_tasks() noexcept = 0;

    [[nodiscard]] virtual bool is_multi_thread() const noexcept = 0;
    [[nodiscard]] virtual std::uint32_t worker_count() const noexcept = 0;
    [[nodiscard]] virtual WorkerCounters const& counters(std::uint32_t worker) const noexcept = 0;
    [[nodiscard]] virtual std::uint32_t local_queue_depth(std::uint32_t worker) const noexcept = 0;

    /// All but the one for what blocks.
    [[nodiscard]] std::uint32_t task_shard_count() const noexcept { return shard_count() - 1; }
    /// For what a thread spawns that is no worker.
    [[nodiscard]] Shard& outer_shard() noexcept { return shard(shard_count() - 2); }
    /// For what has a thread to itself: what blocks, and the workers.
    [[nodiscard]] Shard& blocking_shard() noexcept { return shard(shard_count() - 1); }

    [[nodiscard]] Config const& config() const noexcept { return config_; }
    [[nodiscard]] InjectionQueue& injection() noexcept { return injection_; }
    [[nodiscard]] Driver& driver() noexcept { return driver_; }
    [[nodiscard]] BlockingPool& blocking_pool() noexcept { return blocking_pool_; }

protected:
    /// A shard for each of its workers, one for all other threads, and one for what blocks.
    RuntimeShared(Config config, std::uint32_t workers, Clock::Pausing pausing)
        : Scheduler(workers + 2),
          config_(std::move(config)),
          driver_(pausing),
          blocking_pool_(*this, *this, config_,
                         // The only thread of a runtime that may be paused is none of the pool's.
                         pausing == Clock::Pausing::allowed ? 0 : workers,
                         pausing == Clock::Pausing::allowed ? &driver_.time().driver : nullptr) {}

private:
    Config config_;
    InjectionQueue injection_;
    Driver driver_;
    BlockingPool blocking_pool_;
};

}  // namespace tandem::rt::detail
