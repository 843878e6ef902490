#pragma once

#include <cstdint>
#include <utility>

#include "tandem/core/detail/raw_mutex.hpp"
#include "tandem/rt/detail/task_header.hpp"

namespace tandem::rt::detail {

/// The queue of a runtime that every thread may push to: tasks woken from outside, and those that
/// a worker's own queue has no room for.
///
/// Rust: the Inject of tokio's schedulers
class InjectionQueue {
public:
    /// False once the queue is closed: the caller still owns the task.
    [[nodiscard]] bool push(TaskHeader& task) noexcept {
        RawLock const lock(mutex_);
        if (closed_) {
            return false;
        }
        tasks_.push_back(task);
        publish_size();
        return true;
    }
    [[nodiscard]] bool push_all(TaskList&& tasks) noexcept {
        RawLock const lock(mutex_);
        if (closed_) {
            return false;
        }
        tasks_.append(std::move(tasks));
        publish_size();
        return true;
    }

    /// Up to `most` of them, the eldest first.
    [[nodiscard]] TaskList pop(std::uint32_t most) noexcept {
        TaskList taken;
        if (empty()) {
            return taken;
        }
        RawLock const lock(mutex_);
        for (; most > 0 && !tasks_.empty(); --most) {
            taken.push_back(*tasks_.pop_front());
        }
        publish_size();
        return taken;
    }

    /// Nobody pushes any more; yields what was in it. True if this call has closed it.
    bool close() noexcept {
        RawLock const lock(mutex_);
        return !std::exchange(closed_, true);
    }

    [[nodiscard]] std::uint32_t size() const noexcept {
        // acquire: pairs with release in publish_size: who was told that something is there, by
        // a wake-up or otherwise, finds it.
        return size_.load(std::memory_order_acquire);
    }
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }

private:
    /// So that a worker sees without the lock that there is nothing to get.
    void publish_size() noexcept {
        // release: pairs with acquire in size.
        size_.store(tasks_.size(), std::memory_order_release);
    }

    RawMutex mutex_;
    TaskList tasks_;
    bool closed_ = false;
    Atomic<std::uint32_t> size_{0};
};

}  // namespace tandem::rt::detail
