#pragma once

#include <cstdint>

#include "tandem/async/detail/fast_random.hpp"
#include "tandem/rt/detail/multi_thread.hpp"

namespace tandem::rt::detail {

// What a worker does all day.

inline void WorkerRun::run() noexcept {
    std::int64_t began = steady_nanoseconds();
    while (!runtime_.is_shutting_down()) {
        if (++core_->tick % runtime_.config().event_interval == 0) {
            WorkerParker::poll(runtime_.shared_driver());
        }
        TaskHeader* task = next_task();
        if (task == nullptr) {
            task = steal();
        }
        if (task != nullptr) {
            run_task(*task);
            if (core_ == nullptr) {
                return;  // it blocked, and another thread goes on as this worker
            }
        } else {
            worker_.counters.busy_nanoseconds.add(
                static_cast<std::uint64_t>(steady_nanoseconds() - began));
            park();
            began = steady_nanoseconds();
        }
    }
    drop_tasks();
}

// Which task comes next.

inline TaskHeader* WorkerRun::next_task() noexcept {
    if (core_->tick % runtime_.config().global_queue_interval == 0) {
        // Now and then the common queue comes first, or it would wait for ever.
        if (TaskHeader* const task = runtime_.injection().pop(1).pop_front(); task != nullptr) {
            return task;
        }
    }
    TaskHeader* const task = next_local_task();
    return task != nullptr ? task : next_injected_tasks();
}

inline TaskHeader* WorkerRun::next_local_task() noexcept {
    TaskHeader* const task = std::exchange(core_->next, nullptr);
    return task != nullptr ? task : worker_.queue.pop_front();
}

/// A fair share of the common queue, for our own: one lock for many tasks.
inline TaskHeader* WorkerRun::next_injected_tasks() noexcept {
    std::uint32_t const there = runtime_.injection().size();
    if (there == 0) {
        return nullptr;
    }
    std::uint32_t share = there / runtime_.worker_count() + 1;
    share = share < LocalQueue::capacity / 2 ? share : LocalQueue::capacity / 2;
    std::uint32_t const room = worker_.queue.room();
    TaskList tasks = runtime_.injection().pop(share < room ? share : room + 1);
    TaskHeader* const first = tasks.pop_front();
    while (TaskHeader* const task = tasks.pop_front()) {
        worker_.queue.push_back(*task);
    }
    return first;
}

inline TaskHeader* WorkerRun::steal() noexcept {
    if (!core_->searching && !(core_->searching = runtime_.idle().begin_search())) {
        return nullptr;
    }
    std::uint32_t const count = runtime_.worker_count();
    std::uint32_t const start = async::detail::random_below(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        Worker& victim = runtime_.worker((start + i) % count);
        if (&victim == &worker_) {
            continue;
        }
        std::uint32_t stolen = 0;
        if (TaskHeader* const task = victim.queue.steal_into(worker_.queue, stolen);
            task != nullptr) {
            worker_.counters.steals.add(stolen);
            return task;
        }
    }
    return next_injected_tasks();
}

// What is done with it.

inline void WorkerRun::run_task(TaskHeader& task) noexcept {
    stop_searching();
    poll(task);
    // What this task has woken last comes next, but not for ever: others wait, too.
    for (int in_a_row = 0; core_ != nullptr && core_->next != nullptr; ++in_a_row) {
        core_->next_allowed = in_a_row + 1 < most_next_in_a_row;
        poll(*std::exchange(core_->next, nullptr));
    }
    if (core_ != nullptr) {
        core_->next_allowed = true;
    }
}

inline void WorkerRun::poll(TaskHeader& task) noexcept {
    worker_.counters.polls.add();
    Shard& shard = *task.shard;  // which stays, for it is the runtime's
    if (rt::detail::run(task)) {
        if (core_ != nullptr) {
            worker_.counters.completions.add();
        } else {
            shard.note_end();  // another thread counts as this worker now
        }
    }
}

inline void WorkerRun::stop_searching() noexcept {
    if (core_->searching) {
        core_->searching = false;
        if (runtime_.idle().end_search()) {
            runtime_.wake_a_worker();  // there may be more where this came from
        }
    }
}

inline void WorkerRun::schedule(TaskHeader& task) noexcept {
    if (!core_->next_allowed) {
        schedule_again(task);
        return;
    }
    TaskHeader* const before = std::exchange(core_->next, &task);
    if (before != nullptr) {
        push(*before);
        if (!core_->parked) {
            runtime_.wake_a_worker();
        }
    }
}

/// A task that goes on by itself is no reason to wake another worker: this one comes to it at once,
/// and the other would only take it away. (Two that send each other messages were three times as
/// slow.) It is one if others wait here already.
inline void WorkerRun::schedule_again(TaskHeader& task) noexcept {
    bool const others_wait = !worker_.queue.empty();
    push(task);
    if (others_wait && !core_->parked) {
        runtime_.wake_a_worker();
    }
}

inline void WorkerRun::push(TaskHeader& task) noexcept {
    if (worker_.queue.room() > 0) {
        worker_.queue.push_back(task);
        return;
    }
    worker_.counters.overflows.add();
    TaskList half;
    static_cast<void>(worker_.queue.take_half(half));
    half.push_back(task);
    if (!runtime_.injection().push_all(std::move(half))) {
        while (TaskHeader* const each = half.pop_front()) {  // shut down: they have ended
            rt::detail::remove_owner(*each);
        }
    }
}

// When there is none.

inline void WorkerRun::park() noexcept {
    if (!may_fall_asleep()) {
        return;
    }
    core_->parked = true;
    do {
        worker_.counters.parks.add();
        worker_.parker.park(runtime_.shared_driver());
    } while (!runtime_.is_shutting_down() && !has_reason_to_get_up());
    core_->parked = false;
    if (!core_->searching && core_->next != nullptr && !worker_.queue.empty()) {
        runtime_.wake_a_worker();  // timers have woken several tasks
    }
}

inline bool WorkerRun::may_fall_asleep() noexcept {
    if (has_tasks()) {
        return false;
    }
    bool const searching = std::exchange(core_->searching, false);
    if (runtime_.idle().fall_asleep(core_->number, searching)) {
        runtime_.wake_a_worker_if_work_came();
    }
    return true;
}

inline bool WorkerRun::has_reason_to_get_up() noexcept {
    if (has_tasks()) {
        core_->searching = !runtime_.idle().wake_up(core_->number);
        return true;
    }
    if (runtime_.idle().is_asleep(core_->number)) {
        return false;
    }
    core_->searching = true;  // who woke us has counted us so
    return true;
}

/// At the end: the tasks have been cancelled, or are about to be.
inline void WorkerRun::drop_tasks() noexcept {
    while (TaskHeader* const task = next_local_task()) {
        rt::detail::remove_owner(*task);
    }
}

}  // namespace tandem::rt::detail
