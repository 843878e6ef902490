#pragma once

#include <optional>
#include <utility>

#include "tandem/async/waker.hpp"
#include "tandem/core/detail/raw_mutex.hpp"

namespace tandem::async::detail {

using tandem::detail::RawLock;
using tandem::detail::RawMutex;

/// One who waits: a part of a future that was polled, which therefore stays where it is. Whoever
/// holds the lock of the list may touch it, and nobody else.
struct Waiter {
    Waiter() = default;
    Waiter(Waiter&& other) noexcept {  // only before its first poll, when there is nothing to move
        static_cast<void>(other);
    }
    Waiter& operator=(Waiter&&) = delete;

    std::optional<Waker> waker;
    Waiter* previous = nullptr;
    Waiter* next = nullptr;
    bool linked = false;
};

/// Those who wait, the first to come in front. No lock of its own: it stands beside the state that
/// they wait for, under that state's lock.
class WaitList {
public:
    [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
    [[nodiscard]] Waiter* front() const noexcept { return first_; }

    void push_back(Waiter& waiter) noexcept {
        waiter.previous = last_;
        waiter.next = nullptr;
        (last_ != nullptr ? last_->next : first_) = &waiter;
        last_ = &waiter;
        waiter.linked = true;
    }

    /// Takes one out, wherever it stands; one that stands in no list stays as it is.
    void remove(Waiter& waiter) noexcept {
        if (!waiter.linked) {
            return;
        }
        (waiter.previous != nullptr ? waiter.previous->next : first_) = waiter.next;
        (waiter.next != nullptr ? waiter.next->previous : last_) = waiter.previous;
        waiter.linked = false;
    }

    Waiter* pop_front() noexcept {
        Waiter* const waiter = first_;
        if (waiter != nullptr) {
            remove(*waiter);
        }
        return waiter;
    }

private:
    Waiter* first_ = nullptr;
    Waiter* last_ = nullptr;
};

/// Wakers taken out under a lock, to be called when it is free again: a waker may run code that
/// comes back to the very same lock.
///
///     WakeBatch batch;
///     {
///         RawLock const lock(mutex_);
///         while (!batch.full() && …) { batch.take(*waiters_.pop_front()); }
///     }
///     batch.wake_all();
class WakeBatch {
public:
    WakeBatch() noexcept {}
    WakeBatch(WakeBatch const&) = delete;
    WakeBatch& operator=(WakeBatch const&) = delete;
    ~WakeBatch() { wake_all(); }

    [[nodiscard]] bool full() const noexcept { return count_ == most; }

    void take(Waiter& waiter) noexcept {
        if (waiter.waker) {
            wakers_[count_++].emplace(*std::move(waiter.waker));
            waiter.waker.reset();
        }
    }

    void wake_all() noexcept {
        int const count = std::exchange(count_, 0);
        for (int i = 0; i < count; ++i) {
            wakers_[i]->wake();
            wakers_[i].reset();
        }
    }

private:
    static constexpr int most = 32;

    std::optional<Waker> wakers_[most];
    int count_ = 0;
};

}  // namespace tandem::async::detail
