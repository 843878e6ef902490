#pragma once

#include <cstddef>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

#include "tandem/async/block_on.hpp"
#include "tandem/async/detail/shared.hpp"
#include "tandem/async/detail/task_checks.hpp"
#include "tandem/async/mpsc/detail/sender_share.hpp"
#include "tandem/async/mpsc/error.hpp"
#include "tandem/async/mpsc/permit.hpp"
#include "tandem/core/detail/needs.hpp"
#include "tandem/core/detail/polling.hpp"
#include "tandem/core/result.hpp"

namespace tandem::async::mpsc {

/// Sends one value as soon as there is room; made by `Sender::send()`.
///
/// Rust:      the future of tokio::sync::mpsc::Sender::send
/// Unchecked: it borrows the sender, which must outlive it
/// Errors:    gives the value back if the receiver is gone
/// Cancel:    the value is not sent, and dropped; with reserve() it stays yours
/// Wakes:     the receiver, as it takes a value or closes
template <class T>
class [[nodiscard]] Sending {
public:
    using Output = Result<void, SendError<T>>;
    using tandem_send = tandem::detail::Never;

    Sending(detail::Channel<T>& channel, T value) : channel_(&channel), value_(std::move(value)) {}
    Sending(
        Sending&& other,
        tandem::detail::CallSite where =
            tandem::detail::CallSite::current()) noexcept(std::is_nothrow_move_constructible_v<T>)
        : channel_(other.channel_), value_(std::move(other.value_)) {
        async::detail::check_move("the future of send()", other.waits_, where);
    }
    Sending& operator=(Sending&&) = delete;
    ~Sending() {
        if (waits_) {
            channel_->drop_waiter(waiter_);
        }
    }

    Poll<Output> poll(Context& cx) {
        if (!waits_) {
            detail::SlotPoll const sent = channel_->try_push(std::move(value_));
            if (sent != detail::SlotPoll::pending) {
                return finish(sent == detail::SlotPoll::granted);
            }
        }
        detail::SlotPoll const slot = channel_->poll_slot(waiter_, cx);
        waits_ = slot == detail::SlotPoll::pending;
        if (waits_) {
            return Poll<Output>::pending();
        }
        return finish(slot == detail::SlotPoll::granted && push());
    }

private:
    /// Into the slot that is ours, which is given back should the move throw.
    bool push() {
        Permit<T> slot(*channel_);
        return slot.push(value_);
    }

    Poll<Output> finish(bool sent) {
        return Poll<Output>::ready(sent ? Output() : Output(std::unexpect, std::move(value_)));
    }

    detail::Channel<T>* channel_;
    T value_;
    detail::SlotWaiter waiter_;
    bool waits_ = false;
};

/// Ready once the receiver is gone or has closed; made by `closed()` of a sender.
///
/// Rust:      the future of tokio::sync::mpsc::Sender::closed
/// Unchecked: it borrows the sender, which must outlive it
/// Cancel:    nothing is lost
/// Wakes:     the receiver, as it closes or is dropped
template <class T>
class [[nodiscard]] Closed {
public:
    using Output = void;
    using tandem_send = tandem::detail::Never;

    explicit Closed(detail::Channel<T>& channel) noexcept : channel_(&channel) {}
    Closed(Closed&& other,
           tandem::detail::CallSite where = tandem::detail::CallSite::current()) noexcept
        : channel_(other.channel_) {
        async::detail::check_move("the future of closed()", other.waits_, where);
    }
    Closed& operator=(Closed&&) = delete;
    ~Closed() {
        if (waits_) {
            channel_->stop_waiting_for_close(waiter_);
        }
    }

