#pragma once

#include <utility>

#include "tandem/async/detail/task_checks.hpp"
#include "tandem/async/mpsc/detail/channel.hpp"
#include "tandem/async/mpsc/error.hpp"
#include "tandem/async/poll.hpp"
#include "tandem/core/detail/needs.hpp"
#include "tandem/core/detail/raise.hpp"
#include "tandem/core/result.hpp"
#include "tandem/core/unit.hpp"

namespace tandem::async::mpsc {

/// A slot in a bounded channel: a value can be sent into it without waiting. Dropped, it gives the
/// slot back.
///
/// Rust:      tokio::sync::mpsc::Permit<T>
/// Unchecked: it borrows the sender, which must outlive it
/// Errors:    a second send panics. A value sent when the receiver is gone is dropped.
///
///     auto permit = (co_await tx.reserve()).unwrap();
///     std::move(permit).send(make_value());
template <class T>
class [[nodiscard]] Permit {
public:
    using tandem_send = tandem::detail::Never;

    explicit Permit(detail::Channel<T>& channel) noexcept : channel_(&channel) {}
    Permit(Permit&& other) noexcept : channel_(std::exchange(other.channel_, nullptr)) {}
    Permit& operator=(Permit&& other) noexcept {
        Permit last(std::move(other));
        std::swap(channel_, last.channel_);
        return *this;
    }
    ~Permit() {
        if (channel_ != nullptr) {
            channel_->give_slot_back();
        }
    }

    /// Sends, and ends the permit.
    void send(T value) && {
        if (channel_ == nullptr) [[unlikely]] {
            tandem::detail::raise("this Permit was used: reserve one for each value");
        }
        static_cast<void>(push(value));
    }

private:
    template <class>
    friend class Sending;

    /// False: the receiver is gone, and the value still yours.
    [[nodiscard]] bool push(T& value) {
        bool const pushed = channel_->push(std::move(value));
        channel_ = nullptr;  // after it: should the move throw, the slot is given back
        return pushed;
    }

    detail::Channel<T>* channel_;  // none once used
};

/// A slot, as soon as there is one; made by `Sender::reserve()`.
///
/// Rust:      the future of tokio::sync::mpsc::Sender::reserve
/// Unchecked: it borrows the sender, which must outlive it
/// Cancel:    the place in the queue is lost; a slot that was given meanwhile goes to the next
/// Wakes:     the receiver, as it takes a value or closes; or a permit that is dropped
template <class T>
class [[nodiscard]] Reserve {
public:
    using Output = Result<Permit<T>, SendError<Unit>>;
    using tandem_send = tandem::detail::Never;

    explicit Reserve(detail::Channel<T>& channel) noexcept : channel_(&channel) {}
    Reserve(Reserve&& other,
            tandem::detail::CallSite where = tandem::detail::CallSite::current()) noexcept
        : channel_(other.channel_) {
        async::detail::check_move("the future of reserve()", other.waits_, where);
    }
    Reserve& operator=(Reserve&&) = delete;
    ~Reserve() {
        if (waits_) {
            channel_->drop_waiter(waiter_);
        }
    }

    Poll<Output> poll(Context& cx) {
        detail::SlotPoll const slot = channel_->poll_slot(waiter_, cx);
        waits_ = slot == detail::SlotPoll::pending;
        if (waits_) {
            return Poll<Output>::pending();
        }
        if (slot == detail::SlotPoll::closed) {
            return Poll<Output>::ready(Output(std::unexpect, Unit{}));
        }
        return Poll<Output>::ready(Output(std::in_place, *channel_));
    }

private:
    detail::Channel<T>* channel_;
    detail::SlotWaiter waiter_;
    bool waits_ = false;
};

}  // namespace tandem::async::mpsc
