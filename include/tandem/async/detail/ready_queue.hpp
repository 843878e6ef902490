#pragma once

#include <utility>

#include "tandem/async/detail/atomic_waker.hpp"
#include "tandem/async/waker.hpp"
#include "tandem/core/detail/atomic.hpp"
#include "tandem/core/detail/ref_count.hpp"

namespace tandem::async::detail {

/// A place in a list of children to be polled.
struct ReadyLink {
    ReadyLink* next = nullptr;
};

/// Where the wakers of a set's children leave word which of them are to be polled: any thread
/// pushes, and the set alone takes, all at once. Outlives the set as long as a waker does.
class ReadyQueue {
public:
    static ReadyQueue* create() { return new ReadyQueue; }

    void add_owner() noexcept { owners_.add(); }
    void remove_owner() noexcept {
        if (owners_.remove()) {
            delete this;
        }
    }

    /// False once the set is gone.
    [[nodiscard]] bool push(ReadyLink& link) noexcept {
        // relaxed: only a first guess, the exchange below decides.
        ReadyLink* newest = newest_.load(std::memory_order_relaxed);
        do {
            if (newest == &closed_) {
                return false;
            }
            link.next = newest;
            // release: pairs with acquire in take_all: the link, and what comes with it, is there.
            // relaxed: a failed attempt only reads the list anew.
        } while (!newest_.compare_exchange_weak(newest, &link, std::memory_order_release,
                                                std::memory_order_relaxed));
        return true;
    }

    /// All that were pushed, the first to come in front.
    [[nodiscard]] ReadyLink* take_all() noexcept { return take_and_leave(nullptr); }
    /// The same, and nothing can be pushed from now on.
    [[nodiscard]] ReadyLink* close() noexcept { return take_and_leave(&closed_); }

    /// Of the task that polls the set.
    AtomicWaker waker;

private:
    ReadyQueue() noexcept = default;

    ReadyLink* take_and_leave(ReadyLink* left) noexcept {
        // acquire: pairs with release in push: the whole list is there to be read.
        ReadyLink* link = newest_.exchange(left, std::memory_order_acquire);
        ReadyLink* first = nullptr;
        while (link != nullptr) {
            ReadyLink* const older = std::exchange(link->next, first);
            first = std::exchange(link, older);
        }
        return first;
    }

    tandem::detail::RefCount owners_{1};
    tandem::detail::Atomic<ReadyLink*> newest_{nullptr};
    ReadyLink closed_;  // in place of a list, once the set is gone
};

/// A child of a set as its wakers know it: they keep it alive, but not its future, which the set
/// ends. It stands in the ready list at most once, and is kept alive by that as well.
///
///             wake                 begin_poll
///   idle ────────────► queued ────────────────────► idle
///    │                                 leave
///    └─────────────────────────────────────────────► queued, for good: no wake pushes it again
class Child : ReadyLink {
public:
    Child(Child const&) = delete;
    Child& operator=(Child const&) = delete;

    void remove_owner() noexcept {
        if (owners_.remove()) {
            delete this;
        }
    }

    /// For the set, that has taken this child from its list to poll it: wakes count again. Its
    /// waker takes over the list's ownership.
    [[nodiscard]] Waker begin_poll() noexcept {
        // acquire: pairs with release in wake: this poll sees what was written before the wake.
        // release: pairs with acquire in wake: we have read `next`, which it may write.
        queued_.exchange(false, std::memory_order_acq_rel);
        return Waker(this, functions);
    }
    /// For the set: wakes of this child do nothing from now on.
    void leave() noexcept {
        // relaxed: nothing is read or written because of it; a wake reads the flag in any case.
        queued_.exchange(true, std::memory_order_relaxed);
    }

    [[nodiscard]] ReadyLink& link() noexcept { return *this; }
    [[nodiscard]] static Child& of(ReadyLink& link) noexcept { return static_cast<Child&>(link); }

protected:
    /// Queued, and so owned twice: by the set, and by its ready list.
    explicit Child(ReadyQueue& queue) noexcept : queue_(queue) { queue_.add_owner(); }
    virtual ~Child() { queue_.remove_owner(); }

private:
    void wake() noexcept {
        // acquire: pairs with release in begin_poll: `next` is free to be written.
        // release: pairs with acquire in begin_poll: the poll sees what we wrote, even if somebody
        // else has pushed it.
        if (queued_.exchange(true, std::memory_order_acq_rel)) {
            return;
        }
        owners_.add();
        if (queue_.push(*this)) {
            queue_.waker.wake();
        } else {
            remove_owner();
        }
    }

    static Child& of(void const* data) noexcept {
        return *static_cast<Child*>(const_cast<void*>(data));
    }
    static void const* clone(void const* data) noexcept {
        of(data).owners_.add();
        return data;
    }
    static void wake_and_drop(void const* data) noexcept {
        of(data).wake();
        of(data).remove_owner();
    }
    static void wake_by_ref(void const* data) noexcept { of(data).wake(); }
    static void drop(void const* data) noexcept { of(data).remove_owner(); }

    static constexpr WakerVTable functions{
        .clone = &Child::clone,
        .wake = &Child::wake_and_drop,
        .wake_by_ref = &Child::wake_by_ref,
        .drop = &Child::drop,
    };

    tandem::detail::RefCount owners_{2};
    tandem::detail::Atomic<bool> queued_{true};
    ReadyQueue& queue_;
};

}  // namespace tandem::async::detail
