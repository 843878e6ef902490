#pragma once

#include <cstdint>
#include <source_location>
#include <utility>

#include "tandem/async/detail/thread_waker.hpp"
#include "tandem/async/future.hpp"
#include "tandem/async/notify.hpp"
#include "tandem/core/detail/polling.hpp"
#include "tandem/rt/detail/run_task.hpp"
#include "tandem/rt/detail/runtime_shared.hpp"
#include "tandem/rt/detail/thread_context.hpp"

namespace tandem::rt::detail {

/// A runtime on one thread: tasks run while somebody is in block_on, on the thread that is. If
/// there are several, the first of them has the tasks; the others poll no more than their own
/// future, until it gives the tasks up.
///
/// Rust: tokio's current_thread scheduler
class CurrentThread final : public RuntimeShared {
public:
    explicit CurrentThread(Config config)
        : RuntimeShared(std::move(config), 1, Clock::Pausing::allowed) {
        if (this->config().start_paused) {
            driver().time().driver.pause();
        }
    }

    void schedule(TaskHeader& task) noexcept override {
        if (runs_here()) {
            queue_.push_back(task);
            return;
        }
        KeptAlive const keep(task);  // and with it this runtime, which may end meanwhile
        if (injection().push(task)) {
            driver().unpark_driver();
        } else {
            rt::detail::remove_owner(task);  // shut down: it has ended
        }
    }
    void schedule_again(TaskHeader& task) noexcept override { schedule(task); }

    /// By a thread that has entered the runtime.
    template <class F>
    typename F::Output block_on(F& future, std::source_location const& site) {
        async::detail::ThreadWaker const sleeper;
        for (;;) {
            if (take_core()) {
                Core const core(*this);
                return run_until_ready(future, site);
            }
            auto core_is_free = core_given_up_.notified();
            Waker const waker = sleeper.waker();
            Context cx(waker);
            // Look again once we are sure to be told.
            if (core_is_free.poll(cx).is_ready() || !core_taken()) {
                continue;
            }
            {
                PollingTask const polling(site);
                if (auto polled = future.poll(cx); polled.is_ready()) {
                    return std::move(polled).value();
                }
            }
            sleeper.park();
        }
    }

    void shut_down_tasks() noexcept override {
        injection().close();
        close_shards();
        if (take_core()) {  // else who has it finds the tasks ended
            Core const core(*this);
            queue_.append(injection().pop(UINT32_MAX));
            while (TaskHeader* const task = queue_.pop_front()) {
                rt::detail::remove_owner(*task);
            }
        }
    }

    [[nodiscard]] bool is_multi_thread() const noexcept override { return false; }
    [[nodiscard]] std::uint32_t worker_count() const noexcept override { return 1; }
    [[nodiscard]] WorkerCounters const& counters(std::uint32_t) const noexcept override {
        return counters_;
    }
    [[nodiscard]] std::uint32_t local_queue_depth(std::uint32_t) const noexcept override {
        // relaxed: a number to look at.
        return queue_size_.load(std::memory_order_relaxed);
    }

private:
    /// The right to run the tasks, and the thread's knowledge that it has it.
    class Core {
    public:
        explicit Core(CurrentThread& self) noexcept
            : self_(self),
              runtime_(ThreadContext::get().runtime, &self),
              core_of_(ThreadContext::get().core_of, &self) {}
        Core(Core const&) = delete;
        Core& operator=(Core const&) = delete;
        ~Core() {
            // release: pairs with acquire in take_core: the next finds the queue as we leave it.
            self_.core_taken_.store(false, std::memory_order_release);
            self_.core_given_up_.notify_one();
        }

    private:
        CurrentThread& self_;
        Replaced<RuntimeShared*> runtime_;
        Replaced<RuntimeShared*> core_of_;
    };

    [[nodiscard]] bool take_core() noexcept {
        // acquire: pairs with release in ~Core.
        return !core_taken_.exchange(true, std::memory_order_acquire);
    }
    [[nodiscard]] bool core_taken() const noexcept {
        // relaxed: a look; take_core decides.
        return core_taken_.load(std::memory_order_relaxed);
    }
    [[nodiscard]] bool runs_here() const noexcept { return ThreadContext::get().core_of == this; }

