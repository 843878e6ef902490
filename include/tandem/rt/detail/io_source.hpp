#pragma once

#include <cstdint>
#include <utility>

#include "tandem/async/detail/wait_list.hpp"
#include "tandem/core/detail/ref_count.hpp"
#include "tandem/rt/detail/waker_batch.hpp"

namespace tandem::rt::detail {

using namespace tandem::detail;  // inside rt, detail:: means both

/// What a descriptor can be waited for.
enum class Direction : std::uint8_t { read, write };

/// What is known of a descriptor. "Closed" and "error" stay: a read or write tells what it is.
struct Readiness {
    static constexpr std::uint32_t readable = 1;
    static constexpr std::uint32_t writable = 2;
    static constexpr std::uint32_t read_closed = 4;
    static constexpr std::uint32_t write_closed = 8;
    static constexpr std::uint32_t error = 16;
    static constexpr std::uint32_t shut_down = 32;  // the runtime: nothing comes any more

    static constexpr std::uint32_t of(Direction direction) noexcept {
        return error | shut_down |
               (direction == Direction::read ? readable | read_closed : writable | write_closed);
    }

    std::uint32_t bits = 0;
    std::uint32_t turn = 0;  // of the reactor, in which it was found
};

/// A descriptor that a reactor watches, as the futures see it that wait for it: what it is ready
/// for, remembered from the kernel's one announcement until an operation finds it untrue, and who
/// waits for that to change.
///
/// An operation is tried first, and only when the kernel says EAGAIN does its future wait:
///
///     for (;;) {
///         if (!source.poll_ready(Direction::read, waiter, cx, seen)) { return pending; }
///         if (try_to_read() != EAGAIN) { return ready; }
///         source.clear(Direction::read, seen);      // unless it was announced anew meanwhile
///     }
///
/// Rust: the ScheduledIo of tokio's I/O driver
class IoSource {
public:
    /// Ready for everything: nobody has found otherwise yet.
    IoSource() noexcept
        : known_(pack({.bits = Readiness::readable | Readiness::writable, .turn = 0})) {}
    IoSource(IoSource const&) = delete;
    IoSource& operator=(IoSource const&) = delete;

    /// True: an operation is worth a try, and `seen` says why. False: the waiter is woken when it
    /// is.
    [[nodiscard]] bool poll_ready(Direction direction, async::detail::Waiter& waiter,
                                  async::Context const& cx, Readiness& seen) noexcept {
        seen = look(direction);
        if (seen.bits != 0) {
            return true;
        }
        std::optional<async::Waker> waker(cx.waker().clone());  // ends after the lock
        RawLock const lock(mutex_);
        seen = look(direction);
        if (seen.bits != 0) {
            return true;
        }
        waiter.waker.swap(waker);
        if (!waiter.linked) {
            waiters(direction).push_back(waiter);
        }
        return false;
    }

    /// The kernel has nothing (more), though `seen` said so.
    void clear(Direction direction, Readiness seen) noexcept {
        std::uint32_t const bit =
            direction == Direction::read ? Readiness::readable : Readiness::writable;
        // relaxed: a first guess, the exchange decides.
        std::uint64_t word = known_.load(std::memory_order_relaxed);
        Readiness now = unpack(word);
        while (now.turn == seen.turn && (now.bits & bit) != 0) {
            // relaxed, both: what was announced is the kernel's, not in our memory.
            if (known_.compare_exchange_weak(
                    word, pack({.bits = now.bits & ~bit, .turn = now.turn}),
                    std::memory_order_relaxed, std::memory_order_relaxed)) {
                return;
            }
            now = unpack(word);
        }
    }

    /// A future that waits no longer.
    void stop_waiting(Direction direction, async::detail::Waiter& waiter) noexcept {
        std::optional<async::Waker> last;  // ends after the lock
        RawLock const lock(mutex_);
        waiters(direction).remove(waiter);
        last.swap(waiter.waker);
    }

    /// By the reactor: the kernel has announced it.
    void announce(std::uint32_t bits, std::uint32_t turn) noexcept {
        // relaxed: a first guess, the exchange decides.
        std::uint64_t word = known_.load(std::memory_order_relaxed);
        // release: pairs with acquire in look, for what whoever woke us by this has written.
        while (!known_.compare_exchange_weak(
            word, pack({.bits = unpack(word).bits | bits, .turn = turn}), std::memory_order_release,
            std::memory_order_relaxed)) {}
        for (Direction const direction : {Direction::read, Direction::write}) {
            if ((bits & Readiness::of(direction)) != 0) {
                wake_all(direction);
            }
        }
    }

private:
    friend class Reactor;

    static constexpr std::uint64_t pack(Readiness readiness) noexcept {
        return std::uint64_t{readiness.turn} << 32 | readiness.bits;
    }
    static constexpr Readiness unpack(std::uint64_t word) noexcept {
        return {.bits = static_cast<std::uint32_t>(word),
                .turn = static_cast<std::uint32_t>(word >> 32)};
    }

    [[nodiscard]] Readiness look(Direction direction) const noexcept {
        // acquire: pairs with release in announce.
        Readiness known = unpack(known_.load(std::memory_order_acquire));
        known.bits &= Readiness::of(direction);
        return known;
    }

    [[nodiscard]] async::detail::WaitList& waiters(Direction direction) noexcept {
        return direction == Direction::read ? readers_ : writers_;
    }

    void wake_all(Direction direction) noexcept {
        for (bool all = false; !all;) {
            WakerBatch batch;  // ends after the lock
            RawLock const lock(mutex_);
            while (!batch.is_full() && !all) {
                async::detail::Waiter* const waiter = waiters(direction).pop_front();
                all = waiter == nullptr;
                if (!all) {
                    batch.take(*waiter->waker);
                    waiter->waker.reset();
                }
            }
        }
    }

    Atomic<std::uint64_t> known_;
    RawMutex mutex_;  // of the waiters
    async::detail::WaitList readers_;
    async::detail::WaitList writers_;

    // The reactor's, under its lock.
    IoSource* previous_ = nullptr;
    IoSource* next_ = nullptr;
    IoSource* next_to_tell_ = nullptr;
};

}  // namespace tandem::rt::detail
