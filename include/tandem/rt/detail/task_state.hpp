#pragma once

#include <cstdint>
#include <cstdlib>

#include "tandem/core/detail/atomic.hpp"

namespace tandem::rt::detail {

using namespace tandem::detail;  // inside rt, detail:: means both

/// Where a spawned task stands, and how many refer to it: one word, so that every step is one
/// atomic operation. The steps are the methods; each says what its caller has to do next.
///
///             begin_poll            end_poll, woken meanwhile
///   queued ──────────────► running ──────────────────────────► queued
///     ▲                     │   │
///     │ wake                │   └── end_poll ──► idle ──┐
///     └─────────────────────┼─────────────────────────◄─┘
///                           └── complete ──► complete, for good
///
/// `cancelled` may be set in each of them: whoever polls next, ends the task instead. Only who
/// brought the task to `running` touches its future, which therefore needs no lock.
///
/// The task's number stands in the same word, in bits that no step touches.
///
/// Rust: the State of tokio::runtime::task
class TaskState {
public:
    /// Owned by its runtime until it is complete, by a queue and by a JoinHandle.
    constexpr TaskState() noexcept : word_(untouched) {}
    TaskState(TaskState const&) = delete;
    TaskState& operator=(TaskState const&) = delete;

    enum class Begin : std::uint8_t { poll, cancel, nothing, destroy };

    /// By who took it from a queue, and owns it by that. `nothing`: somebody else ends it, and
    /// the ownership is given up.
    [[nodiscard]] Begin begin_poll() noexcept {
        Begin next{};
        update([&next](Word word) noexcept {
            if ((word & (running | over)) != 0) {
                next = owners(word) == 1 ? Begin::destroy : Begin::nothing;
                return word - one_owner;
            }
            next = (word & cancelled) != 0 ? Begin::cancel : Begin::poll;
            return (word | running) & ~queued;
        });
        return next;
    }

    /// By who wants to look at its future, which nobody polls meanwhile. False: somebody does, or
    /// is about to. It ends as a poll does, with end_poll; an ownership was added for that.
    [[nodiscard]] bool begin_look() noexcept {
        bool ours = false;
        update([&ours](Word word) noexcept {
            ours = (word & (running | over | queued)) == 0;
            return ours ? (word | running) + one_owner : word;
        });
        return ours;
    }

    enum class End : std::uint8_t { idle, queue_again, cancel, destroy };

    /// By who polled it, when the future is pending. Idle: the ownership is given up. Queue again:
    /// it goes back into a queue, that takes it over, also if it was not woken and asks for it
    /// itself, by `again`. Cancel: it is still running.
    [[nodiscard]] End end_poll(bool again) noexcept {
        End next{};
        update([&next, again](Word word) noexcept {
            if ((word & cancelled) != 0) {
                next = End::cancel;
                return word;
            }
            word = (word & ~running) | (again ? queued : 0);
            if ((word & queued) != 0) {
                next = End::queue_again;
                return word;
            }
            next = owners(word) == 1 ? End::destroy : End::idle;
            return word - one_owner;
        });
        return next;
    }

    struct Completed {
        bool is_awaited;      // the handle owns the output
        bool has_join_waker;  // which is ours to call now
    };
    /// By who polled it: the output is in its place.
    Completed complete() noexcept {
        // release: pairs with acquire in is_complete, set_join_waker, drop_join_interest: whoever
        // sees it complete may take the output.
        // acquire: pairs with release in set_join_waker: the waker is there to be called.
        Word const word = word_.fetch_xor(running | over, std::memory_order_acq_rel);
        return {.is_awaited = (word & join_interest) != 0,
                .has_join_waker = (word & join_waker) != 0};
    }

    enum class Wake : std::uint8_t { nothing, queue, destroy };

    /// By a waker that ends with this. Queue: its ownership becomes the queue's.
    [[nodiscard]] Wake wake() noexcept {
        Wake next{};
        update([&next](Word word) noexcept {
            if ((word & (over | queued)) != 0 || (word & running) != 0) {
                next = owners(word) == 1 ? Wake::destroy : Wake::nothing;
                return ((word & over) != 0 ? word : word | queued) - one_owner;
            }
            next = Wake::queue;
            return word | queued;
        });
        return next;
    }
    /// By a waker that stays. Queue: an ownership was added for it.
    [[nodiscard]] Wake wake_by_ref() noexcept {
        Wake next{};
        update([&next](Word word) noexcept {
            if ((word & (over | queued)) != 0) {
                next = Wake::nothing;
                return word;
            }
            next = (word & running) != 0 ? Wake::nothing : Wake::queue;
            return (word | queued) + (next == Wake::queue ? one_owner : 0);
        });
        return next;
    }

    /// Asks for the task's end, from anywhere. True: it is to be queued, for which an ownership
    /// was added.
    [[nodiscard]] bool abort() noexcept {
        bool queue = false;
        update([&queue](Word word) noexcept {
            queue = false;
            if ((word & over) != 0) {
                return word;
            }
            word |= cancelled;
            if ((word & (running | queued)) != 0) {
                return word | queued;  // who runs it looks again
            }
            queue = true;
            return (word | queued) + one_owner;
        });
        return queue;
    }

    /// By the runtime when it shuts down. True: nobody runs it, and the caller has to end it.
    [[nodiscard]] bool shut_down() noexcept {
        bool ours = false;
        update([&ours](Word word) noexcept {
            ours = (word & (running | over)) == 0;
            return word | cancelled | (ours ? running : 0);
        });
        return ours;
    }

