// Tasks that do nothing, for tests of what moves tasks around: queues, shards, states.
#pragma once

#include <atomic>
#include <deque>
#include <source_location>

#include "tandem/rt/detail/run_task.hpp"

namespace tandem::testing {

/// Notes what is done with it. It is not freed when it is destroyed: the test looks at it then.
struct FakeTask : rt::detail::TaskHeader {
    using TaskHeader = rt::detail::TaskHeader;

    explicit FakeTask(int its_number = 0)
        : TaskHeader(functions, std::source_location::current()), number(its_number) {}

    static FakeTask& of(TaskHeader& task) noexcept { return static_cast<FakeTask&>(task); }

    int number;
    std::atomic<int> polls{0};
    std::atomic<int> cancels{0};
    std::atomic<int> outputs_dropped{0};
    std::atomic<int> destructions{0};
    bool (*poll_with)(FakeTask&, rt::detail::Context&) = nullptr;  // else: ready at once

private:
    static constexpr rt::detail::TaskKind make_functions() noexcept {
        rt::detail::TaskKind kind{};
        kind.poll = [](TaskHeader& task, rt::detail::Context& cx) noexcept {
            ++of(task).polls;
            return of(task).poll_with == nullptr || of(task).poll_with(of(task), cx);
        };
        kind.cancel = [](TaskHeader& task) noexcept { ++of(task).cancels; };
        kind.drop_output = [](TaskHeader& task) noexcept { ++of(task).outputs_dropped; };
        kind.destroy = [](TaskHeader& task) noexcept { ++of(task).destructions; };
        return kind;
    }
    static rt::detail::TaskKind const functions;
};

inline constexpr rt::detail::TaskKind FakeTask::functions = FakeTask::make_functions();

inline int number_of(rt::detail::TaskHeader* task) {
    return task == nullptr ? -1 : FakeTask::of(*task).number;
}

/// So many of them, numbered from 0; they stay where they are.
class FakeTasks {
public:
    explicit FakeTasks(int count) {
        for (int i = 0; i < count; ++i) {
            tasks_.emplace_back(i);
        }
    }
    FakeTask& operator[](int number) { return tasks_[static_cast<std::size_t>(number)]; }
    [[nodiscard]] auto begin() { return tasks_.begin(); }
    [[nodiscard]] auto end() { return tasks_.end(); }

private:
    std::deque<FakeTask> tasks_;
};

/// Only keeps what it is to run.
class FakeScheduler final : public rt::detail::Scheduler {
public:
    explicit FakeScheduler(bool& is_gone, std::uint32_t shards = 1)
        : Scheduler(shards), is_gone_(is_gone) {}
    ~FakeScheduler() override { is_gone_ = true; }

    void schedule(rt::detail::TaskHeader& task) noexcept override { queue.push_back(task); }
    void schedule_again(rt::detail::TaskHeader& task) noexcept override { again.push_back(task); }

    rt::detail::TaskList queue;
    rt::detail::TaskList again;

private:
    rt::detail::Shard& shard_of_this_thread() noexcept override { return shard(0); }

    bool& is_gone_;
};

}  // namespace tandem::testing
