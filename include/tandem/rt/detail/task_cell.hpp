#pragma once

#include <cstddef>
#include <exception>
#include <new>
#include <source_location>
#include <tuple>
#include <type_traits>
#include <utility>

#include "tandem/async/detail/escaped.hpp"
#include "tandem/async/detail/frame_memory.hpp"
#include "tandem/async/future.hpp"
#include "tandem/core/detail/call.hpp"
#include "tandem/core/detail/polling.hpp"
#include "tandem/core/detail/spawn_checks.hpp"
#include "tandem/core/diagnostics.hpp"
#include "tandem/core/result.hpp"
#include "tandem/rt/detail/task_header.hpp"
#include "tandem/rt/detail/task_output.hpp"
#include "tandem/rt/join_error.hpp"

namespace tandem::rt::detail {

using async::Poll;

/// A function, its arguments, and the future that it made of them, which may refer to them. It is
/// built where it stays.
template <class Fn, class... Args>
class Call {
    using Returned = SpawnResult<Fn, Args...>;

public:
    using Output = async::OutputOf<Returned>;

    template <class F, class... Passed>
    explicit Call(F&& fn, Passed&&... args)
        : fn_(std::forward<F>(fn)),
          args_(std::forward<Passed>(args)...),
          future_(std::apply(
              [this](Args&... each) -> Returned {
                  return tandem::detail::call(std::move(fn_), unwrapped(each)...);
              },
              args_)) {}
    Call(Call const&) = delete;
    Call& operator=(Call const&) = delete;
    ~Call() noexcept(false) = default;

    Poll<Output> poll(Context& cx) { return future_.poll(cx); }

    [[nodiscard]] auto const& future() const noexcept { return future_; }

private:
    // In this order, so that the future ends first.
    [[no_unique_address]] Fn fn_;
    [[no_unique_address]] std::tuple<Args...> args_;
    async::detail::AsFuture<Returned> future_;
};

/// A function that blocks, as a future that is ready when it is polled.
template <class Fn, class... Args>
class BlockingCall {
public:
    using Output = SpawnResult<Fn, Args...>;
    static constexpr bool blocks = true;

    template <class F, class... Passed>
    explicit BlockingCall(F&& fn, Passed&&... args)
        : fn_(std::forward<F>(fn)), args_(std::forward<Passed>(args)...) {}
    BlockingCall(BlockingCall const&) = delete;
    BlockingCall& operator=(BlockingCall const&) = delete;
    ~BlockingCall() noexcept(false) = default;

    Poll<Output> poll(Context&) {
        auto const call = [this](Args&... each) -> Output {
            return tandem::detail::call(std::move(fn_), unwrapped(each)...);
        };
        if constexpr (std::is_void_v<Output>) {
            std::apply(call, args_);
            return Poll<void>::ready();
        } else {
            return Poll<Output>::ready(std::apply(call, args_));
        }
    }

private:
    [[no_unique_address]] Fn fn_;
    [[no_unique_address]] std::tuple<Args...> args_;
};

/// Tells of a panic that nobody can be told of, with the place where the task was spawned.
[[gnu::cold]] inline void report_uncollected(TaskHeader const& task, JoinError const& error) {
    std::string text = error.message();
    text += ". Nobody has asked for its result; it was spawned at " + place(task.site);
    report(Diagnostic{.message = "tandem: " + text, .location = task.site});
}

/// The latest co_await of a coroutine, where a checked build has noted it.
template <class Watch>
[[nodiscard]] std::source_location latest_await(Watch const& watch) noexcept {
    if constexpr (requires { watch.awaiting(); }) {
        return watch.awaiting();
    } else {
        return {};
    }
}

/// What a future waits for: of a Task, the leaf of its chain knows; others are what they are.
template <class F>
[[nodiscard]] Waiting waiting_of(F const& future) noexcept {
    if constexpr (requires { future.future(); }) {
        return waiting_of(future.future());
    } else if constexpr (requires { future.leaf(); }) {
        auto const* const leaf = future.leaf();
        return leaf == nullptr
                   ? Waiting{}
                   : Waiting{.name = leaf->awaited->kind->name, .site = latest_await(leaf->watch)};
    } else {
        return {.name = type_name<F>(), .site = {}};
    }
}

/// A task as it lies in memory: the header, and its future, in whose place the output comes.
template <class F>
class TaskCell final : public TaskHeader {
    using T = typename F::Output;
    using Output = TaskOutput<T>;

public:
    template <class... From>
    explicit TaskCell(std::source_location spawned_at, From&&... from)
        : TaskHeader(functions, spawned_at), future_(std::forward<From>(from)...) {}
    TaskCell(TaskCell const&) = delete;
    TaskCell& operator=(TaskCell const&) = delete;

