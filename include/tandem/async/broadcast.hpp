#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

#include "tandem/async/block_on.hpp"
#include "tandem/async/broadcast/detail/ring.hpp"
#include "tandem/async/broadcast/error.hpp"
#include "tandem/async/detail/shared.hpp"
#include "tandem/async/detail/task_checks.hpp"
#include "tandem/core/detail/needs.hpp"
#include "tandem/core/detail/polling.hpp"
#include "tandem/core/detail/raise.hpp"
#include "tandem/core/result.hpp"

/// Every receiver sees every value: for events that many want to hear of.
///
/// Rust: the module tokio::sync::broadcast
namespace tandem::async::broadcast {

namespace detail {

template <class T>
concept HasClone = requires(T const& value) {
    { value.clone() } -> std::same_as<T>;
};

/// The value for one receiver: a copy, or the value itself for the last of them.
template <class T>
[[nodiscard]] T own(Arc<T> shared) {
    if (shared.strong_count() == 1) {
        return *std::move(shared)
                    .into_inner();  // it was taken out of the ring: nobody can share it
    }
    if constexpr (std::copy_constructible<T>) {
        return T(*shared);
    } else {
        return shared->clone();
    }
}

}  // namespace detail

/// The next value; made by `Receiver::recv()`.
///
/// Rust:      the future of tokio::sync::broadcast::Receiver::recv
/// Unchecked: it borrows the receiver, which must outlive it
/// Cancel:    nothing is lost: a value is taken only as it becomes ready
/// Wakes:     the sender of the next value, or the last sender as it is dropped
template <class T>
class [[nodiscard]] Recv {
public:
    using Output = Result<T, RecvError>;
    using tandem_send = tandem::detail::Never;

    Recv(detail::Ring<T>& ring, std::uint64_t& next) noexcept : ring_(&ring), next_(&next) {}
    Recv(Recv&& other,
         tandem::detail::CallSite where = tandem::detail::CallSite::current()) noexcept
        : ring_(other.ring_), next_(other.next_) {
        async::detail::check_move("the future of recv()", other.waits_, where);
    }
    Recv& operator=(Recv&&) = delete;
    ~Recv() {
        if (waits_) {
            ring_->stop_waiting(waiter_);
        }
    }

    Poll<Output> poll(Context& cx) {
        if (!cx.poll_proceed()) {
            return Poll<Output>::pending();
        }
        using Kind = typename detail::Found<T>::Kind;
        detail::Found<T> found = ring_->poll_take(*next_, waiter_, cx);
        waits_ = found.kind == Kind::nothing;
        if (!waits_) {
            cx.made_progress();
        }
        switch (found.kind) {
            case Kind::nothing: return Poll<Output>::pending();
            case Kind::value: return Poll<Output>::ready(Ok(detail::own(*std::move(found.value))));
            case Kind::missed: return Poll<Output>::ready(Err(RecvError::lagged(found.missed)));
            default: return Poll<Output>::ready(Err(RecvError::closed()));
        }
    }

private:
    detail::Ring<T>* ring_;
    std::uint64_t* next_;
    detail::Waiter waiter_;
    bool waits_ = false;
};

/// An end that sees every value sent since it was made; made by `channel<T>(n)` or subscribe().
///
/// Rust:   tokio::sync::broadcast::Receiver<T>
/// C++:    nothing; a queue for each reader
/// Errors: a receiver that is more than `n` values behind learns how many it missed, and goes on
///         with the oldest kept; at the end, closed
/// Cost:   each value is copied for each receiver but the last, which gets the value itself
///
///     auto [tx, rx] = broadcast::channel<Event>(16);
///     auto const event = co_await rx.recv();
template <class T>
class Receiver {
public:
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<T>, tandem::detail::SyncOf<T>>;
    using tandem_sync = tandem_send;

    explicit Receiver(async::detail::Shared<detail::Ring<T>> ring)
        : ring_(std::move(ring)), next_(ring_->add_receiver()) {}
    Receiver(Receiver&&) noexcept = default;
    Receiver& operator=(Receiver&& other) noexcept {
        Receiver last(std::move(other));
        std::swap(ring_, last.ring_);
        std::swap(next_, last.next_);
        return *this;
    }
    ~Receiver() {
        if (ring_) {
            ring_->remove_receiver(next_);
        }
    }

    /// Waits for the next value.
    Recv<T> recv() & { return Recv<T>(*ring_, next_); }

