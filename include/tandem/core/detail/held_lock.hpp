#pragma once

// What a checked build knows of the locks that threads hold. Each guard has a note, and the notes
// of the guards that a thread has taken stand in that thread's list, the newest in front. Whoever
// suspends a task asks which guards are newer than the poll, and whoever is about to wait for a
// lock, whether the thread holds it already.

#include <cstdint>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>

#include "tandem/core/detail/checked.hpp"
#include "tandem/core/detail/polling.hpp"
#include "tandem/core/detail/raw_mutex.hpp"
#include "tandem/core/detail/report.hpp"

namespace tandem::detail {

enum class Access : std::uint8_t { shared, exclusive };

class HeldLocks;

/// One guard's note. It stays where it is when the guard is moved.
struct LockNote {
    HeldLocks* owner;
    LockNote* newer;
    LockNote* older;  // also the next of those that are free
    void const* lock;
    void const* coroutine;  // that has taken it; null for a plain function
    std::uint64_t number;   // counts up within the thread
    std::source_location where;
    Access access;
    bool listed;
};

/// The notes of one thread, and what coroutine it runs. Never destroyed, for a guard may be
/// released by another thread after its own has ended; handed on to the next thread that begins.
class HeldLocks {
public:
    HeldLocks() = default;
    HeldLocks(HeldLocks const&) = delete;
    HeldLocks& operator=(HeldLocks const&) = delete;

    /// This thread's. Noinline, for clang keeps the address of a thread-local across a suspension.
    [[gnu::noinline]] static HeldLocks& here() {
        if (current == nullptr) [[unlikely]] {
            current = take_spare();
            thread_local Lease const lease(current);
        }
        return *current;
    }

    [[nodiscard]] LockNote* add(void const* lock, Access access,
                                std::source_location const& where) noexcept {
        RawLock const locked(mutex_);
        LockNote* const note = free_ != nullptr ? std::exchange(free_, free_->older) : new LockNote;
        *note = {.owner = this,
                 .newer = nullptr,
                 .older = newest_,
                 .lock = lock,
                 .coroutine = running,
                 .number = ++taken_,
                 .where = where,
                 .access = access,
                 .listed = true};
        if (newest_ != nullptr) {
            newest_->newer = note;
        }
        newest_ = note;
        return note;
    }

    /// By whichever thread releases the lock.
    static void remove(LockNote* note) noexcept {
        HeldLocks& owner = *note->owner;
        RawLock const locked(owner.mutex_);
        owner.unlist(*note);
        note->older = std::exchange(owner.free_, note);
    }

    /// How many locks this thread has ever taken: what it takes from now on has a higher number.
    [[nodiscard]] std::uint64_t taken() const noexcept { return taken_; }

    /// The oldest note with a higher number, taken out of the list: from now on the guard goes
    /// where its task goes.
    [[nodiscard]] bool let_go_after(std::uint64_t number, LockNote& copy) noexcept {
        if (taken_ == number) [[likely]] {
            return false;
        }
        RawLock const locked(mutex_);
        LockNote* found = nullptr;
        for (LockNote* note = newest_; note != nullptr && note->number > number;
             note = note->older) {
            found = note;
        }
        if (found == nullptr) {
            return false;
        }
        unlist(*found);
        copy = *found;
        return true;
    }

    /// Does this thread hold the lock, so that `wanted` would wait for itself?
    [[nodiscard]] bool in_the_way(void const* lock, Access wanted,
                                  std::source_location& where) noexcept {
        RawLock const locked(mutex_);
        for (LockNote* note = newest_; note != nullptr; note = note->older) {
            if (note->lock == lock &&
                (wanted == Access::exclusive || note->access == Access::exclusive)) {
                where = note->where;
                return true;
            }
        }
        return false;
    }

    /// The coroutine that this thread runs; only this thread asks.
    void const* running = nullptr;

private:
    /// Gives the notes back when the thread ends.
    struct Lease {
        explicit Lease(HeldLocks* leased) noexcept : locks(leased) {}
        Lease(Lease const&) = delete;
        Lease& operator=(Lease const&) = delete;
        ~Lease() {
            locks->forget_all();
            current = nullptr;
            RawLock const locked(spares_mutex);
            locks->next_spare_ = std::exchange(spares, locks);
        }