    Poll<void> poll(Context& cx) {
        waits_ = !channel_->closed_or_wait(waiter_, cx);
        return waits_ ? Poll<void>::pending() : Poll<void>::ready();
    }

private:
    detail::Channel<T>* channel_;
    detail::Waiter waiter_;
    bool waits_ = false;
};

template <class T>
class WeakSender;

/// The end of a bounded channel where values go in; made by `channel<T>(n)`.
///
/// Rust:   tokio::sync::mpsc::Sender<T>
/// C++:    nothing; a queue with a mutex and two condition variables, which block a thread
/// Errors: sending fails once the receiver is gone, and the error gives the value back
/// Cost:   one allocation for every 32 values
///
///     auto [tx, rx] = mpsc::channel<int>(32);
///     (co_await tx.send(1)).unwrap();
template <class T>
class Sender {
    using Error = TrySendError<T>;

public:
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<T>>;
    using tandem_sync = tandem::detail::Needs<tandem::detail::SendOf<T>>;

    explicit Sender(detail::SenderShare<T> share) noexcept : share_(std::move(share)) {}

    /// Another sender to the same receiver.
    [[nodiscard]] Sender clone() const { return Sender(share_.clone()); }

    /// Waits for room, in the order in which senders came.
    Sending<T> send(T value) const { return Sending<T>(share_.channel(), std::move(value)); }

    /// Sends if there is room now.
    Result<void, TrySendError<T>> try_send(T value) const {
        switch (share_.channel().try_push(std::move(value))) {
            case detail::SlotPoll::granted: return Ok();
            case detail::SlotPoll::pending:
                return Result<void, Error>(std::unexpect, Error::Reason::full, std::move(value));
            default:
                return Result<void, Error>(std::unexpect, Error::Reason::closed, std::move(value));
        }
    }

    /// Waits on this thread, for code that is no task; in one it panics.
    Result<void, SendError<T>> blocking_send(
        T value, std::source_location where = std::source_location::current()) const {
        tandem::detail::forbid_blocking("blocking_send()", "co_await send(…)", where);
        return block_on(send(std::move(value)));
    }

    /// Waits for a slot; the value can be made when it is there.
    Reserve<T> reserve() const { return Reserve<T>(share_.channel()); }

    /// A slot if one is free now.
    [[nodiscard]] Result<Permit<T>, TrySendError<Unit>> try_reserve() const {
        using Answer = Result<Permit<T>, TrySendError<Unit>>;
        using Reason = TrySendError<Unit>::Reason;
        detail::SlotPoll const slot = share_.channel().try_slot();
        if (slot == detail::SlotPoll::granted) {
            return Answer(std::in_place, share_.channel());
        }
        bool const full = slot == detail::SlotPoll::pending;
        return Answer(std::unexpect, full ? Reason::full : Reason::closed, Unit{});
    }

    /// Waits until the receiver is gone or has closed.
    Closed<T> closed() const { return Closed<T>(share_.channel()); }
    [[nodiscard]] bool is_closed() const { return share_.channel().is_closed(); }

    /// How many values can be sent now without waiting.
    [[nodiscard]] std::size_t capacity() const { return share_.channel().capacity(); }
    [[nodiscard]] std::size_t max_capacity() const { return share_.channel().max_capacity(); }
    [[nodiscard]] std::size_t strong_count() const { return share_.channel().senders.get(); }
    [[nodiscard]] bool same_channel(Sender const& other) const noexcept {
        return share_.same_channel(other.share_);
    }

    /// A sender that does not keep the channel open.
    [[nodiscard]] WeakSender<T> downgrade() const { return WeakSender<T>(share_.downgrade()); }

private:
    detail::SenderShare<T> share_;
};

/// A sender that does not keep the channel open.
///
/// Rust: tokio::sync::mpsc::WeakSender<T>
template <class T>
class WeakSender {
public:
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<T>>;
    using tandem_sync = tandem::detail::Needs<tandem::detail::SendOf<T>>;

    explicit WeakSender(async::detail::Shared<detail::Channel<T>> channel) noexcept
        : channel_(std::move(channel)) {}

    [[nodiscard]] WeakSender clone() const { return WeakSender(channel_.clone()); }

    /// A sender, if there is one left to share with.
    [[nodiscard]] std::optional<Sender<T>> upgrade() const {
        auto share = detail::SenderShare<T>::upgrade(channel_);
        return share ? std::optional<Sender<T>>(*std::move(share)) : std::nullopt;
    }

private:
    async::detail::Shared<detail::Channel<T>> channel_;
};

}  // namespace tandem::async::mpsc
