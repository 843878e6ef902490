#pragma once

#include <cstdint>
#include <source_location>
#include <system_error>
#include <utility>

#include "tandem/async/detail/thread_waker.hpp"
#include "tandem/core/detail/polling.hpp"
#include "tandem/rt/detail/fixed_array.hpp"
#include "tandem/rt/detail/idle_workers.hpp"
#include "tandem/rt/detail/run_task.hpp"
#include "tandem/rt/detail/runtime_shared.hpp"
#include "tandem/rt/detail/thread_context.hpp"
#include "tandem/rt/detail/worker.hpp"

namespace tandem::rt::detail {

/// A runtime of several workers, each a thread with a queue of its own; one that has nothing to do
/// steals from the others.
///
/// Rust: tokio's multi_thread scheduler
class MultiThread final : public RuntimeShared {
public:
    explicit MultiThread(Config config)
        : RuntimeShared(std::move(config), config.worker_threads, Clock::Pausing::refused),
          workers_(this->config().worker_threads),
          idle_(this->config().worker_threads),
          shared_driver_(driver()) {
        for (std::uint32_t i = 0; i < worker_count(); ++i) {
            workers_[i].own_core.number = i;
            // relaxed: the start of the worker's thread orders it.
            workers_[i].core.store(&workers_[i].own_core, std::memory_order_relaxed);
        }
    }

    /// Starts the workers' threads. An error: the system has none to give.
    [[nodiscard]] std::error_code start() noexcept {
        for (std::uint32_t i = 0; i < worker_count(); ++i) {
            if (std::error_code const error = start_worker(workers_[i])) {
                return error;
            }
        }
        return {};
    }

    /// Starts a thread that takes a worker's core.
    std::error_code start_worker(Worker& worker) noexcept {
        TaskHeader& task = *new WorkerTask(*this, worker);
        static_cast<void>(blocking_shard().add(task));
        static_cast<void>(task.state.detach_untouched());
        std::error_code const error = blocking_pool().spawn_worker(task);
        if (error) {
            rt::detail::shut_down(task);
        }
        return error;
    }

    void schedule(TaskHeader& task) noexcept override {
        if (WorkerRun* const here = run_here(); here != nullptr) {
            here->schedule(task);
        } else {
            schedule_from_outside(task);
        }
    }
    void schedule_again(TaskHeader& task) noexcept override {
        if (WorkerRun* const here = run_here(); here != nullptr) {
            here->schedule_again(task);
        } else {
            schedule_from_outside(task);
        }
    }

    /// By a thread that has entered the runtime.
    template <class F>
    typename F::Output block_on(F& future, std::source_location const& site) {
        async::detail::ThreadWaker const sleeper;
        Waker const waker = sleeper.waker();
        for (;;) {
            async::detail::Turn turn;
            Context cx(waker, turn);
            {
                PollingTask const polling(site);
                if (auto polled = future.poll(cx); polled.is_ready()) {
                    return std::move(polled).value();
                }
            }
            if (!turn.again) {
                sleeper.park();
            }
        }
    }

    void shut_down_tasks() noexcept override {
        // release: pairs with acquire in is_shutting_down.
        shutting_down_.store(true, std::memory_order_release);
        injection().close();
        for (std::uint32_t i = 0; i < worker_count(); ++i) {
            workers_[i].parker.unpark(shared_driver_);
        }
        close_shards();
        TaskList left = injection().pop(UINT32_MAX);
        while (TaskHeader* const task = left.pop_front()) {
            rt::detail::remove_owner(*task);
        }
    }

    /// The worker that this thread is, with its core; else null.
    [[nodiscard]] WorkerRun* run_here() const noexcept {
        ThreadContext const& context = ThreadContext::get();
        auto* const run = static_cast<WorkerRun*>(context.core);
        return context.core_of == this && run->has_core() ? run : nullptr;
    }

