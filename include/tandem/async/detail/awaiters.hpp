#pragma once

#include <concepts>
#include <coroutine>
#include <expected>
#include <type_traits>
#include <utility>

#include "tandem/async/detail/chain.hpp"
#include "tandem/async/detail/checked_types.hpp"
#include "tandem/async/detail/outcome.hpp"
#include "tandem/async/future.hpp"
#include "tandem/core/detail/is_result.hpp"

namespace tandem::async::detail {
inline namespace TANDEM_BUILD {

// What stands behind `co_await x` in a task, for each kind of x. All of them have a constructor:
// g++ 12 destroys an awaiter that is an aggregate twice.

/// co_await of a task. It takes the task's frame over, so that the task ends here, as soon as its
/// result is taken, wherever the Task object was declared.
template <class T>
class TaskAwaiter {
public:
    explicit TaskAwaiter(PromiseOf<T>* child) {
        if (child == nullptr) [[unlikely]] {
            raise("co_await of a Task that was moved from, or awaited before: a Task runs once");
        }
        link_.child = child;
    }
    TaskAwaiter(TaskAwaiter const&) = delete;
    TaskAwaiter& operator=(TaskAwaiter const&) = delete;
    ~TaskAwaiter() {
        if (link_.child != nullptr) {
            destroy_frame(*link_.child);
        }
    }

    [[nodiscard]] bool await_ready() const noexcept { return false; }

    template <class Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> parent) noexcept {
        link_.parent = &parent.promise();
        return !link_.parent->chain->descend(link_);
    }

    T await_resume() {
        return PromiseOf<T>::take_and_end(
            static_cast<PromiseOf<T>&>(*std::exchange(link_.child, nullptr)));
    }

private:
    Link link_;
};

/// co_await of any other future: polled where it stands, for the first time before the task
/// suspends at all.
///
/// `Kept` is F& for a future that outlives the expression, F where it has to be kept here.
template <class Kept>
class FutureAwaiter : Leaf {
    using F = std::remove_reference_t<Kept>;
    using Output = typename F::Output;

public:
    template <class From>
    FutureAwaiter(CoroutineBase& awaiting, From&& future) : future_(std::forward<From>(future)) {
        task = &awaiting;
    }
    FutureAwaiter(FutureAwaiter const&) = delete;
    FutureAwaiter& operator=(FutureAwaiter const&) = delete;
    ~FutureAwaiter() = default;

    [[nodiscard]] bool await_ready() {
        result_ = future_.poll(task->chain->context());
        return result_.is_ready();
    }

    void await_suspend(std::coroutine_handle<>) noexcept {
        task->chain->wait_for(*task, *this, functions);
    }

    Output await_resume() {
#if __cpp_exceptions
        if (result_.is_pending()) [[unlikely]] {
            std::rethrow_exception(std::exchange(task->chain->error, nullptr));
        }
#endif
        return std::move(result_).value();
    }

private:
    static bool poll_again(Leaf& leaf, Chain& chain) noexcept {
        auto& self = static_cast<FutureAwaiter&>(leaf);
        bool ready = false;
#if __cpp_exceptions
        try {
            self.result_ = self.future_.poll(chain.context());
            ready = self.result_.is_ready();
        } catch (...) {
            chain.error = std::current_exception();
            ready = true;
        }
#else
        self.result_ = self.future_.poll(chain.context());
        ready = self.result_.is_ready();
#endif
        if (ready) {
            chain.hand_back(leaf);
        }
        return ready;
    }

    static constexpr LeafKind functions{.poll = &FutureAwaiter::poll_again,
#if __STDC_HOSTED__
                                        .name = type_name<F>()
#else
                                        .name = {}
#endif
    };

    Kept future_;
    Poll<Output> result_ = Poll<Output>::pending();
};

/// co_await of a Result, Rust's `?`: goes on with the value, or ends the task with the error. The
/// task then never goes on from here: whoever awaits it ends its frame, and its locals with it.
template <class Given, class Ended>
class ResultAwaiter {
public:
    explicit ResultAwaiter(Given&& given) : given_(std::forward<Given>(given)) {}
    ResultAwaiter(ResultAwaiter const&) = delete;
    ResultAwaiter& operator=(ResultAwaiter const&) = delete;
    ~ResultAwaiter() = default;

    [[nodiscard]] bool await_ready() const noexcept { return given_.has_value(); }

    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> task) {
        task.promise().end_with(std::unexpect, std::forward<Given>(given_).error());
    }

    decltype(auto) await_resume() { return std::forward<Given>(given_).unwrap(); }

private:
    Given&& given_;
};

template <class R>
inline constexpr bool is_task = false;
template <class T>
inline constexpr bool is_task<Task<T>> = true;

template <class From, class To>
consteval bool check_result_in_task() {
    static_assert(is_result<To>,
                  "co_await of a Result ends the task with its error (Rust's `?`), so the task has "
                  "to return a Result: Task<Result<T, E>>. Or ask is_ok(), or unwrap() it");
    if constexpr (is_result<To>) {
        constexpr bool fits =
            std::constructible_from<typename To::error_type, typename From::error_type>;
        static_assert(fits,
                      "this Result's error is none that the task returns: convert it with "
                      "map_err(...), or let the task return an AnyError");
        return fits;
    } else {
        return false;
    }
}

template <class Awaited>
consteval bool check_awaited() {
    using Bare = std::remove_cvref_t<Awaited>;
    static_assert(Future<Bare>,
                  "co_await needs a Future (a Task, or anything with an Output and a poll), or a "
                  "Result. Another library's awaitable becomes one with from_awaitable(x)");
    if constexpr (Future<Bare>) {
        constexpr bool taken = std::constructible_from<Bare, Awaited>;
        static_assert(taken,
                      "co_await takes a future away: write co_await std::move(future), or "
                      "co_await std::ref(future) to poll it in place");
        return taken;
    } else {
        return false;
    }
}

/// What to co_await where nothing fits, so that the static_assert above is the only error.
struct Nothing : std::suspend_never {
    explicit Nothing() noexcept {}
};

template <class T, class Awaited>
auto awaiter_for(CoroutineBase& task, Awaited&& awaited) {
    using Bare = std::remove_cvref_t<Awaited>;
    if constexpr (is_result<Bare>) {
        if constexpr (check_result_in_task<Bare, T>()) {
            return ResultAwaiter<Awaited, T>(std::forward<Awaited>(awaited));
        } else {
            return Nothing();
        }
    } else if constexpr (!check_awaited<Awaited>()) {
        return Nothing();
    } else if constexpr (is_task<Bare>) {
        return TaskAwaiter<typename Bare::Output>(std::move(awaited).release());
    } else if constexpr (PolledItself<Bare> && std::is_rvalue_reference_v<Awaited&&>) {
        return FutureAwaiter<Bare&>(task, awaited);  // lives until the end of the expression
    } else {
        return FutureAwaiter<AsFuture<Bare>>(task, std::forward<Awaited>(awaited));
    }
}

}  // namespace TANDEM_BUILD
}  // namespace tandem::async::detail
