#pragma once

#include <utility>

#include "tandem/rt/detail/given.hpp"
#include "tandem/rt/detail/local_tasks.hpp"
#include "tandem/rt/join_handle.hpp"

namespace tandem::rt {

/// Starts a task on the LocalSet that this thread runs. It stays on this thread, so nothing about
/// it has to be Send: fn may capture, arguments may refer, and a Task may be given as it is.
///
/// Rust:      tokio::task::spawn_local
/// C++:       std::async with a queue on the calling thread, which does not exist
/// Unchecked: what the task refers to has to outlive the LocalSet
/// Errors:    panics outside of a LocalSet. A panic in the task is in the handle's result
/// Cost:      one allocation for the task, and its frame
///
///     auto const shared = std::make_shared<Document>();
///     auto handle = rt::spawn_local(edit, shared);
template <class Fn, class A = detail::NotGiven, class B = detail::NotGiven,
          class C = detail::NotGiven, class D = detail::NotGiven, class E = detail::NotGiven,
          class F = detail::NotGiven>
auto spawn_local(Fn&& fn, A&& a = {}, B&& b = {}, C&& c = {}, D&& d = {}, E&& e = {}, F&& f = {},
                 detail::Site site = detail::Site::current()) {
    return detail::with_given(
        [&]<class... Args>(Args&&... args) {
            return detail::spawn_local_on(detail::local_tasks_of_this_thread(site), site,
                                          std::forward<Fn>(fn), std::forward<Args>(args)...);
        },
        std::forward<A>(a), std::forward<B>(b), std::forward<C>(c), std::forward<D>(d),
        std::forward<E>(e), std::forward<F>(f));
}
template <class Fn, class... Args>
    requires detail::ManyArguments<Args...>
auto spawn_local(Fn&& fn, Args&&... args) {
    detail::Site const site;
    return detail::spawn_local_on(detail::local_tasks_of_this_thread(site), site,
                                  std::forward<Fn>(fn), std::forward<Args>(args)...);
}

}  // namespace tandem::rt
