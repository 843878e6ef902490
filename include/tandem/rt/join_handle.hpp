#pragma once

#include <utility>

#include "tandem/async/future.hpp"
#include "tandem/core/detail/needs.hpp"
#include "tandem/core/result.hpp"
#include "tandem/rt/abort_handle.hpp"
#include "tandem/rt/detail/run_task.hpp"
#include "tandem/rt/detail/task_output.hpp"
#include "tandem/rt/id.hpp"
#include "tandem/rt/join_error.hpp"

namespace tandem::rt {

/// A spawned task, and the right to its result. It is a future of that.
///
/// Rust:   tokio::task::JoinHandle<T>
/// C++:    std::future of a std::async whose destructor does not wait
/// Errors: a panic in the task and its cancellation are the error. Dropping the handle detaches
///         the task; if that then panics, it is reported. Polled once it gave the result: panics
/// Cancel: nothing is lost; the task goes on
/// Wakes:  the thread that ran the task's end
///
///     JoinHandle<int> handle = rt::spawn(compute, 12);
///     int const result = (co_await std::move(handle)).unwrap();
template <class T>
class JoinHandle {
public:
    using Output = Result<T, JoinError>;
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<T>>;
    using tandem_sync = tandem::detail::Needs<tandem::detail::SendOf<T>>;

    /// For a scheduler: takes over one ownership of the task.
    explicit JoinHandle(detail::TaskHeader& task) noexcept : task_(&task) {}

    JoinHandle(JoinHandle&& other) noexcept : task_(std::exchange(other.task_, nullptr)) {}
    JoinHandle& operator=(JoinHandle&& other) noexcept {
        JoinHandle last(std::move(other));
        std::swap(task_, last.task_);
        return *this;
    }
    ~JoinHandle() {
        if (task_ != nullptr) {
            detail::detach(*task_);
        }
    }

    async::Poll<Output> poll(async::Context& cx) {
        if (task_ == nullptr) [[unlikely]] {
            detail::raise(
                "this JoinHandle gave its task's result already, or was moved from: the result "
                "can be had once");
        }
        if (!cx.poll_proceed() || !detail::is_over(*task_, cx)) {
            return async::Poll<Output>::pending();
        }
        cx.made_progress();
        Taken const taken(*this);
        return async::Poll<Output>::ready(taken.take());
    }

    /// Asks the task to end at its next suspension. It may still come to its result before.
    void abort() const noexcept {
        if (task_ != nullptr) {
            detail::abort(*task_);
        }
    }
    /// To abort it from elsewhere.
    [[nodiscard]] AbortHandle abort_handle() const { return AbortHandle(checked()); }

    /// Is it over? Then the result is there at once.
    [[nodiscard]] bool is_finished() const noexcept {
        return task_ == nullptr || task_->state.is_complete();
    }
    [[nodiscard]] Id id() const { return Id(checked().state.id()); }

    /// For a JoinSet: gives the ownership away, and the right to the result.
    [[nodiscard]] detail::TaskHeader& release() && {
        detail::TaskHeader& task = checked();
        task_ = nullptr;
        return task;
    }

private:
    /// The output is taken: what is left of it ends, and the handle is over.
    struct Taken {
        explicit Taken(JoinHandle& handle) noexcept : task(*std::exchange(handle.task_, nullptr)) {}
        Taken(Taken const&) = delete;
        Taken& operator=(Taken const&) = delete;
        ~Taken() {
            task.kind->drop_output(task);
            detail::remove_owner(task);
        }

        [[nodiscard]] Output take() const {
            auto& output = *static_cast<detail::TaskOutput<T>*>(task.kind->output(task));
            return output.take(Id(task.state.id()));
        }

        detail::TaskHeader& task;
    };

    [[nodiscard]] detail::TaskHeader& checked() const {
        if (task_ == nullptr) [[unlikely]] {
            detail::raise("this JoinHandle gave its task's result already, or was moved from");
        }
        return *task_;
    }

    detail::TaskHeader* task_;  // null once the result is given, or moved from
};

}  // namespace tandem::rt
