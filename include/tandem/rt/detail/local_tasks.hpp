#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include "tandem/async/detail/atomic_waker.hpp"
#include "tandem/async/future.hpp"
#include "tandem/core/detail/panic_type.hpp"
#include "tandem/rt/detail/injection_queue.hpp"
#include "tandem/rt/detail/run_task.hpp"
#include "tandem/rt/detail/scheduler.hpp"
#include "tandem/rt/detail/spawning.hpp"
#include "tandem/rt/detail/thread_context.hpp"

namespace tandem::rt::detail {

/// The tasks of a LocalSet, all of which stay on the thread that made it. Other threads wake them
/// through a queue of their own; they never run them, nor end them.
///
/// Rust: the Shared and LocalState of tokio's LocalSet
class LocalTasks final : public Scheduler {
public:
    LocalTasks() : Scheduler(1), thread_(&ThreadContext::get()) {}

    /// From any thread.
    void schedule(TaskHeader& task) noexcept override {
        if (!is_of_this_thread()) {
            if (elsewhere_.push(task)) {
                poller_.wake();
            } else {
                rt::detail::remove_owner(task);
            }
        } else if (closed_) {
            rt::detail::remove_owner(task);
        } else {
            here_.push_back(task);
            if (!polled_) {
                poller_.wake();
            }
        }
    }
    void schedule_again(TaskHeader& task) noexcept override { schedule(task); }

    // All below by the set's thread.

    [[nodiscard]] bool is_of_this_thread() const noexcept {
        return &ThreadContext::get() == thread_;
    }
    void check_thread(char const* what) const {
        if (!is_of_this_thread()) [[unlikely]] {
            throw Panic(std::string(what) +
                        ": a LocalSet stays on the thread that made it, for its tasks do");
        }
    }

    template <class F, class... From>
    auto spawn_as(Site const& site, From&&... from) {
        auto handle = rt::detail::spawn_as<F>(*this, site, std::forward<From>(from)...);
        ++size_;
        return handle;
    }
    /// Those that are not over.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// For the time of a poll of the set: it is this thread's, and stays in memory even if it is
    /// dropped by one of its own tasks.
    class Polling {
    public:
        Polling(LocalTasks& tasks, Context const& cx) noexcept
            : kept_(tasks),
              here_(ThreadContext::get().local_tasks, &tasks),
              polled_(tasks.polled_, true) {
            tasks.poller_.register_waker(cx.waker());
        }

        /// Runs tasks, but not for ever. True: there are more to run.
        bool run_tasks() noexcept { return kept_.tasks.run_some(); }

    private:
        struct Kept {
            explicit Kept(LocalTasks& its_tasks) noexcept : tasks(its_tasks) { tasks.add_owner(); }
            Kept(Kept const&) = delete;
            Kept& operator=(Kept const&) = delete;
            ~Kept() { tasks.remove_owner(); }

            LocalTasks& tasks;
        };

        Kept kept_;  // first, so that it ends last
        Replaced<LocalTasks*> here_;
        Replaced<bool> polled_;
    };

    /// Ends all tasks, by the set at its end.
    void shut_down() noexcept {
        Replaced<LocalTasks*> const here(ThreadContext::get().local_tasks, this);
        closed_ = true;
        elsewhere_.close();
        close_shards();
        here_.append(elsewhere_.pop(UINT32_MAX));
        while (TaskHeader* const task = here_.pop_front()) {
            rt::detail::remove_owner(*task);
        }
        auto const last = poller_.take();
    }

private:
    Shard& shard_of_this_thread() noexcept override { return shard(0); }

    bool run_some() noexcept {
        here_.append(elsewhere_.pop(UINT32_MAX));
        for (int left = most_in_a_row; left > 0; --left) {
            TaskHeader* const task = here_.pop_front();
            if (task == nullptr) {
                return false;
            }
            if (run(*task)) {
                --size_;
            }
        }
        return !here_.empty();
    }

    static constexpr int most_in_a_row = 61;  // then what is joined with the set has its turn

    ThreadContext const* const thread_;
    InjectionQueue elsewhere_;           // woken by other threads
    async::detail::AtomicWaker poller_;  // of who polls the set

    // The thread's own.
    TaskList here_;
    std::size_t size_ = 0;
    bool polled_ = false;  // just now: whoever is woken needs no call
    bool closed_ = false;
};

/// All that spawn_local asks: much less than spawn, for nothing leaves the thread.
template <class Fn, class... Args>
consteval bool check_spawned_local() {
    if constexpr (sizeof...(Args) == 0 && async::Future<Fn>) {
        return async::detail::check_taken<Fn>();
    } else {
        constexpr bool owned = std::constructible_from<std::decay_t<Fn>, Fn> &&
                               (std::constructible_from<std::decay_t<Args>, Args> && ...);
        static_assert(owned,
                      "the task owns its function and arguments, and one of these is not copied "
                      "silently: pass std::move(x) to give it away, or x.clone() to share it");
        if constexpr (owned) {
            constexpr bool callable =
                std::is_invocable_v<std::decay_t<Fn>, Unwrapped<std::decay_t<Args>>...>;
            static_assert(callable,
                          "the function cannot be called with these arguments, which the task owns "
                          "and moves in: take each by value, by const& or by &&, or lend a "
                          "variable of yours, that outlives the LocalSet, with std::ref");
            if constexpr (callable) {
                constexpr bool waits =
                    async::Future<SpawnResult<std::decay_t<Fn>, std::decay_t<Args>...>>;
                static_assert(waits,
                              "spawn_local wants a function that returns a Task or another future");
                return waits;
            }
        }
        return false;
    }
}

template <class Fn, class... Args>
struct SpawnedLocalOf {
    using Type = Call<Fn, Args...>;
};
template <async::Future F>
struct SpawnedLocalOf<F> {
    using Type = async::detail::AsFuture<F>;
};

template <class Fn, class... Args>
auto spawn_local_on(LocalTasks& tasks, Site const& site, Fn&& fn, Args&&... args) {
    if constexpr (check_spawned_local<Fn, Args...>()) {
        using F = typename SpawnedLocalOf<std::decay_t<Fn>, std::decay_t<Args>...>::Type;
        return tasks.spawn_as<F>(site, std::forward<Fn>(fn), std::forward<Args>(args)...);
    }
}

/// The tasks of the LocalSet that this thread runs; a panic if it runs none.
[[nodiscard]] inline LocalTasks& local_tasks_of_this_thread(Site const& site) {
    LocalTasks* const tasks = ThreadContext::get().local_tasks;
    if (tasks == nullptr) [[unlikely]] {
        throw Panic(
            "spawn_local was called outside of a LocalSet: call it in a task of the set or in "
            "its run_until, or on the LocalSet itself",
            site);
    }
    return *tasks;
}

}  // namespace tandem::rt::detail
