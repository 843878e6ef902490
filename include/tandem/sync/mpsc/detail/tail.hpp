#pragma once

#include <cstdint>

#include "tandem/core/detail/atomic.hpp"
#include "tandem/core/detail/parker.hpp"
#include "tandem/sync/mpsc/detail/backoff.hpp"
#include "tandem/sync/mpsc/detail/channel.hpp"

namespace tandem::sync::mpsc::detail {

/// Where the next parcel goes, whether the channel is closed and whether the receiver sleeps: all
/// in one word, so that one compare-and-swap of a sender reserves its place, finds the channel
/// open, and takes over the duty to wake the receiver.
///
///     │ position, 62 bits │ closed │ sleeping │
///
///             sleep_until, only if nothing is reserved
///     awake ───────────────────────────────────────────► sleeping
///       ▲    reserve by a sender, who must then wake          │
///       ├─────────────────────────────────────────────────────┤
///       │    the deadline                                     │
///       └─────────────────────────────────────────────────────┘
class Tail {
public:
    /// The word as somebody saw it.
    class View {
    public:
        [[nodiscard]] std::uint64_t position() const noexcept { return word_ / one; }
        [[nodiscard]] bool is_closed() const noexcept { return (word_ & closed) != 0; }

    private:
        friend class Tail;
        explicit View(std::uint64_t word) noexcept : word_(word) {}

        std::uint64_t word_;
    };

    [[nodiscard]] View look() const noexcept {
        // acquire: pairs with close, whoever finds the channel closed sees all that its last
        // sender (or receiver) did before; and with step, for the block to which the list went on.
        return View(word_.load(std::memory_order_acquire));
    }

    /// Reserves the place at `seen`'s position, unless the word has changed: then look again. The
    /// caller has seen the channel open, fills the place, and calls wake(seen).
    [[nodiscard]] bool reserve(View seen, std::uint64_t next) noexcept {
        // relaxed: a reservation shows nothing to anybody, only the filled place does.
        return word_.compare_exchange_weak(seen.word_, next * one, std::memory_order_relaxed,
                                           std::memory_order_relaxed);
    }

    /// Moves on by one position that is no place.
    void step() noexcept {
        // release: pairs with look, what was made for the next positions can be seen from there.
        word_.fetch_add(one, std::memory_order_release);
    }

    /// Wakes the receiver, if the reservation at `seen` took over the duty to do so.
    void wake(View seen) noexcept {
        if ((seen.word_ & sleeping) != 0) [[unlikely]] {
            receiver_.unpark();
        }
    }

    /// From here on nothing is reserved.
    void close() noexcept {
        // release: pairs with look.
        wake(View(word_.fetch_or(closed, std::memory_order_release)));
    }

    /// Puts the receiver, which has found nothing at `head`, to sleep until something is reserved
    /// there or the channel is closed. False if the deadline has passed.
    [[nodiscard]] bool sleep_until(std::uint64_t head, Deadline deadline) noexcept {
        std::uint64_t expected = head * one;
        // relaxed: says nothing but that we sleep; the Parker orders what we see when we wake up.
        if (!word_.compare_exchange_strong(expected, expected | sleeping,
                                           std::memory_order_relaxed)) {
            return true;
        }
        if (receiver_.park_until(deadline)) {
            return true;
        }
        // relaxed: as above.
        std::uint64_t const before = word_.fetch_and(~sleeping, std::memory_order_relaxed);
        if ((before & closed) != 0) {
            return true;  // nobody sleeps in a closed channel, so the unpark may stay unused
        }
        if ((before & sleeping) != 0) {
            return false;
        }
        receiver_.park();  // a sender has taken over the duty, and is about to do it
        return true;
    }

private:
    static constexpr std::uint64_t sleeping = 1;
    static constexpr std::uint64_t closed = 2;
    static constexpr std::uint64_t one = 4;  // a position

    tandem::detail::Atomic<std::uint64_t> word_{0};
    tandem::detail::Parker receiver_;
};

/// What the receiver finds at position `head`, where `front()` is the parcel or null. A place that
/// is reserved but not yet filled is waited for: the parcels behind it may be sent already.
template <class T, class Front>
[[nodiscard]] Arrival<T> poll_at(std::uint64_t head, Tail const& tail, Front front) noexcept {
    Backoff backoff;
    while (true) {
        if (Parcel<T>* const parcel = front()) {
            return {.parcel = parcel};
        }
        Tail::View const seen = tail.look();
        if (seen.position() == head) {
            return {.disconnected = seen.is_closed()};
        }
        backoff.snooze_or_nap();
    }
}

/// The same, but waits until something is there, the channel is closed or the deadline has passed.
template <class T, class Front>
[[nodiscard]] Arrival<T> wait_at(std::uint64_t head, Tail& tail, Front front,
                                 Deadline deadline) noexcept {
    Backoff backoff;
    while (true) {
        Arrival<T> const arrival = poll_at<T>(head, tail, front);
        if (!arrival.is_nothing_yet()) {
            return arrival;
        }
        // Only the place is looked at here: the tail belongs to the senders' cores.
        while (front() == nullptr) {
            if (!backoff.snooze()) {
                if (!tail.sleep_until(head, deadline)) {
                    return {};
                }
                break;
            }
        }
    }
}

}  // namespace tandem::sync::mpsc::detail
