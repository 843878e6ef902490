// The smallest coroutine there is, to test what the library promises to code inside coroutines
// without its own Task: it runs in steps, each of them on whatever thread calls step().
#pragma once

#include <coroutine>
#include <exception>
#include <utility>

#include "tandem/core/detail/unwinding.hpp"

namespace tandem::testing {

/// Starts suspended; `co_await std::suspend_always{}` ends a step. Enters the coroutine as every
/// executor of the library must: behind a CoroutineEntered, also to destroy it.
class Steps {
public:
    struct promise_type {
        Steps get_return_object() {
            return Steps(std::coroutine_handle<promise_type>::from_promise(*this));
        }
        std::suspend_always initial_suspend() noexcept { return {}; }
        std::suspend_always final_suspend() noexcept { return {}; }
        void return_void() noexcept {}
        void unhandled_exception() noexcept { exception = std::current_exception(); }

        std::exception_ptr exception;
    };

    Steps(Steps&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    Steps& operator=(Steps&&) = delete;
    ~Steps() {
        if (handle_ != nullptr) {
            detail::CoroutineEntered const entered;
            handle_.destroy();
        }
    }

    /// Runs to the next co_await, or to the end.
    void step() {
        detail::CoroutineEntered const entered;
        handle_.resume();
    }

    [[nodiscard]] bool done() const { return handle_.done(); }
    /// An exception left the coroutine.
    [[nodiscard]] bool failed() const { return handle_.promise().exception != nullptr; }

private:
    explicit Steps(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}

    std::coroutine_handle<promise_type> handle_;
};

/// Runs `fn` in the middle of an exception: from a destructor, while the stack unwinds.
template <class Fn>
void while_unwinding(Fn fn) {
    struct InDestructor {
        Fn& run;
        ~InDestructor() { run(); }
    };
    try {
        InDestructor const last{fn};
        throw 0;
    } catch (int) { return; }
}

}  // namespace tandem::testing
