#pragma once

#include <cstdint>
#include <cstdlib>

#include "tandem/core/detail/futex.hpp"
#include "tandem/core/detail/spin.hpp"

namespace tandem::sync::detail {

using namespace tandem::detail;  // inside sync, detail:: means both

/// The lock inside RwLock<T>: eight bytes and no data.
///
/// One word tells all of the state:
///
///     bit 31            bit 30            bit 29      bits 28 … 0
///     writers waiting   readers waiting   writer in   how many readers are in
///
/// Readers sleep on that word. Writers sleep on a second one, a mere counter of the times a writer
/// was called, so that one writer can be woken without waking every reader.
///
/// A waiting writer closes the door: `writers waiting` keeps new readers out, those inside leave,
/// the last of them calls the writer. Whoever leaves with both kinds waiting calls a writer.
///
/// Rust: the futex RwLock under std::sync::RwLock
/// C++:  a std::shared_mutex that prefers writers
class RawRwLock {
public:
    constexpr RawRwLock() noexcept = default;
    RawRwLock(RawRwLock const&) = delete;
    RawRwLock& operator=(RawRwLock const&) = delete;

    [[nodiscard]] bool try_read() noexcept {
        // Only a guess: the exchange in enter_as_reader then tells what is true. Most often it is
        // right, and to read the state first would cost more than the odd wrong guess.
        std::uint32_t state = 0;
        do {
            if (enter_as_reader(state)) {
                return true;
            }
        } while (readable(state));
        return false;
    }

    void read() noexcept {
        std::uint32_t state = 0;  // a guess, as in try_read; the second try knows of other readers
        if (!enter_as_reader(state) && !(readable(state) && enter_as_reader(state))) [[unlikely]] {
            read_contended();
        }
    }

    [[nodiscard]] bool try_write() noexcept {
        // relaxed: only a first guess, the exchange in enter_as_writer decides.
        std::uint32_t state = state_.load(std::memory_order_relaxed);
        while (writable(state)) {
            if (enter_as_writer(state, writer_in)) {
                return true;
            }
        }
        return false;
    }

    void write() noexcept {
        std::uint32_t state = 0;
        if (!enter_as_writer(state, writer_in)) [[unlikely]] {
            write_contended();
        }
    }

    void unlock_read() noexcept {
        // release: our reading is over before the writer that acquires next begins to write.
        std::uint32_t const state = state_.fetch_sub(1, std::memory_order_release) - 1;
        if ((state & ~readers_waiting) == writers_waiting) [[unlikely]] {  // and we were the last
            wake_next(state);
        }
    }

    void unlock_write() noexcept {
        // release: publishes our writes to whoever acquires next, reader or writer.
        std::uint32_t const state =
            state_.fetch_sub(writer_in, std::memory_order_release) - writer_in;
        if (state != 0) [[unlikely]] {
            wake_next(state);
        }
    }

private:
    static constexpr std::uint32_t writers_waiting = 1U << 31;
    static constexpr std::uint32_t readers_waiting = 1U << 30;
    static constexpr std::uint32_t writer_in = 1U << 29;
    static constexpr std::uint32_t readers = writer_in - 1;

    /// May a reader go in? Not while readers wait either: they do so only because a writer is in
    /// or has been called, and whoever called it will call them.
    /// (All three are told by bits above the count, so one comparison answers it.)
    static bool readable(std::uint32_t state) noexcept { return state < readers; }
    static bool writable(std::uint32_t state) noexcept {
        return (state & (writer_in | readers)) == 0;
    }

