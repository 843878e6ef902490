#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include "tandem/async/poll.hpp"
#include "tandem/async/waker.hpp"

namespace tandem::async {

namespace detail {

template <class F>
concept PolledItself = requires(F& future, Context& cx) {
    typename F::Output;
    { future.poll(cx) } -> std::same_as<Poll<typename F::Output>>;
};

/// std::reference_wrapper, known by its members: its header does not exist on bare metal.
template <class F>
concept PolledByReference = requires(F const& reference) {
    typename F::type;
    { reference.get() } -> std::same_as<typename F::type&>;
} && PolledItself<typename F::type>;

/// `std::ref(future)`: polls a future that stays where it is. Rust: &mut future
template <PolledItself F>
class Borrowed {
public:
    using Output = typename F::Output;

    explicit Borrowed(F& future) noexcept : future_(&future) {}

    Poll<Output> poll(Context& cx) { return future_->poll(cx); }

private:
    F* future_;
};

template <class F>
struct AsFutureOf {
    using Type = F;
};
template <PolledByReference F>
struct AsFutureOf<F> {
    using Type = Borrowed<typename F::type>;
};

/// What a combinator keeps of a future it was given.
template <class F>
using AsFuture = typename AsFutureOf<std::remove_cvref_t<F>>::Type;

}  // namespace detail

/// Anything with a value to come: it names its Output, and can be polled for it. It does not know
/// who polls it; that is why the same future runs under any executor. `std::ref(future)` counts as
/// one that polls `future` in place.
///
/// Rust:      std::future::Future
/// C++:       nothing: std::future is a finished promise, not a thing that makes progress
/// Unchecked: polling on after the value came, or moving after the first poll. A Future that is
///            dropped is cancelled.
///
///     class Countdown {
///     public:
///         using Output = void;
///         Poll<void> poll(Context& cx);
///     };
template <class F>
concept Future = detail::PolledItself<std::remove_cvref_t<F>> ||
                 detail::PolledByReference<std::remove_cvref_t<F>>;

/// What a future is ready with.
template <Future F>
using OutputOf = typename detail::AsFuture<F>::Output;

namespace detail {

/// Stands between a combinator and the future it was given: takes an rvalue away, copies an lvalue
/// where that is allowed, and says what to write where it is not.
template <class F>
consteval bool check_taken() {
    static_assert(Future<F>,
                  "this is not a Future: it needs an Output and Poll<Output> poll(Context&). "
                  "Another library's awaitable becomes one with from_awaitable(x)");
    constexpr bool taken = std::constructible_from<std::remove_cvref_t<F>, F>;
    static_assert(taken || !Future<F>,
                  "a future is given away to be waited for: write std::move(future), or "
                  "std::ref(future) to keep it and poll it in place");
    return Future<F> && taken;
}

}  // namespace detail

}  // namespace tandem::async
