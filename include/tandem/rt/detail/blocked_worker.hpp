#pragma once

#include "tandem/core/detail/polling.hpp"
#include "tandem/core/detail/raise.hpp"
#include "tandem/rt/detail/entered.hpp"
#include "tandem/rt/detail/multi_thread.hpp"
#include "tandem/rt/detail/thread_context.hpp"
#include "tandem/rt/detail/worker_run.hpp"

namespace tandem::rt::detail {

[[noreturn, gnu::cold]] inline void refuse_to_block() {
    raise(
        "block_in_place needs a multi_thread runtime, where another thread can go on with this "
        "one's tasks: here there is none. Use rt::spawn_blocking");
}

/// The worker that this thread is, if it has tasks to leave to others; null if blocking holds up
/// nobody. Panics where it would.
[[nodiscard]] inline WorkerRun* worker_about_to_block() {
    if (!this_thread_polls_a_task()) {
        return nullptr;
    }
    ThreadContext const& context = ThreadContext::get();
    RuntimeShared* const runtime = context.core_of != nullptr ? context.core_of : context.runtime;
    if (context.local_tasks != nullptr || runtime == nullptr || !runtime->is_multi_thread()) {
        refuse_to_block();
    }
    return static_cast<MultiThread*>(runtime)->run_here();
}

/// While it lives, this thread may block: if it is a worker, another thread goes on as that.
///
/// Rust: the Reset guard of tokio's block_in_place
class BlockedWorker {
public:
    explicit BlockedWorker(WorkerRun* run) noexcept : run_(run) {
        if (run_ == nullptr) {
            return;
        }
        Worker& worker = run_->worker();
        run_->give_core_away();
        if (run_->runtime().start_worker(worker)) {
            run_->take_core();  // no thread is to be had: the tasks wait, unless they are stolen
        }
        if (!worker.queue.empty()) {
            run_->runtime().wake_a_worker();
        }
    }
    BlockedWorker(BlockedWorker const&) = delete;
    BlockedWorker& operator=(BlockedWorker const&) = delete;
    ~BlockedWorker() {
        if (run_ != nullptr && !run_->has_core()) {
            run_->take_core();
        }
    }

private:
    WorkerRun* run_;
    BlockingAllowed allowed_;
};

}  // namespace tandem::rt::detail
