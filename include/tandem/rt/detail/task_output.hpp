#pragma once

#include <cstdint>
#include <exception>
#include <new>
#include <type_traits>
#include <utility>

#include "tandem/core/result.hpp"
#include "tandem/rt/join_error.hpp"

namespace tandem::rt::detail {

/// What a task has ended with, from its end until its handle takes it: smaller than the Result that
/// becomes of it.
template <class T>
class TaskOutput {
    struct Nothing {};
    using Value = std::conditional_t<std::is_void_v<T>, Nothing, T>;

public:
    template <class... From>
    explicit TaskOutput(std::in_place_t, From&&... from)
        : value_(std::forward<From>(from)...), is_value_(true) {}
    /// Null: it was cancelled.
    explicit TaskOutput(std::exception_ptr panic) noexcept
        : panic_(std::move(panic)), is_value_(false) {}
    TaskOutput(TaskOutput const&) = delete;
    TaskOutput& operator=(TaskOutput const&) = delete;
    ~TaskOutput() noexcept(std::is_nothrow_destructible_v<Value>) {
        if (is_value_) {
            value_.~Value();
        } else {
            panic_.~exception_ptr();
        }
    }

    [[nodiscard]] bool is_panic() const noexcept { return !is_value_ && panic_ != nullptr; }

    /// Why it is no value.
    [[nodiscard]] JoinError error(Id task) const noexcept {
        return panic_ == nullptr ? JoinError::cancelled(task) : JoinError::panic(task, panic_);
    }

    /// A panic that was taken is nobody's to report any more.
    [[nodiscard]] Result<T, JoinError> take(Id task) {
        if (!is_value_) {
            JoinError taken = error(task);
            panic_ = nullptr;
            return Err(std::move(taken));
        }
        if constexpr (std::is_void_v<T>) {
            return Ok();
        } else {
            return Result<T, JoinError>(std::in_place, std::move(value_));
        }
    }

private:
    union {
        [[no_unique_address]] Value value_;
        std::exception_ptr panic_;
    };
    bool is_value_;
};

}  // namespace tandem::rt::detail
