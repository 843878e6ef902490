#pragma once

#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tandem/rt/detail/run_task.hpp"
#include "tandem/rt/id.hpp"
#include "tandem/rt/runtime.hpp"

namespace tandem::rt {

/// What one task was doing when a runtime was asked. Rust: tokio::runtime::dump::Task
class TaskDump {
public:
    using tandem_send = void;
    using tandem_sync = void;

    enum class State : std::uint8_t { waits, queued, runs };

    TaskDump(Id id, std::source_location spawned, State state, detail::Waiting waiting)
        : id_(id),
          spawned_(spawned),
          state_(state),
          waits_for_(waiting.name.data, waiting.name.size),
          waits_at_(waiting.site) {}

    [[nodiscard]] Id id() const noexcept { return id_; }
    /// Where spawn was called.
    [[nodiscard]] std::source_location const& spawned() const noexcept { return spawned_; }
    [[nodiscard]] State state() const noexcept { return state_; }
    /// The type of the future that it waits for; empty if it does not wait.
    [[nodiscard]] std::string_view waits_for() const noexcept { return waits_for_; }
    /// The co_await; line() is 0 in an unchecked build.
    [[nodiscard]] std::source_location const& waits_at() const noexcept { return waits_at_; }

    /// "task 3, spawned at main.cpp:12, waits for tandem::rt::time::Sleep at main.cpp:40"
    [[nodiscard]] std::string to_string() const {
        std::string text = "task " + std::to_string(id_.as_u64()) + ", spawned at " +
                           tandem::detail::place(spawned_);
        switch (state_) {
            case State::runs: return text + ", is running";
            case State::queued: return text + ", is about to run";
            case State::waits: break;
        }
        text += ", waits for " + waits_for_;
        return waits_at_.line() == 0 ? text : text + " at " + tandem::detail::place(waits_at_);
    }

private:
    Id id_;
    std::source_location spawned_;
    State state_;
    std::string waits_for_;
    std::source_location waits_at_;
};

/// What the tasks of a runtime were doing when it was asked: where a program hangs.
///
/// Rust: tokio::runtime::Dump
/// Cost: a string a task; each task stands still while it is looked at, the runtime does not
///
///     fmt::print("{}", rt.dump().to_string());
class Dump {
public:
    using tandem_send = void;
    using tandem_sync = void;

    using Task = TaskDump;

    explicit Dump(std::vector<TaskDump> tasks) noexcept : tasks_(std::move(tasks)) {}

    [[nodiscard]] std::vector<TaskDump> const& tasks() const& noexcept { return tasks_; }
    [[nodiscard]] std::vector<TaskDump> tasks() && noexcept { return std::move(tasks_); }

    /// A line a task.
    [[nodiscard]] std::string to_string() const {
        std::string text;
        for (TaskDump const& task : tasks_) {
            text += task.to_string() + "\n";
        }
        return text;
    }

private:
    std::vector<TaskDump> tasks_;
};

namespace detail {

/// Asks one task, which nobody polls meanwhile. The task is the caller's.
[[nodiscard]] inline TaskDump dump_task(TaskHeader& task) {
    using State = TaskDump::State;
    Id const id(task.state.id());
    if (!task.state.begin_look()) {
        return {id, task.site, task.state.is_running() ? State::runs : State::queued, {}};
    }
    TaskDump dumped(id, task.site, State::waits, task.kind->waiting(task));
    if (end_poll(task, false)) {
        task.shard->note_end();
    }
    return dumped;
}

template <class Made, class Task = TaskHeader>  // templates from here on: few call them
[[nodiscard]] Made dump_tasks(RuntimeShared& runtime) {
    std::vector<Task*> alive;
    for (std::uint32_t i = 0; i < runtime.shard_count(); ++i) {
        runtime.shard(i).for_each([&](TaskHeader& task) {
            bool const is_a_worker = task.site.line() == 0;
            if (!is_a_worker && task.state.add_owner_unless_complete()) {
                alive.push_back(&task);
            }
        });
    }
    std::vector<typename Made::Task> dumped;
    for (Task* const task : alive) {
        if (!task->state.is_complete()) {
            dumped.push_back(dump_task(*task));
        }
        remove_owner(*task);
    }
    return Made(std::move(dumped));
}

}  // namespace detail

/// Of the runtime that this thread belongs to; panics if to none.
template <class Made = Dump>
[[nodiscard]] Made dump() {
    return detail::dump_tasks<Made>(detail::current_runtime("rt::dump"));
}

template <class Made>
Made Handle::dump() const {
    return detail::dump_tasks<Made>(checked());
}
template <class Made>
Made Runtime::dump() const {
    return handle_.dump<Made>();
}

}  // namespace tandem::rt
