#pragma once

#include <string>
#include <utility>

#include "tandem/async/future.hpp"
#include "tandem/core/detail/polling.hpp"
#include "tandem/rt/detail/current_thread.hpp"
#include "tandem/rt/detail/multi_thread.hpp"
#include "tandem/rt/detail/thread_context.hpp"
#include "tandem/rt/detail/worker_run.hpp"

namespace tandem::rt::detail {

/// For its lifetime this thread belongs to the runtime, which it keeps in memory.
class Entered {
public:
    explicit Entered(RuntimeShared& runtime) noexcept
        : runtime_(runtime), here_(ThreadContext::get().runtime, &runtime) {
        runtime_.add_owner();
    }
    Entered(Entered const&) = delete;
    Entered& operator=(Entered const&) = delete;
    ~Entered() { runtime_.remove_owner(); }

private:
    RuntimeShared& runtime_;
    Replaced<RuntimeShared*> here_;
};

/// The runtime that this thread belongs to; null if to none.
[[nodiscard]] inline RuntimeShared* find_current_runtime() noexcept {
    return ThreadContext::get().runtime;
}
/// The same; a panic that begins with `what` if to none.
[[nodiscard]] inline RuntimeShared& current_runtime(
    char const* what, std::source_location where = std::source_location::current()) {
    RuntimeShared* const runtime = find_current_runtime();
    if (runtime == nullptr) [[unlikely]] {
        throw Panic(std::string(what) +
                        " was called outside of a runtime: call it in a task, inside rt::run or "
                        "block_on, or on a Runtime or Handle",
                    where);
    }
    return *runtime;
}

[[nodiscard, gnu::noinline]] inline TimeShared* find_time_of_this_thread() noexcept {
    RuntimeShared* const runtime = find_current_runtime();
    return runtime != nullptr && runtime->config().time_enabled ? &runtime->driver().time()
                                                                : nullptr;
}
[[nodiscard, gnu::noinline]] inline TimeShared& time_of_this_thread(char const* what) {
    RuntimeShared& runtime = current_runtime(what);
    if (!runtime.config().time_enabled) [[unlikely]] {
        throw Panic(std::string(what) +
                    " needs a runtime with timers: call enable_time() or enable_all() on its "
                    "Builder");
    }
    return runtime.driver().time();
}

/// Runs a future to its end on this thread, as one of the runtime's.
template <class F>
async::OutputOf<F> block_on(RuntimeShared& runtime, F&& future, std::source_location const& site) {
    static_assert(async::detail::check_taken<F>());
    forbid_blocking("block_on", "co_await the future", site);
    Entered const entered(runtime);  // also for what the future does when it ends
    async::detail::AsFuture<F> mine(std::forward<F>(future));
    if (runtime.is_multi_thread()) {
        return static_cast<MultiThread&>(runtime).block_on(mine, site);
    }
    return static_cast<CurrentThread&>(runtime).block_on(mine, site);
}

/// Ends a runtime: its tasks, then its timers, then its threads, for which it waits.
inline void shut_down(RuntimeShared& runtime, Deadline deadline) noexcept {
    Entered const entered(runtime);  // for what ends now, and spawns in its destructor
    if (deadline.is_never() && this_thread_polls_a_task()) {
        report(Diagnostic{.message = "tandem: a Runtime ended inside of a task, where it cannot "
                                     "wait for its threads: they end by themselves. Move it out of "
                                     "the task, or call shutdown_background()",
                          .location = {}});
        deadline = Deadline{0};
    }
    runtime.shut_down_tasks();
    runtime.driver().shut_down();
    runtime.blocking_pool().close();
    runtime.blocking_pool().wait(deadline);
}

}  // namespace tandem::rt::detail
