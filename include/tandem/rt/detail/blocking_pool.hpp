#pragma once

#include <cstdint>
#include <new>
#include <optional>
#include <system_error>
#include <utility>

#include "tandem/core/detail/deadline.hpp"
#include "tandem/rt/detail/config.hpp"
#include "tandem/rt/detail/run_task.hpp"
#include "tandem/rt/detail/thread_context.hpp"
#include "tandem/rt/detail/time_driver.hpp"
#include "tandem/sync/detail/raw_condvar.hpp"
#include "tandem/thread/detail/os_thread.hpp"
#include "tandem/thread/detail/thread_info.hpp"

namespace tandem::rt::detail {

/// Threads for what blocks: they run tasks that are polled once, and may take as long as they
/// like. A thread is started when a task comes and none is idle, and ends when it was idle for
/// long. The workers of a runtime are tasks here too, so that one which blocks can be replaced.
///
/// Rust: tokio's blocking pool
class BlockingPool {
public:
    /// `extra`: threads above what the config allows, for the workers.
    /// `time`: to be held while something runs here; null if it is never paused.
    BlockingPool(Scheduler& owner, RuntimeShared& runtime, Config const& config,
                 std::uint32_t extra, TimeDriver* time) noexcept
        : owner_(owner),
          runtime_(runtime),
          config_(config),
          most_threads_(config.max_blocking_threads + extra),
          time_(time) {}
    BlockingPool(BlockingPool const&) = delete;
    BlockingPool& operator=(BlockingPool const&) = delete;

    /// Takes over one ownership of the task. An error: there is no thread for it, and none could
    /// be started; the task is still the caller's. After `close` it is cancelled.
    [[nodiscard]] std::error_code spawn(TaskHeader& task) noexcept { return spawn(task, false); }
    /// The same for a worker, which has its thread for good, until worker_ended.
    [[nodiscard]] std::error_code spawn_worker(TaskHeader& task) noexcept {
        return spawn(task, true);
    }
    void worker_ended() noexcept {
        RawLock const lock(mutex_);
        --workers_;
    }

    /// No task is begun any more; threads end as soon as they can.
    void close() noexcept {
        RawLock const lock(mutex_);
        closed_ = true;
        work_came_.notify_all();
    }

    /// After close: waits for the threads. False: some were still running at the deadline, and go
    /// on by themselves. A thread of the pool does not wait for itself.
    bool wait(Deadline deadline) noexcept {
        if (ThreadContext::get().pool == this) {
            return false;
        }
        OsThread last;
        {
            RawLock const lock(mutex_);
            while (threads_ > 0) {
                if (!all_ended_.wait_until(mutex_, deadline) && threads_ > 0) {
                    return false;
                }
            }
            last = std::move(last_to_leave_);
        }
        if (last.is_owned()) {
            last.join();
        }
        return true;
    }

    struct Counts {
        std::uint32_t threads;
        std::uint32_t idle;
        std::uint32_t queued;
    };
    [[nodiscard]] Counts counts() noexcept {
        RawLock const lock(mutex_);
        return {.threads = threads_, .idle = idle_, .queued = queue_.size()};
    }

private:
    using OsThread = thread::detail::OsThread;

    class Thread final : public OsThread::Work {
    public:
        explicit Thread(BlockingPool& pool) noexcept : pool_(pool) { pool_.owner_.add_owner(); }
        ~Thread() override { pool_.owner_.remove_owner(); }

        void run(Owned<Work> self) override {
            thread::detail::begin_thread(sync::make_arc<thread::detail::ThreadInfo>(
                std::optional<std::string>(pool_.config_.thread_name)));
            ThreadContext& context = ThreadContext::get();
            context.runtime = &pool_.runtime_;
            context.pool = &pool_;
            pool_.run_tasks();
            pool_.leave(std::move(os_thread));
            context.pool = nullptr;
            context.runtime = nullptr;
            self.reset();
        }

        OsThread os_thread;  // this one; under the lock

    private:
        BlockingPool& pool_;
    };