    /// Is its output there (or was)?
    [[nodiscard]] bool is_complete() const noexcept {
        // acquire: pairs with release in complete: the output may be taken.
        return (word_.load(std::memory_order_acquire) & over) != 0;
    }

    [[nodiscard]] bool is_running() const noexcept {
        // relaxed: it may be over when the caller reads it.
        return (word_.load(std::memory_order_relaxed) & running) != 0;
    }

    /// By the JoinHandle, which alone changes that before the task is complete.
    [[nodiscard]] bool has_join_waker() const noexcept {
        // relaxed: it asks for what it did itself.
        return (word_.load(std::memory_order_relaxed) & join_waker) != 0;
    }
    /// By the JoinHandle, when a waker was put into its place. False: complete, nobody calls it.
    [[nodiscard]] bool set_join_waker() noexcept { return change_unless_complete(0, join_waker); }
    /// By the JoinHandle, to have the waker's place for itself. False: complete.
    [[nodiscard]] bool unset_join_waker() noexcept { return change_unless_complete(join_waker, 0); }

    /// By a JoinHandle that is dropped before anything has happened: the usual case, in one step,
    /// which gives its ownership up.
    [[nodiscard]] bool detach_untouched() noexcept {
        Word const number = Word{id()} << id_shift;
        Word expected = number | untouched;
        // release: pairs with acquire in remove_owners. relaxed: a failure says nothing.
        return word_.compare_exchange_strong(expected, number | 2 * one_owner | queued,
                                             std::memory_order_release, std::memory_order_relaxed);
    }

    struct Detached {
        bool owns_output;
        bool owns_waker;
    };
    /// By a JoinHandle that is dropped: what it has to end itself.
    [[nodiscard]] Detached detach() noexcept {
        Detached next{};
        update([&next](Word word) noexcept {
            bool const is_over = (word & over) != 0;
            // Once complete, the one who completed it calls the waker and ends it.
            next = {.owns_output = is_over, .owns_waker = !is_over && (word & join_waker) != 0};
            return word & ~(is_over ? join_interest : join_interest | join_waker);
        });
        return next;
    }

    /// By who spawns it, before anybody else knows it.
    void set_id(std::uint32_t id) noexcept {
        // relaxed: nobody else reads it yet.
        word_.store(Word{id} << id_shift | untouched, std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint32_t id() const noexcept {
        // relaxed: it never changes again.
        return static_cast<std::uint32_t>(word_.load(std::memory_order_relaxed) >> id_shift);
    }

    void add_owner() noexcept {
        // relaxed: who adds one is one, so the task is there; as in RefCount::add.
        if (owners(word_.fetch_add(one_owner, std::memory_order_relaxed)) > most_owners / 2)
            [[unlikely]] {
            std::abort();  // a leak in a loop
        }
    }
    /// One more owner, unless it is complete: for the runtime, whose list shows also those that are
    /// about to be freed. Until then the runtime is an owner itself.
    [[nodiscard]] bool add_owner_unless_complete() noexcept {
        bool added = false;
        update([&added](Word word) noexcept {
            added = (word & over) == 0;
            return added ? word + one_owner : word;
        });
        return added;
    }
    /// So many owners less. True: they were the last, and the caller destroys the task.
    [[nodiscard]] bool remove_owners(unsigned count) noexcept {
        // acquire: as below. If there are no others, none can come, and nothing need be written.
        if (owners(word_.load(std::memory_order_acquire)) == count) {
            return true;
        }
        // release: what these owners did with it happens before its destruction …
        // acquire: … by the last of them.
        return owners(word_.fetch_sub(count * one_owner, std::memory_order_acq_rel)) == count;
    }

private:
    using Word = std::uint64_t;
    static constexpr Word running = 1;        // one thread has its future
    static constexpr Word over = 2;           // the output is there, or was
    static constexpr Word queued = 4;         // in a queue; while running: to be queued again
    static constexpr Word join_interest = 8;  // there is a JoinHandle
    static constexpr Word join_waker = 16;    // … which left a waker, for who completes the task
    static constexpr Word cancelled = 32;
    static constexpr Word one_owner = 64;  // counted in the bits from here on, up to the number
    static constexpr Word untouched = 3 * one_owner | join_interest | queued;
    static constexpr int id_shift = 32;
    static constexpr Word most_owners = (Word{1} << id_shift) / one_owner - 1;

    static constexpr Word owners(Word word) noexcept { return word / one_owner & most_owners; }

    /// Takes the step that `next` makes of the word, also when that is none: what was written
    /// before a wake must be seen by the poll it leads to, even if another wake led to that.
    template <class Next>
    void update(Next next) noexcept {
        // relaxed: a first guess, the exchange below decides.
        Word word = word_.load(std::memory_order_relaxed);
        // acquire: pairs with release here: a poll sees all before the wakes that led to it, and
        // what the last poll left in the task. release: the other side of that.
        // relaxed: a failed attempt orders nothing.
        while (!word_.compare_exchange_weak(word, next(word), std::memory_order_acq_rel,
                                            std::memory_order_relaxed)) {}
    }

    [[nodiscard]] bool change_unless_complete(Word clear, Word set) noexcept {
        bool done = false;
        update([&](Word word) noexcept {
            done = (word & over) == 0;
            return done ? (word & ~clear) | set : word;
        });
        return done;
    }

    Atomic<Word> word_;
};

}  // namespace tandem::rt::detail
