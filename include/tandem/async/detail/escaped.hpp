#pragma once

// What becomes of an exception that leaves a destructor while a coroutine is dropped. No caller
// expects it there: ~Task is noexcept. So it goes to whoever has said that he takes it, a runtime
// that drops a task; else it is reported.

#if __STDC_HOSTED__ && __cpp_exceptions

#include <exception>
#include <utility>

#include "tandem/core/detail/panic_text.hpp"
#include "tandem/core/detail/report.hpp"

namespace tandem::async::detail {

/// Takes the first exception that escapes from what this thread drops, for a scope.
class CatchEscaped {
public:
    CatchEscaped() noexcept : outer_(std::exchange(innermost(), this)) {}
    CatchEscaped(CatchEscaped const&) = delete;
    CatchEscaped& operator=(CatchEscaped const&) = delete;
    ~CatchEscaped() { innermost() = outer_; }

    [[nodiscard]] std::exception_ptr const& first() const noexcept { return first_; }

    [[gnu::cold, gnu::noinline]] static void hand_over(std::exception_ptr exception) noexcept {
        CatchEscaped* const here = innermost();
        if (here == nullptr) {
            tandem::detail::report(
                {.message = "tandem: an exception left a destructor while a Task was dropped: " +
                            tandem::detail::text_with_place(exception),
                 .location = tandem::detail::exception_location(exception)});
        } else if (here->first_ == nullptr) {
            here->first_ = std::move(exception);
        }
    }

private:
    /// Noinline, for clang keeps the address of a thread-local across a coroutine's suspension.
    [[gnu::noinline]] static CatchEscaped*& innermost() noexcept {
        thread_local constinit CatchEscaped* innermost = nullptr;
        return innermost;
    }

    std::exception_ptr first_;
    CatchEscaped* outer_;
};

}  // namespace tandem::async::detail

#endif