    [[nodiscard]] bool is_multi_thread() const noexcept override { return true; }
    [[nodiscard]] std::uint32_t worker_count() const noexcept override {
        return config().worker_threads;
    }
    [[nodiscard]] WorkerCounters const& counters(std::uint32_t worker) const noexcept override {
        return workers_[worker].counters;
    }
    [[nodiscard]] std::uint32_t local_queue_depth(std::uint32_t worker) const noexcept override {
        return workers_[worker].queue.size();
    }

    // For the workers.

    [[nodiscard]] bool is_shutting_down() const noexcept {
        // acquire: pairs with release in shut_down_tasks.
        return shutting_down_.load(std::memory_order_acquire);
    }
    [[nodiscard]] Worker& worker(std::uint32_t number) noexcept { return workers_[number]; }
    [[nodiscard]] IdleWorkers& idle() noexcept { return idle_; }
    [[nodiscard]] SharedDriver& shared_driver() noexcept { return shared_driver_; }

    /// There is new work: wakes a worker, if none is searching.
    void wake_a_worker() noexcept {
        if (auto const worker = idle_.worker_to_wake()) {
            workers_[*worker].parker.unpark(shared_driver_);
        }
    }
    /// By the last to search: wakes a worker if something came meanwhile.
    void wake_a_worker_if_work_came() noexcept {
        bool came = !injection().empty();
        for (std::uint32_t i = 0; i < worker_count() && !came; ++i) {
            came = !workers_[i].queue.empty();
        }
        if (came) {
            wake_a_worker();
        }
    }

    void schedule_from_outside(TaskHeader& task) noexcept {
        KeptAlive const keep(task);  // and with it this runtime, which may end meanwhile
        if (injection().push(task)) {
            wake_a_worker();
        } else {
            rt::detail::remove_owner(task);  // shut down: it has ended
        }
    }

private:
    /// What a worker is to the pool whose thread it takes: a task that goes on for as long as the
    /// runtime, and has no output. (Not a TaskCell, which everybody would compile for it.)
    class WorkerTask final : public TaskHeader {
    public:
        WorkerTask(MultiThread& runtime, Worker& worker) noexcept
            : TaskHeader(functions, {}), runtime_(runtime), worker_(worker) {}

    private:
        static bool poll(TaskHeader& task, Context&) noexcept {
            auto const& self = static_cast<WorkerTask&>(task);
            self.runtime_.run_as(self.worker_);
            return true;
        }
        static void nothing(TaskHeader&) noexcept {}
        static void* no_output(TaskHeader&) noexcept { return nullptr; }
        static void destroy(TaskHeader& task) noexcept { delete static_cast<WorkerTask*>(&task); }
        static Waiting waits_for_nothing(TaskHeader&) noexcept { return {}; }

        static constexpr TaskKind functions{
            .poll = &WorkerTask::poll,
            .cancel = &WorkerTask::nothing,
            .drop_output = &WorkerTask::nothing,
            .output = &WorkerTask::no_output,
            .destroy = &WorkerTask::destroy,
            .waiting = &WorkerTask::waits_for_nothing,
        };

        MultiThread& runtime_;
        Worker& worker_;
    };

    void run_as(Worker& worker) noexcept {
        // acquire: pairs with release in give_core_away. Null: who gave it away has it again.
        WorkerCore* const core = worker.core.exchange(nullptr, std::memory_order_acquire);
        if (core != nullptr) {
            ThreadContext& context = ThreadContext::get();
            WorkerRun run(*this, worker, core);
            Replaced<RuntimeShared*> const core_of(context.core_of, this);
            Replaced<void*> const its_core(context.core, &run);
            run.run();
        }
        blocking_pool().worker_ended();
    }

    Shard& shard_of_this_thread() noexcept override {
        WorkerRun const* const here = run_here();
        return here != nullptr ? shard(here->number()) : outer_shard();
    }

    FixedArray<Worker> workers_;
    IdleWorkers idle_;
    SharedDriver shared_driver_;
    Atomic<bool> shutting_down_{false};
};

}  // namespace tandem::rt::detail
