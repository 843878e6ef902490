#pragma once

#include <exception>

namespace tandem::detail {

/// How many exceptions this thread was carrying when it entered the coroutine it now runs.
/// std::uncaught_exceptions() counts for a thread, and a coroutine is resumed, or destroyed, by a
/// thread that may be in the middle of an exception which is none of the coroutine's business.
inline thread_local int exceptions_outside = 0;

/// How many exceptions are in flight in the code at hand: in the innermost running coroutine, or
/// in the thread outside of all coroutines. Noinline, for clang keeps the address of a
/// thread-local across a suspension, after which the thread may be another.
[[gnu::noinline]] inline int exceptions_in_flight() noexcept {
    return std::uncaught_exceptions() - exceptions_outside;
}

/// Stands around every resumption and destruction of a coroutine frame.
class CoroutineEntered {
public:
    CoroutineEntered() noexcept : before_(exceptions_outside) {
        exceptions_outside = std::uncaught_exceptions();
    }
    CoroutineEntered(CoroutineEntered const&) = delete;
    CoroutineEntered& operator=(CoroutineEntered const&) = delete;
    ~CoroutineEntered() { exceptions_outside = before_; }

private:
    int before_;
};

}  // namespace tandem::detail
