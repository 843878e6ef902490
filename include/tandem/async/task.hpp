#pragma once

#include <type_traits>
#include <utility>

#include "tandem/async/detail/chain.hpp"
#include "tandem/async/detail/checked_types.hpp"
#include "tandem/async/detail/promise.hpp"
#include "tandem/async/future.hpp"
#include "tandem/core/detail/needs.hpp"

namespace tandem {

/// A coroutine that is a Future. Nothing in it runs until it is awaited or polled; dropping it
/// wherever it waits ends its locals in order, and cancels what it waits for.
///
/// Rust:      an async fn: `async fn f() -> T` is `Task<T> f()`
/// C++:       a lazy coroutine; `co_await x` is `x.await`, and `co_await result` is `result?`
/// Unchecked: a reference parameter is only kept as a reference: what it refers to must outlive
///            the Task. rustc sees it; here, pass a value, or await the Task in the same expression
/// Errors:    an exception crosses co_await as it is; a Task that is polled once it is done panics
/// Cost:      one frame from the heap, recycled by the thread
/// Cancel:    drop it: locals end in order, and what it awaited is cancelled with it
/// Wakes:     as whatever it awaits does
///
///     Task<int> answer() { co_return 42; }
///     Task<int> twice() { co_return 2 * co_await answer(); }
///     int const n = block_on(twice());
template <class T>  // void, where nothing is said
class [[nodiscard]] async::Task {
public:
    using Output = T;
    using promise_type = detail::Promise<T>;
    using tandem_send = detail::Never;  // its frame may hold references

    Task(Task&& other, detail::CallSite where = detail::CallSite::current()) noexcept
        : promise_(std::exchange(other.promise_, nullptr)) {
        if (detail::checked_build && promise_ != nullptr && promise_->leaf != nullptr)
            [[unlikely]] {
            promise_->watch.report_move(where);
        }
    }
    Task& operator=(Task&& other) noexcept {
        Task last(std::move(other));
        std::swap(promise_, last.promise_);
        return *this;
    }
    ~Task() {
        if (promise_ != nullptr) {
            detail::destroy_chain(*promise_);
        }
    }

    /// Runs the coroutine until it waits for something, or to its end.
    Poll<T> poll(Context& cx, detail::CallSite where = detail::CallSite::current()) {
        if (promise_ == nullptr) [[unlikely]] {
            detail::raise(
                "this Task is over, or was moved from: a Task runs once, and is not "
                "polled again after its value came");
        }
        promise_->watch.begin_poll(where);
        detail::Chain chain(*promise_, cx);
        if (!chain.run()) {
            promise_->watch.end_poll();
            return Poll<T>::pending();
        }
        detail::PromiseOf<T>& ended = *std::exchange(promise_, nullptr);
        if constexpr (std::is_void_v<T>) {
            detail::PromiseOf<T>::take_and_end(ended);
            return Poll<T>::ready();
        } else {
            return Poll<T>::ready(detail::PromiseOf<T>::take_and_end(ended));
        }
    }

    /// What it waits for, while it is not polled: the leaf of its chain, and that one's future.
    /// Null before its first poll. For a runtime that tells.
    [[nodiscard]] detail::CoroutineBase const* leaf() const noexcept {
        return promise_ != nullptr ? promise_->leaf : nullptr;
    }

    /// False for a Task that was moved from, is over, or found no room on bare metal.
    [[nodiscard]] explicit operator bool() const noexcept { return promise_ != nullptr; }

    /// Gives the coroutine's frame away, to whoever polls it from now on.
    [[nodiscard]] promise_type* release() && noexcept { return std::exchange(promise_, nullptr); }

private:
    friend promise_type;

    Task() noexcept = default;
    explicit Task(promise_type& promise) noexcept : promise_(&promise) {
        static_assert(alignof(promise_type) == alignof(detail::CoroutineBase),
                      "a frame is found by its promise's base");
    }

    promise_type* promise_ = nullptr;
};

#if !__STDC_HOSTED__
namespace async::detail {

template <class T>
Task<T> Promise<T>::get_return_object_on_allocation_failure() noexcept {
    return Task<T>();
}

}  // namespace async::detail
#endif

}  // namespace tandem
