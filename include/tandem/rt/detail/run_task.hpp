#pragma once

#include <utility>

#include "tandem/rt/detail/scheduler.hpp"
#include "tandem/rt/detail/task_header.hpp"

namespace tandem::rt::detail {

// The life of a task between its spawning and its end, of whatever kind it is: what its wakers do,
// and what a scheduler does with it.

inline void destroy(TaskHeader& task) noexcept {
    task.shard->remove(task);
    task.kind->destroy(task);
}

inline void remove_owner(TaskHeader& task) noexcept {
    if (task.state.remove_owners(1)) {
        destroy(task);
    }
}

/// One more owner of a task, for a scope.
class KeptAlive {
public:
    explicit KeptAlive(TaskHeader& task) noexcept : task_(task) { task.state.add_owner(); }
    KeptAlive(KeptAlive const&) = delete;
    KeptAlive& operator=(KeptAlive const&) = delete;
    ~KeptAlive() { remove_owner(task_); }

private:
    TaskHeader& task_;
};

/// Wakers of a task: each owns it.
class TaskWaker {
public:
    /// One for the time of a poll, that owns nothing: the poller does.
    explicit TaskWaker(TaskHeader& task) noexcept : waker_(&task, functions) {}
    TaskWaker(TaskWaker const&) = delete;
    TaskWaker& operator=(TaskWaker const&) = delete;
    ~TaskWaker() {}  // NOLINT(modernize-use-equals-default): does not drop the waker

    [[nodiscard]] Waker const& get() const noexcept { return waker_; }

private:
    static TaskHeader& of(void const* data) noexcept {
        return *static_cast<TaskHeader*>(const_cast<void*>(data));
    }
    static void const* clone(void const* data) noexcept {
        of(data).state.add_owner();
        return data;
    }
    static void wake(void const* data) noexcept {
        TaskHeader& task = of(data);
        switch (task.state.wake()) {
            case TaskState::Wake::nothing: break;
            case TaskState::Wake::queue: task.shard->scheduler().schedule(task); break;
            case TaskState::Wake::destroy: destroy(task); break;
        }
    }
    static void wake_by_ref(void const* data) noexcept {
        TaskHeader& task = of(data);
        if (task.state.wake_by_ref() == TaskState::Wake::queue) {
            task.shard->scheduler().schedule(task);
        }
    }
    static void drop(void const* data) noexcept { rt::detail::remove_owner(of(data)); }

    static constexpr async::WakerVTable functions{
        .clone = &TaskWaker::clone,
        .wake = &TaskWaker::wake,
        .wake_by_ref = &TaskWaker::wake_by_ref,
        .drop = &TaskWaker::drop,
    };

    union {
        Waker waker_;
    };
};

/// By who runs it: the output is there. Gives the ownership up, and the runtime's.
inline void complete(TaskHeader& task) noexcept {
    TaskState::Completed const completed = task.state.complete();
    if (!completed.is_awaited) {
        task.kind->drop_output(task);
    } else if (completed.has_join_waker) {
        task.join_waker.wake();
    }
    if (task.state.remove_owners(2)) {
        destroy(task);
    }
}

/// By who polled it, when it is pending. True: it was cancelled meanwhile, and is over.
inline bool end_poll(TaskHeader& task, bool again) noexcept {
    switch (task.state.end_poll(again)) {
        case TaskState::End::idle: break;
        case TaskState::End::destroy: destroy(task); break;
        case TaskState::End::queue_again: task.shard->scheduler().schedule_again(task); break;
        case TaskState::End::cancel:
            task.kind->cancel(task);
            complete(task);
            return true;
    }
    return false;
}

/// By who took it from a queue, and owns it by that: polls it once, or ends it. True: it is over.
[[nodiscard]] inline bool run(TaskHeader& task) noexcept {
    switch (task.state.begin_poll()) {
        case TaskState::Begin::nothing: return false;  // somebody else has ended it
        case TaskState::Begin::destroy: destroy(task); return false;
        case TaskState::Begin::cancel:
            task.kind->cancel(task);
            complete(task);
            return true;
        case TaskState::Begin::poll: break;
    }
    TaskWaker const waker(task);
    async::detail::Turn turn;
    Context cx(waker.get(), turn);
    if (task.kind->poll(task, cx)) {
        complete(task);
        return true;
    }
    return end_poll(task, turn.again);
}

/// Ends a task wherever it stands, if nobody runs it just now; else that one does. Gives up the
/// ownership.
inline void shut_down(TaskHeader& task) noexcept {
    if (task.state.shut_down()) {
        task.kind->cancel(task);
        task.shard->note_end();
        complete(task);
    } else {
        remove_owner(task);
    }
}

// What a JoinHandle does with it.

inline void abort(TaskHeader& task) noexcept {
    if (task.state.abort()) {
        task.shard->scheduler().schedule(task);
    }
}

/// For a handle that is dropped.
inline void detach(TaskHeader& task) noexcept {
    if (task.state.detach_untouched()) {
        return;
    }
    TaskState::Detached const detached = task.state.detach();
    if (detached.owns_output) {
        task.kind->drop_output(task);
    }
    if (detached.owns_waker) {
        Waker const last = std::exchange(task.join_waker, Waker::noop());
    }
    remove_owner(task);
}

/// True: the output is the handle's. False: the context's waker will be called.
[[nodiscard]] inline bool is_over(TaskHeader& task, Context const& cx) noexcept {
    if (task.state.is_complete()) {
        return true;
    }
    if (task.state.has_join_waker() && !task.state.unset_join_waker()) {
        return true;
    }
    if (!task.join_waker.will_wake(cx.waker())) {
        task.join_waker = cx.waker().clone();
    }
    if (task.state.set_join_waker()) {
        return false;
    }
    Waker const last = std::exchange(task.join_waker, Waker::noop());  // nobody calls it
    return true;
}

inline void Scheduler::spawn(TaskHeader& task) noexcept {
    if (shard_of_this_thread().add(task)) {
        schedule(task);
    } else {
        shut_down(task);
    }
}

inline void Scheduler::close_shards() noexcept {
    for (std::uint32_t i = 0; i < shard_count_; ++i) {
        shards_[i].close([](TaskHeader& task) noexcept { shut_down(task); });
    }
}

}  // namespace tandem::rt::detail