    bool enter_as_reader(std::uint32_t& state) noexcept {
        // acquire: shows us what the last writer wrote before its release.
        // relaxed: a failed attempt only reads the state again.
        return state_.compare_exchange_weak(state, state + 1, std::memory_order_acquire,
                                            std::memory_order_relaxed);
    }
    bool enter_as_writer(std::uint32_t& state, std::uint32_t marks) noexcept {
        // acquire: the last writer's writes are ours to see, and the last readers are done.
        // relaxed: a failed attempt only reads the state again.
        return state_.compare_exchange_strong(state, state | marks, std::memory_order_acquire,
                                              std::memory_order_relaxed);
    }
    /// Leaves word that somebody waits. False if the state has changed meanwhile: look again.
    bool mark(std::uint32_t& state, std::uint32_t waiting) noexcept {
        if ((state & waiting) != 0) {
            return true;
        }
        // relaxed: the mark carries no data; who sees it and wakes us is ordered by our next look.
        if (!state_.compare_exchange_strong(state, state | waiting, std::memory_order_relaxed,
                                            std::memory_order_relaxed)) {
            return false;
        }
        state |= waiting;
        return true;
    }

    /// What the state is, once none of those are in who are `in_the_way`, or we have waited for a
    /// little while, or others wait too: where somebody sleeps, we do not push in before him.
    std::uint32_t look_while(std::uint32_t in_the_way) noexcept {
        std::uint32_t state = 0;
        spin_while([&] {
            // relaxed: only a guess, enter_as_reader and enter_as_writer decide.
            state = state_.load(std::memory_order_relaxed);
            return (state & in_the_way) != 0 && state < readers_waiting;
        });
        return state;
    }

    [[gnu::noinline]] void read_contended() noexcept {
        std::uint32_t state = look_while(writer_in);
        while (true) {
            if ((state & readers) == readers) {
                std::abort();  // half a thousand million guards leaked
            }
            if (readable(state)) {
                if (enter_as_reader(state)) {
                    return;
                }
            } else if (mark(state, readers_waiting)) {
                futex_wait(state_, state);
                state = look_while(writer_in);
            }
        }
    }

    [[gnu::noinline]] void write_contended() noexcept {
        std::uint32_t marks = writer_in;
        std::uint32_t state = look_while(writer_in | readers);
        while (true) {
            if (writable(state)) {
                if (enter_as_writer(state, marks)) {
                    return;
                }
            } else if (mark(state, writers_waiting)) {
                // The mark is cleared when one writer is called: that one leaves it behind for
                // the others, of whom it knows nothing.
                marks = writer_in | writers_waiting;
                // acquire: if this shows the call that is meant for us, the look below shows the
                // mark taken off before that call, and we do not go to sleep. (x86 keeps two loads
                // in order, and two such changes: there no test can tell.)
                std::uint32_t const call = calls_.load(std::memory_order_acquire);
                state = state_.load(std::memory_order_relaxed);  // relaxed: ordered by the above
                if (!writable(state) && (state & writers_waiting) != 0) {
                    futex_wait(calls_, call);
                    state = state_.load(std::memory_order_relaxed);  // relaxed: a guess again
                }
            }
        }
    }

    /// Nobody is in and somebody waits: takes the mark off and calls those whose mark it was. If
    /// the state changes under our hands, then somebody came in, who will do this on leaving.
    [[gnu::noinline]] void wake_next(std::uint32_t state) noexcept {
        while (writable(state) && (state & writers_waiting) != 0) {
            // relaxed: no data passes here, the leaver's release has published it.
            if (state_.compare_exchange_weak(state, state & ~writers_waiting,
                                             std::memory_order_relaxed,
                                             std::memory_order_relaxed)) {
                // release: whoever sees this call sees the mark taken off. (As there, no test can
                // tell on x86.)
                calls_.fetch_add(1, std::memory_order_release);
                if (futex_wake_one(calls_)) {
                    return;  // it goes in, and on leaving calls the readers that wait
                }
                // No writer slept, so the mark was stale, or this platform cannot tell: then the
                // readers are called as well, and who is first gets in.
                state &= ~writers_waiting;
            }
        }
        while (writable(state) && state == readers_waiting) {
            // relaxed: as above.
            if (state_.compare_exchange_weak(state, 0, std::memory_order_relaxed,
                                             std::memory_order_relaxed)) {
                futex_wake_all(state_);
                return;
            }
        }
    }

    FutexWord state_{0};
    FutexWord calls_{0};  // how often a writer was called
};

}  // namespace tandem::sync::detail