    Shard& shard_of_this_thread() noexcept override { return shard(0); }

    template <class F>
    typename F::Output run_until_ready(F& future, std::source_location const& site) {
        Waker const waker = root_waker();
        root_woken_here_ = true;
        for (;;) {
            if (take_root_woken()) {
                PollingTask const polling(site);
                async::detail::Turn turn;
                Context cx(waker, turn);
                if (auto polled = future.poll(cx); polled.is_ready()) {
                    return std::move(polled).value();
                }
                root_woken_here_ |= turn.again;
                ++polls_since_events_;
            }
            run_tasks();
            if (polls_since_events_ >= config().event_interval) {
                polls_since_events_ = 0;
                driver().poll();
            } else if (has_nothing_to_do()) {
                polls_since_events_ = 0;
                park();
            }
        }
    }

    /// Until there are none, or it is time to look after sockets and timers, and the root.
    void run_tasks() noexcept {
        while (polls_since_events_ < config().event_interval) {
            TaskHeader* const task = next_task();
            if (task == nullptr) {
                return;
            }
            ++polls_since_events_;
            counters_.polls.add();
            if (run(*task)) {
                counters_.completions.add();
            }
        }
    }

    /// Mostly from our own queue, but now and then from the other first, which would have to wait
    /// for ever if ours is never empty.
    TaskHeader* next_task() noexcept {
        if (++tick_ % config().global_queue_interval == 0) {
            if (TaskHeader* const task = injection().pop(1).pop_front(); task != nullptr) {
                return task;
            }
        }
        if (queue_.empty()) {
            queue_.append(injection().pop(UINT32_MAX));
        }
        return queue_.pop_front();
    }

    [[nodiscard]] bool has_nothing_to_do() const noexcept {
        // relaxed: a wake from another thread unparks the driver, too.
        return queue_.empty() && !root_woken_here_ && !root_woken_.load(std::memory_order_relaxed);
    }

    void park() noexcept {
        counters_.parks.add();
        if (injection().empty()) {
            driver().park_or_advance();  // nothing goes on by itself: time need not pass for it
        } else {
            driver().poll();
        }
    }

    // The future that block_on was given is woken through the runtime itself.

    [[nodiscard]] bool take_root_woken() noexcept {
        if (std::exchange(root_woken_here_, false)) {
            return true;
        }
        // relaxed: a look that costs nothing, where there is nothing.
        if (!root_woken_.load(std::memory_order_relaxed)) {
            return false;
        }
        // acquire: pairs with release in wake_by_ref: the poll sees what was written before.
        return root_woken_.exchange(false, std::memory_order_acquire);
    }

    [[nodiscard]] Waker root_waker() noexcept {
        add_owner();
        return Waker(this, root_functions);
    }
    static CurrentThread& of(void const* data) noexcept {
        return *static_cast<CurrentThread*>(const_cast<void*>(data));
    }
    static void const* clone(void const* data) noexcept {
        of(data).add_owner();
        return data;
    }
    static void wake(void const* data) noexcept {
        wake_by_ref(data);
        of(data).remove_owner();
    }
    static void wake_by_ref(void const* data) noexcept {
        CurrentThread& self = of(data);
        if (self.runs_here()) {
            self.root_woken_here_ = true;
            return;
        }
        // release: pairs with acquire in take_root_woken.
        self.root_woken_.store(true, std::memory_order_release);
        self.driver().unpark_driver();
    }
    static void drop(void const* data) noexcept { of(data).remove_owner(); }

    static constexpr async::WakerVTable root_functions{
        .clone = &CurrentThread::clone,
        .wake = &CurrentThread::wake,
        .wake_by_ref = &CurrentThread::wake_by_ref,
        .drop = &CurrentThread::drop,
    };

    Atomic<bool> core_taken_{false};
    async::Notify core_given_up_;

    // Of the thread that has the core.
    TaskList queue_;
    std::uint32_t tick_ = 0;
    std::uint32_t polls_since_events_ = 0;
    bool root_woken_here_ = false;  // by the thread that has the core
    WorkerCounters counters_;

    Atomic<bool> root_woken_{false};  // by another
    Atomic<std::uint32_t> queue_size_{0};
};

}  // namespace tandem::rt::detail
