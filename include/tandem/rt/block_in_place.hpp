#pragma once

#include <type_traits>
#include <utility>

#include "tandem/core/detail/call.hpp"
#include "tandem/rt/detail/blocked_worker.hpp"

namespace tandem::rt {

/// Calls `fn(args...)`, which blocks or computes for long, here and now, while another thread goes
/// on with the other tasks of this one. What it is given it may borrow, for it does not leave the
/// task. (Whatever is joined with this future in the same task does wait.)
///
/// Rust:   tokio::task::block_in_place
/// C++:    a plain call
/// Errors: panics on a current_thread runtime and in a LocalSet, whose tasks no other thread can
///         run. Where there are no tasks to hold up, it is no more than the call. If the system has
///         no thread to give, the tasks of this one wait
/// Cost:   a thread's start, unless one is idle; in the long run spawn_blocking is cheaper
///
///     std::string const text = rt::block_in_place(read_whole_file, path);
template <class Fn, class... Args>
std::invoke_result_t<Fn, Args...> block_in_place(Fn&& fn, Args&&... args) {
    detail::BlockedWorker const elsewhere(detail::worker_about_to_block());
    return tandem::detail::call(std::forward<Fn>(fn), std::forward<Args>(args)...);
}

}  // namespace tandem::rt
