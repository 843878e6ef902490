#pragma once

#include <type_traits>
#include <utility>

#include "tandem/async/future.hpp"
#include "tandem/core/detail/needs.hpp"

namespace tandem::async {

namespace detail {

template <class P>
inline constexpr bool is_poll = false;
template <class T>
inline constexpr bool is_poll<Poll<T>> = true;

template <class P>
struct PolledOf;
template <class T>
struct PolledOf<Poll<T>> {
    using Type = T;
};

}  // namespace detail

/// A future whose poll is a function of yours.
///
/// Rust:      std::future::PollFn
/// Unchecked: returning pending without having seen to a wake-up: it sleeps for ever
/// Cancel:    the function is dropped, and what it owns with it
/// Wakes:     as the function arranges
template <class Fn>
class [[nodiscard]] PollFn {
    using Polled = std::invoke_result_t<Fn&, Context&>;

public:
    using Output = typename detail::PolledOf<Polled>::Type;
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<Fn>>;

    explicit PollFn(Fn fn) : fn_(std::move(fn)) {}

    Poll<Output> poll(Context& cx) { return fn_(cx); }

private:
    Fn fn_;
};

/// Rust: std::future::poll_fn
///
///     auto ticks = poll_fn([n = 3](Context& cx) mutable {
///         cx.waker().wake_by_ref();
///         return --n == 0 ? Poll<void>::ready() : Poll<void>::pending();
///     });
template <class Fn>
auto poll_fn(Fn&& fn) {
    constexpr bool callable = std::is_invocable_v<std::decay_t<Fn>&, Context&>;
    static_assert(callable, "poll_fn wants a function of a Context&, that returns a Poll");
    if constexpr (callable) {
        constexpr bool polls = detail::is_poll<std::invoke_result_t<std::decay_t<Fn>&, Context&>>;
        static_assert(polls,
                      "poll_fn's function has to return a Poll: Poll<T>::ready(value) or "
                      "Poll<T>::pending()");
        if constexpr (polls) {
            return PollFn<std::decay_t<Fn>>(std::forward<Fn>(fn));
        }
    }
}

}  // namespace tandem::async