        HeldLocks* locks;
    };

    static HeldLocks* take_spare() {
        RawLock const locked(spares_mutex);
        return spares != nullptr ? std::exchange(spares, spares->next_spare_) : new HeldLocks;
    }

    void unlist(LockNote& note) noexcept {
        if (!note.listed) {
            return;
        }
        (note.newer != nullptr ? note.newer->older : newest_) = note.older;
        if (note.older != nullptr) {
            note.older->newer = note.newer;
        }
        note.listed = false;
    }

    void forget_all() noexcept {
        RawLock const locked(mutex_);
        while (newest_ != nullptr) {
            unlist(*newest_);
        }
        running = nullptr;
    }

    static thread_local constinit HeldLocks* current;
    static constinit RawMutex spares_mutex;
    static constinit HeldLocks* spares;

    RawMutex mutex_;
    LockNote* newest_ = nullptr;
    LockNote* free_ = nullptr;
    std::uint64_t taken_ = 0;  // touched by this thread alone
    HeldLocks* next_spare_ = nullptr;
};

inline thread_local constinit HeldLocks* HeldLocks::current = nullptr;
inline constinit RawMutex HeldLocks::spares_mutex;
inline constinit HeldLocks* HeldLocks::spares = nullptr;

/// A guard's part in all this, in a checked build.
class NotedLock {
public:
    NotedLock(void const* lock, Access access, std::source_location const& where) noexcept
        : note_(HeldLocks::here().add(lock, access, where)) {}
    NotedLock(NotedLock&& other) noexcept : note_(std::exchange(other.note_, nullptr)) {}
    NotedLock& operator=(NotedLock&&) = delete;
    ~NotedLock() {
        if (note_ != nullptr) {
            HeldLocks::remove(note_);
        }
    }

private:
    LockNote* note_;
};

/// The same in an unchecked build.
class UnnotedLock {
public:
    UnnotedLock(void const*, Access, Nowhere) noexcept {}
};

using HeldLock = std::conditional_t<checked_build, NotedLock, UnnotedLock>;

/// The time between "the lock is not free" and "we have it", in a checked build.
class NotedWait {
public:
    NotedWait(void const* lock, Access wanted, std::source_location const& where) noexcept
        : where_(where) {
        std::source_location held;
        if (HeldLocks::here().in_the_way(lock, wanted, held)) {
            report_locked_twice(held);
        }
    }
    NotedWait(NotedWait const&) = delete;
    NotedWait& operator=(NotedWait const&) = delete;
    ~NotedWait() {
        if (this_thread_polls_a_task()) {
            if (std::int64_t const waited = clock_nanoseconds() - began_;
                waited > longest_lock_wait) {
                report_slow(waited);
            }
        }
    }

private:
    void report_locked_twice(std::source_location const& held) const noexcept {
        report_once(
            "locked twice", where_,
            "this thread waits for ever: the lock it asks for here it holds already, since " +
                place(held) + ". End the first guard before, or use it here");
    }
    void report_slow(std::int64_t waited) const noexcept {
        report_once("slow lock", where_,
                    "a task waited " + milliseconds_text(waited) +
                        " for this lock, and all other tasks of its thread waited with it. Hold "
                        "the lock more briefly everywhere, or use async::Mutex (RwLock), whose "
                        "lock() is co_awaited");
    }

    std::source_location const where_;
    std::int64_t const began_ = clock_nanoseconds();
};

/// The same in an unchecked build.
class UnnotedWait {
public:
    UnnotedWait(void const*, Access, Nowhere) noexcept {}
};

/// Stands around what waits for a lock that was not free:
///
///     if (!checked_build || !raw.try_lock()) {
///         WaitForLock const wait(this, Access::exclusive, where);
///         raw.lock();
///     }
using WaitForLock = std::conditional_t<checked_build, NotedWait, UnnotedWait>;

}  // namespace tandem::detail
