#pragma once

#include <source_location>
#include <utility>

#include "tandem/async/detail/thread_waker.hpp"
#include "tandem/async/future.hpp"
#include "tandem/core/detail/polling.hpp"

namespace tandem::async {

/// Runs one future to its end on this thread, asleep between its polls: the smallest executor.
///
/// Rust:   futures::executor::block_on, pollster::block_on
/// C++:    std::future::get, for work that runs here and not elsewhere
/// Errors: an exception from the future comes out here. A future that nobody ever wakes sleeps for
///         ever. Inside a task of a runtime it panics, for it would hold up the task's thread:
///         co_await the future instead.
///
///     int const answer = block_on(simple_async());
template <class F>
auto block_on(F&& future, std::source_location where = std::source_location::current())
    -> OutputOf<std::remove_cvref_t<F>> {
    static_assert(detail::check_taken<F>());
    tandem::detail::forbid_blocking("block_on()", "co_await the future", where);
    detail::AsFuture<F> mine(std::forward<F>(future));
    detail::ThreadWaker const sleeper;
    Waker const waker = sleeper.waker();
    Context cx(waker);
    for (;;) {
        if (auto poll = mine.poll(cx); poll.is_ready()) {
            return std::move(poll).value();
        }
        sleeper.park();
    }
}

}  // namespace tandem::async
