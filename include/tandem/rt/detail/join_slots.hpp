#pragma once

#include <cstddef>
#include <utility>

#include "tandem/core/detail/raw_mutex.hpp"
#include "tandem/rt/detail/run_task.hpp"
#include "tandem/rt/detail/task_header.hpp"

namespace tandem::rt::detail {

class JoinSlots;

/// A task's place in a JoinSet. The task's join waker points to it, and leaves word here when the
/// task has ended.
struct JoinSlot {
    JoinSlots* slots = nullptr;  // that it is one of
    TaskHeader* task = nullptr;  // null: the set has given it up, or the slot is free
    JoinSlot* next = nullptr;    // in the list it stands in
    bool waker_dropped = false;  // which then will not be called
};

/// Slots are made by the block, and stay where they are.
struct JoinSlotBlock {
    JoinSlotBlock* before;  // the one that was made before
    JoinSlot slots[32];
};

class JoinSlotList {
public:
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    void push_back(JoinSlot& slot) noexcept {
        slot.next = nullptr;
        (first_ != nullptr ? last_->next : first_) = &slot;
        last_ = &slot;
        ++size_;
    }
    /// Null where there is none.
    JoinSlot* pop_front() noexcept {
        JoinSlot* const slot = first_;
        if (slot != nullptr) {
            first_ = slot->next;
            --size_;
        }
        return slot;
    }

private:
    JoinSlot* first_ = nullptr;
    JoinSlot* last_ = nullptr;
    std::size_t size_ = 0;
};

/// The tasks of a JoinSet, whatever they yield, and which of them have ended: the work it takes to
/// find one does not depend on how many there are. Slots are used again, so that a task costs no
/// memory of its own here.
///
///           add                     the task ends                 take_ended
///   free ─────────► with a task ───────────────────────► ended ─────────────► free
///                        │ detach_all                      ▲
///                        ├───────────► without a task ─────┘
///                        └───► free, if the task will not call its waker any more
///
/// Rust: the IdleNotifiedSet under tokio's JoinSet
class JoinSlots {
public:
    JoinSlots() = default;
    JoinSlots(JoinSlots const&) = delete;
    JoinSlots& operator=(JoinSlots const&) = delete;

    // By the set, one thread at a time.

