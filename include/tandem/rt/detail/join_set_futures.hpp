#pragma once

#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "tandem/async/detail/stored.hpp"
#include "tandem/async/future.hpp"
#include "tandem/core/detail/needs.hpp"
#include "tandem/rt/detail/joined_tasks.hpp"
#include "tandem/rt/id.hpp"
#include "tandem/rt/join_error.hpp"
#include "tandem/rt/join_handle.hpp"

namespace tandem::rt {

namespace detail {

/// Takes over a task that has ended.
template <class T>
Result<T, JoinError> result_of(TaskHeader& task) {
    async::Waker const nobody = async::Waker::noop();
    async::Context cx(nobody);
    return JoinHandle<T>(task).poll(cx).value();
}
template <class T>
std::optional<Result<T, JoinError>> joined(TaskHeader* task) {
    return task != nullptr ? std::optional(result_of<T>(*task)) : std::nullopt;
}

}  // namespace detail

/// Rust:   what JoinSet::join_next returns
/// Cancel: nothing is lost: the tasks stay in the set, and so do their results
/// Wakes:  the thread that ran the task's end
template <class T>
class [[nodiscard]] JoinNext {
public:
    using Output = std::optional<Result<T, JoinError>>;

    explicit JoinNext(detail::JoinedTasks& tasks) noexcept : next_(tasks) {}

    async::Poll<Output> poll(async::Context& cx) {
        detail::TaskHeader* ended = nullptr;
        return next_.poll(cx, ended) ? async::Poll<Output>::ready(detail::joined<T>(ended))
                                     : async::Poll<Output>::pending();
    }

private:
    detail::NextEnded next_;
};

/// Rust:   what JoinSet::join_next_with_id returns
/// Cancel: as JoinNext
/// Wakes:  as JoinNext
template <class T>
class [[nodiscard]] JoinNextWithId {
public:
    /// Void as Unit.
    using Value = std::pair<Id, tandem::detail::UnitIfVoid<T>>;
    using Output = std::optional<Result<Value, JoinError>>;

    explicit JoinNextWithId(detail::JoinedTasks& tasks) noexcept : next_(tasks) {}

    async::Poll<Output> poll(async::Context& cx) {
        detail::TaskHeader* ended = nullptr;
        if (!next_.poll(cx, ended)) {
            return async::Poll<Output>::pending();
        }
        return async::Poll<Output>::ready(ended != nullptr ? Output(with_id(*ended))
                                                           : std::nullopt);
    }

private:
    static Result<Value, JoinError> with_id(detail::TaskHeader& task) {
        Id const id(task.state.id());
        Result<T, JoinError> result = detail::result_of<T>(task);
        if (result.is_err()) {
            return Err(std::move(result).error());
        }
        if constexpr (std::is_void_v<T>) {
            return Ok(Value(id, Unit{}));
        } else {
            return Ok(Value(id, std::move(result).unwrap()));
        }
    }

    detail::NextEnded next_;
};

/// Rust:   what JoinSet::join_all returns
/// Errors: a task's panic comes out here, and a task that was aborted is a panic; the others are
///         aborted with it
/// Cancel: aborts the tasks, and the values that there are get lost
/// Wakes:  as JoinNext
template <class T>
class [[nodiscard]] JoinSetValues {
    using Value = async::detail::Stored<T>;

public:
    /// Void as Unit, a reference as a pointer.
    using Output = std::vector<Value>;
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<T>>;

    explicit JoinSetValues(detail::JoinedTasks&& tasks) noexcept : tasks_(std::move(tasks)) {}

    async::Poll<Output> poll(async::Context& cx) {
        for (;;) {
            detail::TaskHeader* ended = nullptr;
            if (!tasks_.poll_ended(cx, ended)) {
                return async::Poll<Output>::pending();
            }
            if (ended == nullptr) {
                return async::Poll<Output>::ready(std::move(values_));
            }
            take(detail::result_of<T>(*ended));
        }
    }

private:
    void take(Result<T, JoinError> result) {
        if (result.is_err()) {
            tasks_.abort_all();
            if (result.error().is_panic()) {
                result.error().into_panic().rethrow();
            }
            throw Panic("join_all: " + result.error().message());
        }
        if constexpr (std::is_void_v<T>) {
            values_.emplace_back();
        } else if constexpr (std::is_reference_v<T>) {
            values_.push_back(&result.unwrap());
        } else {
            values_.push_back(std::move(result).unwrap());
        }
    }

    detail::JoinedTasks tasks_;
    Output values_;
};

/// Rust:   what JoinSet::shutdown returns
/// Errors: a panic of a task is reported, for its result is not wanted
/// Cancel: nothing is lost: those that have not ended yet stay in the set, aborted
/// Wakes:  as JoinNext
class [[nodiscard]] JoinSetShutdown {
public:
    using Output = void;

    explicit JoinSetShutdown(detail::JoinedTasks& tasks) noexcept : next_(tasks) {}

    async::Poll<void> poll(async::Context& cx) {
        if (!std::exchange(aborted_, true)) {
            next_.tasks().abort_all();
        }
        for (;;) {
            detail::TaskHeader* ended = nullptr;
            if (!next_.poll(cx, ended)) {
                return async::Poll<void>::pending();
            }
            if (ended == nullptr) {
                return async::Poll<void>::ready();
            }
            detail::detach(*ended);
        }
    }

private:
    detail::NextEnded next_;
    bool aborted_ = false;
};

}  // namespace tandem::rt
