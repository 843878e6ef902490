#pragma once

#include <cstdint>
#include <utility>

#include "tandem/rt/detail/counter.hpp"
#include "tandem/rt/detail/local_queue.hpp"
#include "tandem/rt/detail/worker_parker.hpp"

namespace tandem::rt::detail {

class MultiThread;

/// What a worker is while a thread runs it; whoever has it runs the worker's tasks. It changes
/// hands when its thread blocks in block_in_place.
struct alignas(cache_line) WorkerCore {
    std::uint32_t number = 0;
    std::uint32_t tick = 0;
    /// The task that was woken last: it runs next, for what it needs is still in the cache.
    TaskHeader* next = nullptr;
    bool next_allowed = true;  // not after it was used so often that others would starve
    bool searching = false;
    bool parked = false;  // in the driver: who wakes tasks from there need not wake a worker
};

/// The part of a worker that the others see, at its place in the runtime.
struct alignas(cache_line) Worker {
    LocalQueue queue;
    WorkerParker parker;
    Atomic<WorkerCore*> core{nullptr};  // while no thread has it
    WorkerCounters counters;
    WorkerCore own_core;  // of who took `core`, and nobody else
};

/// A thread's time as a worker: it takes a core, if that is to be had, and runs tasks until the
/// runtime shuts down, or until it loses the core again.
///
/// Rust: the Context of tokio's multi-thread worker
class WorkerRun {
public:
    WorkerRun(MultiThread& runtime, Worker& worker, WorkerCore* core) noexcept
        : runtime_(runtime), worker_(worker), core_(core) {}
    WorkerRun(WorkerRun const&) = delete;
    WorkerRun& operator=(WorkerRun const&) = delete;

    void run() noexcept;

    /// Takes a task that this thread has woken or spawned.
    void schedule(TaskHeader& task) noexcept;
    /// Behind all others.
    void schedule_again(TaskHeader& task) noexcept;

    [[nodiscard]] std::uint32_t number() const noexcept { return core_->number; }
    [[nodiscard]] bool has_core() const noexcept { return core_ != nullptr; }

    /// Leaves the core to another thread, and the task that would be next to whoever steals it.
    void give_core_away() noexcept {
        if (core_->next != nullptr) {
            push(*std::exchange(core_->next, nullptr));
        }
        // release: pairs with acquire in take_core.
        worker_.core.store(std::exchange(core_, nullptr), std::memory_order_release);
    }
    /// Takes it again, if no other thread has.
    void take_core() noexcept {
        // acquire: pairs with release in give_core_away: the core is as its last thread left it.
        core_ = worker_.core.exchange(nullptr, std::memory_order_acquire);
    }
    [[nodiscard]] Worker& worker() const noexcept { return worker_; }
    [[nodiscard]] MultiThread& runtime() const noexcept { return runtime_; }

private:
    [[nodiscard]] TaskHeader* next_task() noexcept;
    [[nodiscard]] TaskHeader* next_local_task() noexcept;
    [[nodiscard]] TaskHeader* next_injected_tasks() noexcept;
    [[nodiscard]] TaskHeader* steal() noexcept;
    void run_task(TaskHeader& task) noexcept;
    void poll(TaskHeader& task) noexcept;
    void push(TaskHeader& task) noexcept;
    void stop_searching() noexcept;

    void park() noexcept;
    [[nodiscard]] bool has_tasks() const noexcept {
        return core_->next != nullptr || !worker_.queue.empty();
    }
    [[nodiscard]] bool may_fall_asleep() noexcept;
    [[nodiscard]] bool has_reason_to_get_up() noexcept;
    void drop_tasks() noexcept;

    static constexpr int most_next_in_a_row = 3;

    MultiThread& runtime_;
    Worker& worker_;
    WorkerCore* core_;
};

}  // namespace tandem::rt::detail
