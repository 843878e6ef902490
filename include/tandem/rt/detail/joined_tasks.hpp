#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "tandem/async/poll.hpp"
#include "tandem/rt/detail/join_slots.hpp"

namespace tandem::rt::detail {

/// The owner of JoinSlots: a JoinSet but for the type. At its end it aborts all.
class JoinedTasks {
public:
    JoinedTasks() noexcept = default;
    JoinedTasks(JoinedTasks&&) noexcept = default;
    JoinedTasks& operator=(JoinedTasks&&) noexcept = default;
    ~JoinedTasks() = default;

    /// Before `add`, which cannot fail then.
    void make_room() {
        if (!slots_) {
            slots_.reset(new JoinSlots);
        }
        slots_->make_room();
    }
    void add(TaskHeader& task) noexcept { slots_->add(task); }

    [[nodiscard]] std::size_t size() const noexcept { return slots_ ? slots_->size() : 0; }

    [[nodiscard]] TaskHeader* take_ended() noexcept {
        return slots_ ? slots_->take_ended() : nullptr;
    }
    /// Null once there is none.
    [[nodiscard]] async::Poll<TaskHeader*> poll_ended(Context& cx) noexcept {
        if (size() == 0) {
            return async::Poll<TaskHeader*>::ready(nullptr);
        }
        TaskHeader* const task = slots_->take_ended(cx.waker());
        return task != nullptr ? async::Poll<TaskHeader*>::ready(task)
                               : async::Poll<TaskHeader*>::pending();
    }
    void forget_waker() noexcept {
        if (slots_) {
            slots_->forget_waker();
        }
    }

    void abort_all() noexcept {
        if (slots_) {
            slots_->abort_all();
        }
    }
    void detach_all() noexcept {
        if (slots_) {
            slots_->detach_all();
        }
    }

private:
    struct End {
        void operator()(JoinSlots* slots) const noexcept {
            slots->abort_all();
            slots->close();
        }
    };

    std::unique_ptr<JoinSlots, End> slots_;  // none before the first task
};

/// A future of one that has ended, as a JoinHandle's ownership; of null, once there is none.
class NextEnded {
public:
    explicit NextEnded(JoinedTasks& tasks) noexcept : tasks_(&tasks) {}
    NextEnded(NextEnded&& other) noexcept
        : tasks_(other.tasks_), waits_(std::exchange(other.waits_, false)) {}
    NextEnded& operator=(NextEnded&&) = delete;
    ~NextEnded() {
        if (waits_) {
            tasks_->forget_waker();
        }
    }

    async::Poll<TaskHeader*> poll(Context& cx) noexcept {
        auto polled = tasks_->poll_ended(cx);
        waits_ = polled.is_pending();
        return polled;
    }

    [[nodiscard]] JoinedTasks& tasks() const noexcept { return *tasks_; }

private:
    JoinedTasks* tasks_;
    bool waits_ = false;
};

}  // namespace tandem::rt::detail
