#pragma once

#include <concepts>
#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "tandem/async/poll.hpp"
#include "tandem/async/waker.hpp"
#include "tandem/core/detail/raw_mutex.hpp"
#include "tandem/sync/arc.hpp"

namespace tandem::async::detail {

template <class A>
concept MemberCoAwait = requires(A&& awaitable) { std::forward<A>(awaitable).operator co_await(); };
template <class A>
concept FreeCoAwait = requires(A&& awaitable) { operator co_await(std::forward<A>(awaitable)); };

/// What co_await asks its three questions.
template <class A>
decltype(auto) awaiter_of(A&& awaitable) {
    if constexpr (MemberCoAwait<A>) {
        return std::forward<A>(awaitable).operator co_await();
    } else if constexpr (FreeCoAwait<A>) {
        return operator co_await(std::forward<A>(awaitable));
    } else {
        return std::forward<A>(awaitable);
    }
}

template <class A>
concept ForeignAwaitable = requires(A&& awaitable) {
    { awaiter_of(std::forward<A>(awaitable)).await_ready() } -> std::convertible_to<bool>;
    awaiter_of(std::forward<A>(awaitable)).await_resume();
};

/// What its co_await yields; an rvalue reference may refer to what ends with the awaiter, so that
/// one is made a value.
template <class T>
struct KeptAs {
    using Type = T;
};
template <class T>
struct KeptAs<T&&> {
    using Type = std::remove_const_t<T>;
};
template <class A>
using AwaitedFrom = typename KeptAs<decltype(awaiter_of(std::declval<A>()).await_resume())>::Type;

/// Where a foreign awaitable's result arrives: shared by the future that waits for it and the
/// coroutine that brings it, either of which may be the first to go.
template <class T>
class Arrival {
public:
    /// True once nothing more will come.
    [[nodiscard]] bool has_come(Context& cx) const {
        std::optional<Waker> waker(cx.waker().clone());
        RawLock const lock(mutex_);
        if (!over_) {
            waker_.swap(waker);
        }
        return over_;
    }  // the last waker ends when the lock is free: it was declared before

    template <class... Args>
    void put_value(Args&&... args) const {
        result_ = Poll<T>::ready(std::forward<Args>(args)...);
    }
    void put_error(std::exception_ptr error) const noexcept { error_ = std::move(error); }

    void tell() const noexcept {
        std::optional<Waker> waker;
        {
            RawLock const lock(mutex_);
            over_ = true;
            waker_.swap(waker);
        }
        if (waker) {
            waker->wake();
        }
    }

    /// The result, after has_come: nobody else touches it any more.
    Poll<T> take() const {
        if (error_ != nullptr) {
            std::rethrow_exception(std::exchange(error_, nullptr));
        }
        if (result_.is_pending()) [[unlikely]] {
            raise("the other library destroyed the awaiting coroutine: its result never comes");
        }
        return std::move(result_);
    }

private:
    using RawMutex = tandem::detail::RawMutex;
    using RawLock = tandem::detail::RawLock;

    mutable RawMutex mutex_;
    mutable std::optional<Waker> waker_;
    mutable bool over_ = false;
    mutable Poll<T> result_ = Poll<T>::pending();  // written before over_, read after
    mutable std::exception_ptr error_;
};

/// Tells that nothing more comes, when the coroutine ends or is destroyed by its resumer.
template <class T>
class TellAtEnd {
public:
    explicit TellAtEnd(sync::Arc<Arrival<T>> arrival) : arrival_(std::move(arrival)) {}
    TellAtEnd(TellAtEnd const&) = delete;
    TellAtEnd& operator=(TellAtEnd const&) = delete;
    ~TellAtEnd() { arrival_->tell(); }

    [[nodiscard]] Arrival<T> const& arrival() const noexcept { return *arrival_; }

private:
    sync::Arc<Arrival<T>> arrival_;
};

/// A coroutine that belongs to itself: it runs at once, and frees its frame at its end.
struct Bridge {
    struct promise_type {
        Bridge get_return_object() noexcept { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() noexcept {}
        void unhandled_exception() noexcept { std::terminate(); }  // cannot be: bridge() catches
    };
};

/// Awaits a foreign awaitable, which it takes away before it suspends.
template <class A, class T>
Bridge bridge(A& given, sync::Arc<Arrival<T>>& arrival_given) {
    TellAtEnd<T> const end(arrival_given.clone());
    try {
        A awaitable(std::move(given));
        auto&& awaiter = awaiter_of(std::move(awaitable));  // named, for g++ 12 copies an rvalue
        if constexpr (std::is_void_v<T>) {
            co_await awaiter;
            end.arrival().put_value();
        } else {
            end.arrival().put_value(co_await awaiter);
        }
    } catch (...) { end.arrival().put_error(std::current_exception()); }
}

}  // namespace tandem::async::detail