    /// Recycled by the thread, as coroutine frames are.
    static void* operator new(std::size_t size) { return async::detail::allocate_frame(size); }
    static void operator delete(void* memory, std::size_t size) noexcept {
        async::detail::free_frame(memory, size);
    }
    static void* operator new(std::size_t size, std::align_val_t alignment) {
        return ::operator new(size, alignment);
    }
    static void operator delete(void* memory, std::align_val_t alignment) noexcept {
        ::operator delete(memory, alignment);
    }

private:
    ~TaskCell() {}  // NOLINT(modernize-use-equals-default): the union is empty by now

    static TaskCell& of(TaskHeader& task) noexcept { return static_cast<TaskCell&>(task); }

    static bool poll(TaskHeader& task, Context& cx) noexcept {
        TaskCell& self = of(task);
        bool has_future = true;
        try {
            auto polled = self.poll_future(cx);
            if (polled.is_pending()) {
                return false;
            }
            has_future = false;
            self.future_.~F();
            if constexpr (std::is_void_v<T>) {
                ::new (static_cast<void*>(&self.output_)) Output(std::in_place);
            } else {
                ::new (static_cast<void*>(&self.output_))
                    Output(std::in_place, std::move(polled).value());
            }
        } catch (...) {
            std::exception_ptr const panic = std::current_exception();
            if (has_future) {
                self.end_future();
            }
            self.fail(panic);
        }
        return true;
    }

    Poll<T> poll_future(Context& cx) {
        if constexpr (requires { F::blocks; }) {
            return future_.poll(cx);  // in a thread that is there for it
        } else {
            PollingTask const polling(site);
            return future_.poll(cx);
        }
    }

    static void cancel(TaskHeader& task) noexcept {
        TaskCell& self = of(task);
        self.fail(self.end_future());
    }

    /// Yields what a destructor in it has thrown.
    std::exception_ptr end_future() noexcept {
        async::detail::CatchEscaped const escaped;
        try {
            future_.~F();
        } catch (...) { return std::current_exception(); }
        return escaped.first();
    }

    /// Null: it was cancelled.
    void fail(std::exception_ptr panic) noexcept {
        ::new (static_cast<void*>(&output_)) Output(std::move(panic));
    }

    static void drop_output(TaskHeader& task) noexcept {
        TaskCell& self = of(task);
        Id const id(task.state.id());
        if (self.output_.is_panic()) {
            report_uncollected(task, self.output_.error(id));
        }
        try {
            self.output_.~Output();
        } catch (...) { report_uncollected(task, JoinError::panic(id, std::current_exception())); }
    }

    static Waiting waiting(TaskHeader& task) noexcept { return waiting_of(of(task).future_); }

    static void* output(TaskHeader& task) noexcept { return &of(task).output_; }
    static void destroy(TaskHeader& task) noexcept { delete &of(task); }

    static constexpr TaskKind functions{
        .poll = &TaskCell::poll,
        .cancel = &TaskCell::cancel,
        .drop_output = &TaskCell::drop_output,
        .output = &TaskCell::output,
        .destroy = &TaskCell::destroy,
        .waiting = &TaskCell::waiting,
    };

    union {
        F future_;       // until it has ended
        Output output_;  // from then on, until it is taken or dropped
    };
};

}  // namespace tandem::rt::detail
