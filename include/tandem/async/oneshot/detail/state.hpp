#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "tandem/async/waker.hpp"
#include "tandem/core/detail/atomic.hpp"

namespace tandem::async::oneshot::detail {

/// What the two ends share: a place for the value, one for each end's waker, and one word that
/// says whose each place is. No lock: every step is one exchange of the word.
///
///   completed        the sender is done; the value, if there is one, is the receiver's now
///   closed           the receiver is gone; a value can no longer be sent
///   receiver_waits   the receiver's waker is in its place, and the sender's to call
///   sender_waits     the sender's waker is in its place, and the receiver's to call
///
/// Who sets `completed` or `closed` takes the other's waker if its bit was set before. Who finds
/// his own waker's bit still set when he clears it has the waker back.
template <class T>
class State {
public:
    State() noexcept {}
    State(State const&) = delete;
    State& operator=(State const&) = delete;

    /// Nothing if the receiver gets the value; else the value.
    [[nodiscard]] std::optional<T> send(T&& value) {
        if (is_closed()) {
            return std::optional<T>(std::move(value));
        }
        value_.emplace(std::move(value));
        return complete() ? std::nullopt : std::exchange(value_, std::nullopt);
    }

    /// False if the receiver has closed: it will not look any more.
    bool complete() noexcept {
        // relaxed: the exchange below decides.
        std::uint8_t before = word_.load(std::memory_order_relaxed);
        do {
            if ((before & closed) != 0) {
                return false;
            }
            // release: pairs with acquire in the receiver's loads: it sees the value.
            // acquire: pairs with release in wait: we see the receiver's waker.
            // relaxed: a failed attempt looks again.
        } while (!word_.compare_exchange_weak(before, before | completed, std::memory_order_acq_rel,
                                              std::memory_order_relaxed));
        if ((before & receiver_waits) != 0) {
            wake(receiver_);
        }
        return true;
    }

    [[nodiscard]] bool is_closed() const noexcept {
        // acquire: pairs with release in close: we see what was done before it.
        return (word_.load(std::memory_order_acquire) & closed) != 0;
    }

    /// Is there something to take, or will there never be?
    [[nodiscard]] bool is_over() const noexcept {
        // acquire: pairs with release in complete: the value is there.
        return (word_.load(std::memory_order_acquire) & (completed | closed)) != 0;
    }

    [[nodiscard]] bool complete_or_wait(Context& cx) {
        return wait(cx, receiver_, receiver_waits, completed | closed);
    }
    [[nodiscard]] bool closed_or_wait(Context& cx) {
        return wait(cx, sender_, sender_waits, closed);
    }

    void stop_waiting_for_close() noexcept { take_back(sender_, sender_waits, closed); }

    /// For the receiver alone, once it is_over. Nothing if there is none.
    [[nodiscard]] std::optional<T> take_value() {
        // acquire: pairs with release in complete. Without that bit the place is the sender's.
        if ((word_.load(std::memory_order_acquire) & completed) == 0) {
            return std::nullopt;
        }
        return std::exchange(value_, std::nullopt);
    }

    void close() noexcept {
        // release: what the receiver did before is seen by a sender that finds it closed.
        // acquire: pairs with release in wait: we see the sender's waker.
        std::uint8_t const before = word_.fetch_or(closed, std::memory_order_acq_rel);
        if ((before & closed) == 0 && (before & sender_waits) != 0) {
            wake(sender_);
        }
    }

    /// The receiver ends: nobody will take the value any more, nor wants to be woken.
    void drop_receiver() noexcept {
        close();
        take_back(receiver_, receiver_waits, completed);
        // acquire: pairs with release in complete, which may have come before we closed.
        if ((word_.load(std::memory_order_acquire) & completed) != 0) {
            value_.reset();
        }
    }

private:
    static constexpr std::uint8_t completed = 1;
    static constexpr std::uint8_t closed = 2;
    static constexpr std::uint8_t receiver_waits = 4;
    static constexpr std::uint8_t sender_waits = 8;

    static void wake(std::optional<Waker>& waker) noexcept {
        Waker mine(*std::move(waker));
        waker.reset();
        mine.wake();
    }

    /// Takes one's own waker back. False if the other end has taken it, and the event is here.
    bool take_back(std::optional<Waker>& place, std::uint8_t waits, std::uint8_t event) noexcept {
        // acquire: if the event has come, we see what came with it.
        std::uint8_t const before =
            word_.fetch_and(static_cast<std::uint8_t>(~waits), std::memory_order_acquire);
        if ((before & waits) != 0 && (before & event) == 0) {
            std::optional<Waker> const last = std::exchange(place, std::nullopt);
        }
        return (before & event) == 0;
    }

    /// True if `event` has come; else the waker is in its place, and that event calls it.
    bool wait(Context& cx, std::optional<Waker>& place, std::uint8_t waits, std::uint8_t event) {
        // acquire: pairs with release in complete and close, whichever we wait for.
        std::uint8_t const now = word_.load(std::memory_order_acquire);
        if ((now & event) != 0) {
            return true;
        }
        if ((now & waits) != 0 && !take_back(place, waits, event)) {
            return true;
        }
        place.emplace(cx.waker().clone());
        // release: the other end sees the waker. acquire: and we the event, if it came first.
        std::uint8_t const before = word_.fetch_or(waits, std::memory_order_acq_rel);
        if ((before & event) != 0) {
            place.reset();  // the event came before the bit, so the other end has not taken it
            return true;
        }
        return false;
    }

    tandem::detail::Atomic<std::uint8_t> word_{0};
    std::optional<T> value_;  // the sender's until completed, then the receiver's
    std::optional<Waker> receiver_;
    std::optional<Waker> sender_;
};

}  // namespace tandem::async::oneshot::detail
