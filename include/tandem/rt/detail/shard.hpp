#pragma once

#include <cstdint>

#include "tandem/core/detail/spin_lock.hpp"
#include "tandem/rt/detail/counter.hpp"
#include "tandem/rt/detail/task_header.hpp"

namespace tandem::rt::detail {

class Scheduler;

/// A part of the list of a runtime's tasks: each worker has one, so that they seldom meet. Tasks
/// stand in it from their spawning until their memory is freed, so that a runtime that ends finds
/// them, and so that the runtime's memory outlives them all. Until they are complete it owns them.
class alignas(cache_line) Shard {
public:
    Shard() noexcept = default;
    Shard(Shard const&) = delete;
    Shard& operator=(Shard const&) = delete;

    /// Its runtime, and which of how many numbers are its own to give.
    void begin(Scheduler& scheduler, std::uint32_t first_id, std::uint32_t step) noexcept {
        scheduler_ = &scheduler;
        next_id_ = first_id;
        step_ = step;
    }

    [[nodiscard]] Scheduler& scheduler() const noexcept { return *scheduler_; }

    /// Puts a new task in, also when the shard is closed. False then: the task is to be ended.
    [[nodiscard]] bool add(TaskHeader& task) noexcept {
        SpinGuard const guard(lock_);
        task.state.set_id(next_id_);
        next_id_ += step_;
        task.shard = this;
        spawned_.add();
        insert(task, tasks_);
        return !closed_;
    }

    /// By who is about to free its memory.
    void remove(TaskHeader& task) noexcept;

    /// From now on `add` answers no; calls `fn` with each task there is, which it may keep alive
    /// by the ownership it gets.
    template <class Fn>
    void close(Fn fn) noexcept {
        ShardLinks seen;
        while (TaskHeader* const task = take_next(seen)) {
            fn(*task);
        }
        SpinGuard const guard(lock_);
        for (ShardLinks* each = seen.next; each != &seen;) {
            ShardLinks& task = *each;
            each = each->next;
            unlink(task);
            insert(task, tasks_);
        }
    }

    /// How many were put in.
    [[nodiscard]] std::uint64_t spawned() const noexcept { return spawned_.get(); }
    /// How many were ended by others than those who run tasks, and count that themselves.
    [[nodiscard]] std::uint64_t ended() const noexcept {
        // relaxed: a number to look at.
        return ended_.load(std::memory_order_relaxed);
    }
    void note_end() noexcept {
        // relaxed: as above.
        ended_.fetch_add(1, std::memory_order_relaxed);
    }

    /// Calls `fn` with each task, under the lock: it may look, and become an owner.
    template <class Fn>
    void for_each(Fn fn) {
        SpinGuard const guard(lock_);
        for (ShardLinks* each = tasks_.next; each != &tasks_; each = each->next) {
            fn(static_cast<TaskHeader&>(*each));
        }
    }

    /// Nobody holds the runtime any more: when the last task is gone, so is this shard.
    void orphan() noexcept;

private:
    static void insert(ShardLinks& task, ShardLinks& list) noexcept {
        task.previous = list.previous;
        task.next = &list;
        list.previous->next = &task;
        list.previous = &task;
    }
    static void unlink(ShardLinks& task) noexcept {
        task.previous->next = task.next;
        task.next->previous = task.previous;
    }

    /// The next that is not complete, as the caller's own; it is among the seen then.
    TaskHeader* take_next(ShardLinks& seen) noexcept {
        SpinGuard const guard(lock_);
        closed_ = true;
        while (tasks_.next != &tasks_) {
            auto& task = static_cast<TaskHeader&>(*tasks_.next);
            unlink(task);
            insert(task, seen);
            if (task.state.add_owner_unless_complete()) {
                return &task;
            }
        }
        return nullptr;
    }

    SpinLock lock_;
    bool closed_ = false;
    bool orphaned_ = false;
    std::uint32_t next_id_ = 1;
    std::uint32_t step_ = 1;
    Counter spawned_;  // under the lock, for who adds
    Atomic<std::uint64_t> ended_{0};
    Scheduler* scheduler_ = nullptr;
    ShardLinks tasks_;  // a ring, of which this is the end
};

}  // namespace tandem::rt::detail
