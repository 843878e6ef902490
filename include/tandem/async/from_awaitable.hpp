#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include "tandem/async/detail/bridge.hpp"
#include "tandem/async/future.hpp"
#include "tandem/core/detail/needs.hpp"
#include "tandem/core/detail/unwinding.hpp"

namespace tandem::async {

/// Another library's awaitable as a Future: it is co_awaited when this is first polled.
///
/// Rust:      nothing: there, all libraries poll
/// C++:       a coroutine that co_awaits it and keeps the result
/// Unchecked: what the awaitable refers to must live until it resumes, even if this is dropped
/// Errors:    an exception from the awaitable comes out of the poll. If the other library destroys
///            the coroutine that awaits instead of resuming it, the poll panics
/// Cost:      two allocations, at the first poll
/// Cancel:    before the first poll, nothing has begun. Later the awaited operation goes on to its
///            end, and its result is dropped: few libraries can take a resumption back
/// Wakes:     whoever resumes the awaitable
///
///     Task<int> ours() { co_return co_await from_awaitable(theirs()); }
template <class A>
class [[nodiscard]] FromAwaitable {
public:
    using Output = detail::AwaitedFrom<A>;
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<A>>;

    explicit FromAwaitable(A awaitable) : awaitable_(std::move(awaitable)) {}

    Poll<Output> poll(Context& cx) {
        if (awaitable_) {
            begin();
        } else if (!arrival_) [[unlikely]] {
            detail::raise("this future was ready before: it is not polled again");
        }
        if (!(*arrival_)->has_come(cx)) {
            return Poll<Output>::pending();
        }
        auto const arrival = *std::exchange(arrival_, std::nullopt);
        return arrival->take();
    }

private:
    using Arrival = detail::Arrival<Output>;

    void begin() {
        arrival_.emplace(sync::make_arc<Arrival>());
        tandem::detail::CoroutineEntered const entered;
        detail::bridge<A, Output>(*awaitable_, *arrival_);
        awaitable_.reset();
    }

    std::optional<A> awaitable_;                 // until the first poll
    std::optional<sync::Arc<Arrival>> arrival_;  // from then on
};

template <class A>
auto from_awaitable(A&& awaitable) {
    using Kept = std::decay_t<A>;
    static_assert(detail::ForeignAwaitable<Kept>,
                  "from_awaitable wants what a plain coroutine can co_await: await_ready, "
                  "await_suspend and await_resume, or an operator co_await that yields them");
    constexpr bool taken = std::is_constructible_v<Kept, A>;
    static_assert(taken, "an awaitable is given away to be waited for: write std::move(it)");
    if constexpr (detail::ForeignAwaitable<Kept> && taken) {
        return FromAwaitable<Kept>(std::forward<A>(awaitable));
    }
}

}  // namespace tandem::async
