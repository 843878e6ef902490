#pragma once

#include <utility>

#include "tandem/rt/detail/entered.hpp"
#include "tandem/rt/detail/spawning.hpp"
#include "tandem/rt/join_handle.hpp"

namespace tandem::rt {

/// Starts a task on the runtime that this thread belongs to: `fn(args...)`, which is a Task or
/// another future, runs beside the caller, on whichever of the runtime's threads is free.
///
/// The task gets its own copies of the arguments, which live as long as it does; fn captures
/// nothing, and every argument and the result is Send. A future that is Send, such as a block, may
/// be given in place of fn.
///
/// Rust:      tokio::spawn(async move { … })
/// C++:       std::async, without a thread for each
/// Unchecked: global variables, and what an argument points to behind unsafe_send
/// Errors:    panics outside of a runtime: there, use Runtime::spawn or Handle::spawn. Does not
///            compile with what is not Send. A panic in the task is in the handle's result
/// Cost:      one allocation for the task, and its frame
///
///     auto handle = rt::spawn(fetch, std::string("https://example.com"));
///     auto const page = (co_await std::move(handle)).unwrap();
template <class Fn, class A = detail::NotGiven, class B = detail::NotGiven,
          class C = detail::NotGiven, class D = detail::NotGiven, class E = detail::NotGiven,
          class F = detail::NotGiven>
auto spawn(Fn&& fn, A&& a = {}, B&& b = {}, C&& c = {}, D&& d = {}, E&& e = {}, F&& f = {},
           detail::Site site = detail::Site::current()) {
    return detail::with_given(
        [&]<class... Args>(Args&&... args) {
            return detail::spawn_on(detail::current_runtime("rt::spawn", site), site,
                                    std::forward<Fn>(fn), std::forward<Args>(args)...);
        },
        std::forward<A>(a), std::forward<B>(b), std::forward<C>(c), std::forward<D>(d),
        std::forward<E>(e), std::forward<F>(f));
}
template <class Fn, class... Args>
    requires detail::ManyArguments<Args...>
auto spawn(Fn&& fn, Args&&... args) {
    return detail::spawn_on(detail::current_runtime("rt::spawn"), detail::Site(),
                            std::forward<Fn>(fn), std::forward<Args>(args)...);
}

}  // namespace tandem::rt
