#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "tandem/thread/detail/spawner.hpp"

namespace tandem::thread {

/// Starts a thread that calls `fn(args...)` and yields its result to whoever joins it.
///
/// The thread gets its own copies of the arguments, so that nothing it uses can be changed, or end,
/// under its hands: fn captures nothing, and every argument and the result is Send.
///
/// Rust:      std::thread::spawn(move || …)
/// C++:       std::thread, which compiles a data race as readily as anything else
/// Unchecked: global variables, and what an argument points to behind unsafe_send
/// Errors:    does not compile with what is not Send. Panics if the system has no thread to give;
///            Builder::spawn gives that as an error. A panic in fn is what join() returns.
///
///     auto counter = make_arc<Mutex<int>>(0);
///     auto handle = thread::spawn(
///         [](Arc<Mutex<int>> shared) { *shared->lock().unwrap() += 1; }, counter.clone());
///     handle.join().unwrap();
template <class Fn, class... Args>
auto spawn(Fn&& fn, Args&&... args) {
    if constexpr (detail::check_spawn<detail::Lifetime::unbounded, Fn, Args...>()) {
        return detail::Spawner::spawn_or_panic<JoinHandle>(std::nullopt, std::forward<Fn>(fn),
                                                           std::forward<Args>(args)...);
    }
}

}  // namespace tandem::thread
