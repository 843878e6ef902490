#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <utility>

#include "tandem/core/detail/raise.hpp"
#include "tandem/rt/id.hpp"
#include "tandem/thread/panic_payload.hpp"

namespace tandem::rt {

namespace detail {

using namespace tandem::detail;  // inside rt, detail:: means both

}  // namespace detail

/// Why a task has no result: it was cancelled, or an exception left it.
///
/// Rust:   tokio::task::JoinError
/// C++:    what std::future::get throws, as a value
/// Errors: into_panic() of a task that was cancelled panics
///
///     if (auto result = co_await std::move(handle); result.is_err()) {
///         log(result.error().message());
///     }
class JoinError {
public:
    using tandem_send = void;
    using tandem_sync = void;

    [[nodiscard]] static JoinError cancelled(Id task) noexcept { return {task, nullptr}; }
    [[nodiscard]] static JoinError panic(Id task, std::exception_ptr exception) noexcept {
        return {task, std::move(exception)};
    }

    [[nodiscard]] bool is_cancelled() const noexcept { return exception_ == nullptr; }
    [[nodiscard]] bool is_panic() const noexcept { return exception_ != nullptr; }

    /// What left the task.
    [[nodiscard]] thread::PanicPayload into_panic() const {
        if (is_cancelled()) {
            detail::raise("into_panic() of a task that was cancelled: ask is_panic() first");
        }
        return thread::PanicPayload(exception_);
    }

    /// The task's. Rust: JoinError::id
    [[nodiscard]] Id id() const noexcept { return id_; }

    /// "task 3 was cancelled", or "task 3 panicked: " and what the exception says of itself.
    [[nodiscard]] std::string message() const {
        std::string const who = "task " + std::to_string(id_.as_u64());
        return is_cancelled() ? who + " was cancelled"
                              : who + " panicked: " + detail::exception_text(exception_);
    }

private:
    JoinError(Id task, std::exception_ptr exception) noexcept
        : exception_(std::move(exception)), id_(task) {}

    std::exception_ptr exception_;  // null: cancelled
    Id id_;
};

}  // namespace tandem::rt