    /// Before `add`, which cannot fail then.
    void make_room() {
        if (free_ != nullptr) {
            return;
        }
        blocks_ = new JoinSlotBlock{.before = blocks_, .slots = {}};
        for (JoinSlot& slot : blocks_->slots) {
            slot.slots = this;
            slot.next = std::exchange(free_, &slot);
        }
    }
    /// Takes over a JoinHandle's ownership of the task.
    void add(TaskHeader& task) noexcept {
        JoinSlot& slot = *std::exchange(free_, free_->next);
        slot.task = &task;
        ++in_use_;
        ++size_;
        task.join_waker = Waker(&slot, functions);
        if (!task.state.set_join_waker()) {  // it has ended already
            task.join_waker = Waker::noop();
            ended_here_.push_back(slot);
        }
        slot.waker_dropped = false;
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// One that has ended, as a JoinHandle's ownership; null if there is none.
    [[nodiscard]] TaskHeader* take_ended() noexcept {
        if (ended_here_.size() == 0) {
            RawLock const lock(mutex_);
            std::swap(ended_here_, ended_);
        }
        while (JoinSlot* const slot = ended_here_.pop_front()) {
            TaskHeader* const task = slot->task;
            put_back(*slot);
            if (task != nullptr) {
                --size_;
                give_memory_back();
                return task;
            }
        }
        return nullptr;
    }
    /// The same; if there is none, the waker will be called when the next has ended.
    [[nodiscard]] TaskHeader* take_ended(Waker const& waker) noexcept {
        for (;;) {
            if (TaskHeader* const task = take_ended(); task != nullptr || wait(waker)) {
                return task;
            }
        }
    }
    /// For a task that does not wait for the set any more.
    void forget_waker() noexcept {
        Waker last = Waker::noop();  // ends after the lock
        RawLock const lock(mutex_);
        std::swap(last, waker_);
    }

    void abort_all() noexcept {
        for_each_slot([](JoinSlot const& slot) noexcept {
            if (slot.task != nullptr) {
                abort(*slot.task);
            }
        });
    }
    /// The tasks go on, and belong to the set no more.
    void detach_all() noexcept {
        for_each_slot([this](JoinSlot& slot) noexcept {
            if (slot.task != nullptr) {
                --size_;
                detach(*std::exchange(slot.task, nullptr));
                if (slot.waker_dropped) {
                    put_back(slot);
                }
            }
        });
    }

    /// By the set at its end. What tasks it has are detached.
    void close() noexcept {
        detach_all();
        bool last = false;
        {
            RawLock const lock(mutex_);
            closed_ = true;
            wakers_out_ = in_use_ - ended_here_.size() - ended_.size();
            last = wakers_out_ == 0;
        }
        if (last) {
            delete this;
        }
    }

private:
    ~JoinSlots() { delete_blocks(); }

    template <class Fn>
    void for_each_slot(Fn fn) noexcept {
        for (JoinSlotBlock* block = blocks_; block != nullptr; block = block->before) {
            for (JoinSlot& slot : block->slots) {
                fn(slot);
            }
        }
    }

    /// Into the free slots.
    void put_back(JoinSlot& slot) noexcept {
        slot.task = nullptr;
        slot.next = std::exchange(free_, &slot);
        --in_use_;
    }

    /// A set that is empty keeps no more than one block.
    void give_memory_back() noexcept {
        if (in_use_ == 0 && blocks_->before != nullptr) {
            free_ = nullptr;
            delete_blocks();
        }
    }
    void delete_blocks() noexcept {
        while (blocks_ != nullptr) {
            delete std::exchange(blocks_, blocks_->before);
        }
    }

    /// False: one has ended meanwhile.
    [[nodiscard]] bool wait(Waker const& waker) noexcept {
        Waker mine = waker.clone();  // before the lock, and its predecessor ends after it
        RawLock const lock(mutex_);
        if (ended_.size() != 0) {
            return false;
        }
        std::swap(waker_, mine);
        return true;
    }

    /// By a task that has ended, on whatever thread that is.
    void tell(JoinSlot& slot) noexcept {
        Waker waker = Waker::noop();
        bool last = false;
        {
            RawLock const lock(mutex_);
            if (closed_) {
                last = --wakers_out_ == 0;
            } else {
                ended_.push_back(slot);
                std::swap(waker, waker_);
            }
        }
        // From here on the set may end, and all of this with it.
        waker.wake();
        if (last) {
            delete this;
        }
    }

    // The waker of a task: there is but one of it, which is called or dropped once.

    static JoinSlot& of(void const* data) noexcept {
        return *static_cast<JoinSlot*>(const_cast<void*>(data));
    }
    static void const* clone(void const* data) noexcept { return data; }  // nobody does
    static void wake(void const* data) noexcept { of(data).slots->tell(of(data)); }
    static void wake_by_ref(void const*) noexcept {}  // nor this
    static void drop(void const* data) noexcept { of(data).waker_dropped = true; }

    static constexpr async::WakerVTable functions{
        .clone = &JoinSlots::clone,
        .wake = &JoinSlots::wake,
        .wake_by_ref = &JoinSlots::wake_by_ref,
        .drop = &JoinSlots::drop,
    };

    // The set's alone.
    JoinSlotBlock* blocks_ = nullptr;
    JoinSlot* free_ = nullptr;
    std::size_t in_use_ = 0;  // slots that are not free
    std::size_t size_ = 0;    // slots with a task
    JoinSlotList ended_here_;

    RawMutex mutex_;  // of all below
    JoinSlotList ended_;
    Waker waker_ = Waker::noop();  // of who waits for the next
    bool closed_ = false;
    std::size_t wakers_out_ = 0;  // once closed
};

}  // namespace tandem::rt::detail
