#pragma once

#include <utility>

#include "tandem/rt/detail/entered.hpp"
#include "tandem/rt/detail/spawning.hpp"
#include "tandem/rt/join_handle.hpp"

namespace tandem::rt {

/// Calls `fn(args...)`, which computes for long or blocks, on a thread that is there for it, so
/// that it holds up no task.
///
/// Those threads are started as they are needed, up to a bound, above which calls queue up; idle
/// ones end after a while. The arguments are copied and checked as thread::spawn's are.
///
/// Rust:   tokio::task::spawn_blocking(move || …)
/// Errors: panics outside of a runtime, and if the system has no thread at all. A panic in fn is in
///         the handle's result. abort() ends only what has not begun: a function cannot be stopped
///
///     auto const digest = (co_await rt::spawn_blocking(sha256, std::move(bytes))).unwrap();
template <class Fn, class A = detail::NotGiven, class B = detail::NotGiven,
          class C = detail::NotGiven, class D = detail::NotGiven, class E = detail::NotGiven,
          class F = detail::NotGiven>
auto spawn_blocking(Fn&& fn, A&& a = {}, B&& b = {}, C&& c = {}, D&& d = {}, E&& e = {}, F&& f = {},
                    detail::Site site = detail::Site::current()) {
    return detail::with_given(
        [&]<class... Args>(Args&&... args) {
            return detail::spawn_blocking_on(detail::current_runtime("rt::spawn_blocking", site),
                                             site, std::forward<Fn>(fn),
                                             std::forward<Args>(args)...);
        },
        std::forward<A>(a), std::forward<B>(b), std::forward<C>(c), std::forward<D>(d),
        std::forward<E>(e), std::forward<F>(f));
}
template <class Fn, class... Args>
    requires detail::ManyArguments<Args...>
auto spawn_blocking(Fn&& fn, Args&&... args) {
    return detail::spawn_blocking_on(detail::current_runtime("rt::spawn_blocking"), detail::Site(),
                                     std::forward<Fn>(fn), std::forward<Args>(args)...);
}

}  // namespace tandem::rt