    /// The next value if it is there; never waits.
    [[nodiscard]] Result<T, TryRecvError> try_recv() {
        using Kind = typename detail::Found<T>::Kind;
        detail::Found<T> found = ring_->take(next_);
        switch (found.kind) {
            case Kind::nothing: return Err(TryRecvError::empty());
            case Kind::value: return Ok(detail::own(*std::move(found.value)));
            case Kind::missed: return Err(TryRecvError::lagged(found.missed));
            default: return Err(TryRecvError::closed());
        }
    }

    /// Waits on this thread, for code that is no task; in one it panics.
    [[nodiscard]] Result<T, RecvError> blocking_recv(
        std::source_location where = std::source_location::current()) {
        tandem::detail::forbid_blocking("blocking_recv()", "co_await recv()", where);
        return block_on(recv());
    }

    /// A new receiver, that sees what is sent from now on.
    [[nodiscard]] Receiver resubscribe() const { return Receiver(ring_.clone()); }

    /// How many values were sent and not received here; more than `n` if some are lost.
    [[nodiscard]] std::size_t len() const { return ring_->sent_since(next_); }
    [[nodiscard]] bool is_empty() const { return len() == 0; }
    [[nodiscard]] bool is_closed() const { return !ring_->has_senders(); }
    [[nodiscard]] bool same_channel(Receiver const& other) const noexcept {
        return ring_.ptr_eq(other.ring_);
    }

private:
    async::detail::Shared<detail::Ring<T>> ring_;
    std::uint64_t next_;  // the number of the next value to receive
};

/// The end where values go in; made by `channel<T>(n)`.
///
/// Rust:   tokio::sync::broadcast::Sender<T>
/// C++:    nothing; a queue for each reader
/// Errors: send gives the value back if there is no receiver at the moment; a later one may succeed
/// Cost:   one allocation a value
template <class T>
class Sender {
public:
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<T>, tandem::detail::SyncOf<T>>;
    using tandem_sync = tandem_send;

    explicit Sender(async::detail::Shared<detail::Ring<T>> ring) noexcept
        : ring_(std::move(ring)) {}
    Sender(Sender&&) noexcept = default;
    Sender& operator=(Sender&& other) noexcept {
        Sender last(std::move(other));
        std::swap(ring_, last.ring_);
        return *this;
    }
    ~Sender() {
        if (ring_) {
            ring_->remove_sender();
        }
    }

    [[nodiscard]] Sender clone() const {
        ring_->add_sender();
        return Sender(ring_.clone());
    }

    /// Sends to all receivers, and says how many there are; never waits.
    Result<std::size_t, SendError<T>> send(T value) const {
        std::optional<sync::Arc<T>> shared(sync::make_arc<T>(std::move(value)));
        if (std::size_t const receivers = ring_->send(shared); receivers != 0) {
            return receivers;
        }
        return Err(SendError<T>(*(*std::move(shared)).into_inner()));
    }

    /// A new receiver, that sees what is sent from now on.
    [[nodiscard]] Receiver<T> subscribe() const { return Receiver<T>(ring_.clone()); }

    [[nodiscard]] std::size_t receiver_count() const { return ring_->receivers(); }
    /// How many values have yet to be received by somebody.
    [[nodiscard]] std::size_t len() const { return ring_->size(); }
    [[nodiscard]] bool is_empty() const { return len() == 0; }
    [[nodiscard]] bool same_channel(Sender const& other) const noexcept {
        return ring_.ptr_eq(other.ring_);
    }

private:
    async::detail::Shared<detail::Ring<T>> ring_;
};

/// Makes a channel that keeps the last `n` values for slow receivers.
///
/// Rust:   tokio::sync::broadcast::channel, which rounds `n` up to a power of two
/// Errors: an `n` of 0 panics
template <class T>
[[nodiscard]] std::pair<Sender<T>, Receiver<T>> channel(std::size_t n) {
    static_assert(std::copy_constructible<T> || detail::HasClone<T>,
                  "broadcast gives every receiver a value of its own: T must be copyable, or have "
                  "a clone(); send an Arc<T> instead");
    if (n == 0) [[unlikely]] {
        tandem::detail::raise(
            "broadcast::channel(0): the channel needs room for one value at least");
    }
    auto ring = async::detail::Shared<detail::Ring<T>>::make(n);
    return {Sender<T>(ring.clone()), Receiver<T>(ring.clone())};
}

}  // namespace tandem::async::broadcast
