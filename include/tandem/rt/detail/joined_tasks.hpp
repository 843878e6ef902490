#pragma once

#include <cstddef>
#include <utility>

#include "tandem/rt/detail/join_slots.hpp"

namespace tandem::rt::detail {

/// The owner of JoinSlots: a JoinSet but for the type. At its end it aborts all.
class JoinedTasks {
public:
    JoinedTasks() noexcept = default;
    JoinedTasks(JoinedTasks&& other) noexcept : slots_(std::exchange(other.slots_, nullptr)) {}
    JoinedTasks& operator=(JoinedTasks&& other) noexcept {
        JoinedTasks last(std::move(other));
        std::swap(slots_, last.slots_);
        return *this;
    }
    ~JoinedTasks() {
        if (slots_ != nullptr) {
            slots_->abort_all();
            slots_->close();
        }
    }

    /// Before `add`, which cannot fail then.
    void make_room() {
        if (slots_ == nullptr) {
            slots_ = new JoinSlots;
        }
        slots_->make_room();
    }
    void add(TaskHeader& task) noexcept { slots_->add(task); }

    [[nodiscard]] std::size_t size() const noexcept {
        return slots_ != nullptr ? slots_->size() : 0;
    }

    [[nodiscard]] TaskHeader* take_ended() noexcept {
        return slots_ != nullptr ? slots_->take_ended() : nullptr;
    }
    /// True: `ended` is one that has, or null once there is none. False: they all go on.
    [[nodiscard]] bool poll_ended(Context& cx, TaskHeader*& ended) noexcept {
        ended = size() != 0 ? slots_->take_ended(cx.waker()) : nullptr;
        return ended != nullptr || size() == 0;
    }
    void forget_waker() noexcept {
        if (slots_ != nullptr) {
            slots_->forget_waker();
        }
    }

    void abort_all() noexcept {
        if (slots_ != nullptr) {
            slots_->abort_all();
        }
    }
    void detach_all() noexcept {
        if (slots_ != nullptr) {
            slots_->detach_all();
        }
    }

private:
    JoinSlots* slots_ = nullptr;  // none before the first task
};

/// Waits for one that has ended, and yields it as a JoinHandle's ownership; null, once there is
/// none.
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

    [[nodiscard]] bool poll(Context& cx, TaskHeader*& ended) noexcept {
        waits_ = !tasks_->poll_ended(cx, ended);
        return !waits_;
    }

    [[nodiscard]] JoinedTasks& tasks() const noexcept { return *tasks_; }

private:
    JoinedTasks* tasks_;
    bool waits_ = false;
};

}  // namespace tandem::rt::detail
