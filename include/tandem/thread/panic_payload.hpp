#pragma once

#include <exception>
#include <source_location>
#include <string>
#include <utility>

#include "tandem/core/detail/panic_text.hpp"

namespace tandem::thread {

/// What a thread left behind that ended in an exception.
///
/// Rust: the Box<dyn Any + Send> in Err of JoinHandle::join
/// C++:  std::exception_ptr that can be asked for its text
///
///     if (auto result = handle.join(); result.is_err()) {
///         fmt::print(stderr, "worker failed: {}\n", result.error().message());
///     }
class PanicPayload {
public:
    using tandem_send = void;
    using tandem_sync = void;

    explicit PanicPayload(std::exception_ptr exception) noexcept
        : exception_(std::move(exception)) {}

    /// The exception's what(), or the text that was thrown.
    [[nodiscard]] std::string message() const { return detail::exception_text(exception_); }
    /// Where it was thrown, if by `panic`; else line() is 0.
    [[nodiscard]] std::source_location location() const {
        return detail::exception_location(exception_);
    }
    [[nodiscard]] std::exception_ptr const& exception() const noexcept { return exception_; }

    /// Throws the exception on in this thread. Rust: std::panic::resume_unwind
    [[noreturn]] void rethrow() const { std::rethrow_exception(exception_); }

private:
    std::exception_ptr exception_;
};

}  // namespace tandem::thread