    std::error_code spawn(TaskHeader& task, bool is_worker) noexcept {
        bool thread_is_idle = false;
        {
            RawLock const lock(mutex_);
            if (!closed_) {
                thread_is_idle = idle_ > 0;
                if (thread_is_idle) {
                    --idle_;
                    ++called_;
                } else if (std::error_code const error = start_thread();
                           error && (is_worker || threads_ <= workers_)) {
                    return error;  // there is none either that will be free some time
                }
                enqueue(task, is_worker);
                if (!thread_is_idle) {
                    return {};
                }
            }
        }
        if (thread_is_idle) {
            work_came_.notify_one();  // without the lock, which the called thread takes first
        } else {
            rt::detail::shut_down(task);
        }
        return {};
    }

    /// Under the lock.
    void enqueue(TaskHeader& task, bool is_worker) noexcept {
        workers_ += is_worker ? 1 : 0;
        queue_.push_back(task);
        if (time_ != nullptr) {
            time_->inhibit_auto_advance();
        }
    }

    /// Under the lock. An error says why there is no new thread.
    std::error_code start_thread() noexcept {
        if (threads_ >= most_threads_) {
            return std::make_error_code(std::errc::resource_unavailable_try_again);
        }
        try {
            auto* const thread = new Thread(*this);
            Owned<OsThread::Work> work(thread);
            std::optional<std::size_t> stack_size;
            if (config_.thread_stack_size != 0) {
                stack_size = config_.thread_stack_size;
            }
            // It waits for the lock before it looks at its own handle.
            if (auto const error = thread->os_thread.begin(stack_size, std::move(work))) {
                return error;
            }
            ++threads_;
        } catch (std::bad_alloc const&) {
            return std::make_error_code(std::errc::not_enough_memory);
        }
        return {};
    }

    /// Until it is time for the thread to end: then it has the lock.
    void run_tasks() noexcept {
        mutex_.lock();
        do {
            while (TaskHeader* const task = queue_.pop_front()) {
                bool const closed = closed_;
                mutex_.unlock();
                if (closed) {
                    rt::detail::shut_down(*task);
                } else {
                    static_cast<void>(run(*task));
                }
                if (time_ != nullptr) {
                    time_->allow_auto_advance();
                }
                mutex_.lock();
            }
        } while (wait_for_work());
    }

    /// Under the lock. False: it is time for the thread to end.
    bool wait_for_work() noexcept {
        ++idle_;
        Deadline const deadline =
            deadline_after(std::chrono::nanoseconds(config_.thread_keep_alive));
        for (bool in_time = true;;) {
            if (called_ > 0) {
                --called_;  // who called us has taken us from the idle
                return true;
            }
            if (closed_ || !in_time) {
                --idle_;
                return false;
            }
            in_time = work_came_.wait_until(mutex_, deadline);
        }
    }

    /// Under the lock, which it gives back. A thread leaves its handle to the next that ends, which
    /// joins it; the last of all is joined by who closes the pool.
    void leave(OsThread thread) noexcept {
        OsThread before = std::exchange(last_to_leave_, std::move(thread));
        if (--threads_ == 0) {
            all_ended_.notify_all();
        }
        mutex_.unlock();
        if (before.is_owned()) {
            before.join();
        }
    }

    Scheduler& owner_;
    RuntimeShared& runtime_;
    Config const& config_;
    std::uint32_t const most_threads_;
    TimeDriver* const time_;

    RawMutex mutex_;  // of all below
    sync::detail::RawCondvar work_came_;
    sync::detail::RawCondvar all_ended_;
    TaskList queue_;
    std::uint32_t threads_ = 0;
    std::uint32_t workers_ = 0;  // of the threads, those that have a worker for good
    std::uint32_t idle_ = 0;     // wait, and nobody has called them
    std::uint32_t called_ = 0;   // were called, and have not noticed yet
    bool closed_ = false;
    OsThread last_to_leave_;
};

}  // namespace tandem::rt::detail
