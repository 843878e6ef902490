#pragma once

#include <type_traits>
#include <utility>

#include "tandem/async/block.hpp"
#include "tandem/async/future.hpp"
#include "tandem/rt/builder.hpp"

namespace tandem::rt {

namespace detail {

template <class Made = Runtime>  // a template, so that only who calls run compiles it
Made runtime_for_main() {
    return Builder::new_multi_thread().enable_all().build<Made>().expect("rt::run");
}

}  // namespace detail

/// Runs an asynchronous main on a runtime of its own, with a thread a processor, timers and
/// sockets, and yields what it returns: what is put around a program that is all tasks.
///
/// Rust:   #[tokio::main]
/// C++:    nothing: here main itself is no coroutine
/// Errors: panics if the system has no threads to give; an exception from fn comes out here
///
///     Task<int> async_main() { … co_return 0; }
///     int main() { return rt::run(async_main); }
template <class Fn, class A = detail::NotGiven, class B = detail::NotGiven,
          class C = detail::NotGiven, class D = detail::NotGiven, class E = detail::NotGiven,
          class F = detail::NotGiven>
auto run(Fn&& fn, A&& a = {}, B&& b = {}, C&& c = {}, D&& d = {}, E&& e = {}, F&& f = {},
         detail::Site site = detail::Site::current()) {
    detail::forbid_blocking("rt::run", "co_await the future", site);
    Runtime const runtime = detail::runtime_for_main();
    if constexpr (async::Future<Fn>) {
        return runtime.block_on(std::forward<Fn>(fn), site);
    } else {
        auto main = detail::with_given(
            [&]<class... Args>(Args&&... args) {
                return async::block(std::forward<Fn>(fn), std::forward<Args>(args)...);
            },
            std::forward<A>(a), std::forward<B>(b), std::forward<C>(c), std::forward<D>(d),
            std::forward<E>(e), std::forward<F>(f));
        return runtime.block_on(std::move(main), site);
    }
}

}  // namespace tandem::rt
