#pragma once

#include <system_error>
#include <type_traits>
#include <utility>

#include "tandem/rt/detail/given.hpp"
#include "tandem/rt/detail/runtime_shared.hpp"
#include "tandem/rt/detail/spawn_checks.hpp"
#include "tandem/rt/detail/task_cell.hpp"
#include "tandem/rt/join_handle.hpp"

namespace tandem::rt::detail {

/// A new task of this runtime (or LocalSet).
template <class F, class... From>
JoinHandle<typename F::Output> spawn_as(Scheduler& scheduler, Site const& site, From&&... from) {
    TaskHeader& task = *new TaskCell<F>(site, std::forward<From>(from)...);
    JoinHandle<typename F::Output> handle(task);
    scheduler.spawn(task);
    return handle;
}

template <class Fn, class... Args>
auto spawn_on(Scheduler& scheduler, Site const& site, Fn&& fn, Args&&... args) {
    if constexpr (check_spawned<Fn, Args...>()) {
        return spawn_as<Spawned<Fn, Args...>>(scheduler, site, std::forward<Fn>(fn),
                                              std::forward<Args>(args)...);
    }
}

[[noreturn, gnu::cold]] inline void raise_no_thread(std::error_code error, Site const& site) {
    throw Panic("spawn_blocking: the system has no thread to give: " + error.message(), site);
}

template <class F, class... From>
JoinHandle<typename F::Output> spawn_blocking_as(RuntimeShared& runtime, Site const& site,
                                                 From&&... from) {
    TaskHeader& task = *new TaskCell<F>(site, std::forward<From>(from)...);
    JoinHandle<typename F::Output> handle(task);
    if (!runtime.blocking_shard().add(task)) {
        shut_down(task);
    } else if (std::error_code const error = runtime.blocking_pool().spawn(task)) {
        shut_down(task);
        raise_no_thread(error, site);
    }
    return handle;
}

template <class Fn, class... Args>
auto spawn_blocking_on(RuntimeShared& runtime, Site const& site, Fn&& fn, Args&&... args) {
    constexpr bool makes_a_future = returns_a_future<std::decay_t<Fn>, std::decay_t<Args>...>;
    static_assert(!makes_a_future,
                  "this function returns a Task or another future, which nobody would run there: "
                  "use rt::spawn. spawn_blocking is for a function that computes or blocks");
    if constexpr (!makes_a_future) {
        if constexpr (check_spawn<Lifetime::unbounded, Fn, Args...>()) {
            return spawn_blocking_as<BlockingCall<std::decay_t<Fn>, std::decay_t<Args>...>>(
                runtime, site, std::forward<Fn>(fn), std::forward<Args>(args)...);
        }
    }
}

}  // namespace tandem::rt::detail
