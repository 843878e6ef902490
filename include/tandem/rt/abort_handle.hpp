#pragma once

#include <utility>

#include "tandem/core/detail/raise.hpp"
#include "tandem/rt/detail/run_task.hpp"
#include "tandem/rt/id.hpp"

namespace tandem::rt {

/// The right to end a task, without the right to its result.
///
/// Rust: tokio::task::AbortHandle
/// C++:  std::stop_source, but the task need not look: it ends at its next suspension
///
///     AbortHandle const stop = handle.abort_handle();
///     stop.abort();                              // from any thread, as often as you like
class AbortHandle {
public:
    using tandem_send = void;
    using tandem_sync = void;

    explicit AbortHandle(detail::TaskHeader& task) noexcept : task_(&task) {
        task.state.add_owner();
    }
    AbortHandle(AbortHandle&& other) noexcept : task_(std::exchange(other.task_, nullptr)) {}
    AbortHandle& operator=(AbortHandle&& other) noexcept {
        AbortHandle last(std::move(other));
        std::swap(task_, last.task_);
        return *this;
    }
    ~AbortHandle() {
        if (task_ != nullptr) {
            detail::remove_owner(*task_);
        }
    }

    [[nodiscard]] AbortHandle clone() const { return AbortHandle(checked()); }

    /// As JoinHandle::abort.
    void abort() const noexcept {
        if (task_ != nullptr) {
            detail::abort(*task_);
        }
    }
    [[nodiscard]] bool is_finished() const noexcept {
        return task_ == nullptr || task_->state.is_complete();
    }
    [[nodiscard]] Id id() const { return Id(checked().state.id()); }

private:
    [[nodiscard]] detail::TaskHeader& checked() const {
        if (task_ == nullptr) [[unlikely]] {
            tandem::detail::raise("this AbortHandle was moved from");
        }
        return *task_;
    }

    detail::TaskHeader* task_;  // null once moved from
};

}  // namespace tandem::rt
