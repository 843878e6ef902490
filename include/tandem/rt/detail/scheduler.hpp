#pragma once

#include <cstdint>
#include <utility>

#include "tandem/core/detail/ref_count.hpp"
#include "tandem/rt/detail/fixed_array.hpp"
#include "tandem/rt/detail/shard.hpp"
#include "tandem/rt/detail/task_header.hpp"

namespace tandem::rt::detail {

/// What runs tasks: a runtime of either kind, or a LocalSet. Shared by its handles; when the last
/// of them is gone it stays until the last of its tasks is, for a waker may still want to queue
/// that.
class Scheduler {
public:
    Scheduler(Scheduler const&) = delete;
    Scheduler& operator=(Scheduler const&) = delete;

    /// Takes over one ownership of a task, which was woken, to run it. From any thread.
    virtual void schedule(TaskHeader& task) noexcept = 0;
    /// The same for one that was woken while it ran: it is behind all others now.
    virtual void schedule_again(TaskHeader& task) noexcept = 0;

    /// Makes a new task one of its own, and runs it. Not when it is shut down: then the task is
    /// cancelled. Takes over the ownership of the queue.
    void spawn(TaskHeader& task) noexcept;

    void add_owner() noexcept { owners_.add(); }
    void remove_owner() noexcept {
        if (owners_.remove()) {
            retire();
        }
    }

    [[nodiscard]] std::uint32_t shard_count() const noexcept { return shard_count_; }
    [[nodiscard]] Shard& shard(std::uint32_t number) noexcept { return shards_[number]; }

    /// Ends all tasks that nobody is running just now; those end as soon as they are not.
    void close_shards() noexcept;

    /// By a shard that is orphaned and empty, and by the last owner.
    void part_is_gone() noexcept {
        if (parts_.remove()) {
            delete this;
        }
    }

protected:
    explicit Scheduler(std::uint32_t shards)
        : shards_(shards), shard_count_(shards), parts_(shards + 1) {
        for (std::uint32_t i = 0; i < shards; ++i) {
            shards_[i].begin(*this, i + 1, shards);
        }
    }
    virtual ~Scheduler() = default;

    /// The shard for a task that the running thread spawns.
    [[nodiscard]] virtual Shard& shard_of_this_thread() noexcept = 0;

private:
    void retire() noexcept {
        for (std::uint32_t i = 0; i < shard_count_; ++i) {
            shards_[i].orphan();
        }
        part_is_gone();
    }

    FixedArray<Shard> shards_;
    std::uint32_t shard_count_;
    RefCount owners_{1};  // the handles
    RefCount parts_;      // the shards with tasks in them, and the handles as one
};

inline void Shard::remove(TaskHeader& task) noexcept {
    bool last = false;
    {
        SpinGuard const guard(lock_);
        unlink(task);
        last = orphaned_ && tasks_.next == &tasks_;
    }
    if (last) {
        scheduler_->part_is_gone();
    }
}

inline void Shard::orphan() noexcept {
    bool last = false;
    {
        SpinGuard const guard(lock_);
        orphaned_ = true;
        last = tasks_.next == &tasks_;
    }
    if (last) {
        scheduler_->part_is_gone();
    }
}

}  // namespace tandem::rt::detail
