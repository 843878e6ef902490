#pragma once

#include <cstddef>
#include <optional>
#include <source_location>
#include <utility>
#include <vector>

#include "tandem/async/block_on.hpp"
#include "tandem/async/detail/shared.hpp"
#include "tandem/async/mpsc/detail/channel.hpp"
#include "tandem/async/mpsc/error.hpp"
#include "tandem/core/detail/needs.hpp"
#include "tandem/core/detail/polling.hpp"
#include "tandem/core/result.hpp"

namespace tandem::async::mpsc {

/// The next value, or nothing once all senders are gone; made by `Receiver::recv()`.
///
/// Rust:      the future of tokio::sync::mpsc::Receiver::recv
/// Unchecked: it borrows the receiver, which must outlive it
/// Cancel:    nothing is lost: a value is taken only as it becomes ready
/// Wakes:     the sender of the next value, or the last sender as it is dropped
template <class T>
class [[nodiscard]] Recv {
public:
    using Output = std::optional<T>;
    using tandem_send = tandem::detail::Never;

    explicit Recv(detail::Channel<T>& channel) noexcept : channel_(&channel) {}
    Recv(Recv&& other) noexcept
        : channel_(other.channel_), waits_(std::exchange(other.waits_, false)) {}
    Recv& operator=(Recv&&) = delete;
    ~Recv() {
        if (waits_) {
            channel_->stop_receiving();
        }
    }

    Poll<Output> poll(Context& cx) {
        if (!cx.poll_proceed()) {
            return Poll<Output>::pending();
        }
        Poll<Output> next = channel_->poll_pop(cx);
        waits_ = next.is_pending();
        if (!waits_) {
            cx.made_progress();
        }
        return next;
    }

private:
    detail::Channel<T>* channel_;
    bool waits_ = false;
};

/// Up to a number of values at once, at the end of a vector; how many, or 0 once all senders are
/// gone. Made by `Receiver::recv_many()`.
///
/// Rust:      the future of tokio::sync::mpsc::Receiver::recv_many
/// Unchecked: it borrows the receiver and the vector, which must outlive it
/// Cancel:    nothing is lost: values are taken only as it becomes ready
/// Wakes:     the sender of the next value, or the last sender as it is dropped
template <class T>
class [[nodiscard]] RecvMany {
public:
    using Output = std::size_t;
    using tandem_send = tandem::detail::Never;

    RecvMany(detail::Channel<T>& channel, std::vector<T>& into, std::size_t limit) noexcept
        : next_(channel), channel_(&channel), into_(&into), limit_(limit) {}

    Poll<std::size_t> poll(Context& cx) {
        if (limit_ == 0) {
            return Poll<std::size_t>::ready(0U);
        }
        auto next = next_.poll(cx);
        if (next.is_pending()) {
            return Poll<std::size_t>::pending();
        }
        std::size_t count = 0;
        for (std::optional<T> value = std::move(next).value(); value; value = channel_->pop()) {
            into_->push_back(*std::move(value));
            if (++count == limit_) {
                break;
            }
        }
        return Poll<std::size_t>::ready(count);
    }

private:
    Recv<T> next_;
    detail::Channel<T>* channel_;
    std::vector<T>* into_;
    std::size_t limit_;
};

/// The end where values come out; made by `channel<T>(n)` and `unbounded_channel<T>()`.
///
/// Rust:      tokio::sync::mpsc::Receiver<T>, and UnboundedReceiver<T>
/// C++:       nothing; a queue with a mutex and a condition variable, which block a thread
/// Unchecked: two futures of one receiver at the same time: only the last that was polled is woken
/// Errors:    none: the end of the channel is an empty optional
///
///     while (std::optional<Job> job = co_await rx.recv()) { … }
template <class T>
class Receiver {
public:
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<T>>;
    using tandem_sync = tandem::detail::Needs<tandem::detail::SendOf<T>>;

    explicit Receiver(async::detail::Shared<detail::Channel<T>> channel) noexcept
        : channel_(std::move(channel)) {}
    Receiver(Receiver&&) noexcept = default;
    Receiver& operator=(Receiver&& other) noexcept {
        Receiver last(std::move(other));
        std::swap(channel_, last.channel_);
        return *this;
    }
    ~Receiver() {
        if (channel_) {
            channel_->end_of_receiver();
        }
    }

    /// Waits for the next value; empty once every sender is gone and all was received.
    Recv<T> recv() { return Recv<T>(*channel_); }

    /// Waits for one value, and takes up to `limit` that are there, in one go.
    RecvMany<T> recv_many(std::vector<T>& into, std::size_t limit) {
        return RecvMany<T>(*channel_, into, limit);
    }

    /// The next value if it is there; never waits.
    [[nodiscard]] Result<T, TryRecvError> try_recv() {
        if (std::optional<T> value = channel_->pop()) {
            return Ok(*std::move(value));
        }
        if (!channel_->is_over()) {
            return Err(TryRecvError::empty());
        }
        return Err(TryRecvError::disconnected());
    }

    /// Waits on this thread, for code that is no task; in one it panics.
    [[nodiscard]] std::optional<T> blocking_recv(
        std::source_location where = std::source_location::current()) {
        tandem::detail::forbid_blocking("blocking_recv()", "co_await recv()", where);
        return block_on(recv());
    }

    /// For a future of your own: its waker is kept until the next poll, or the receiver's end.
    [[nodiscard]] Poll<std::optional<T>> poll_recv(Context& cx) { return channel_->poll_pop(cx); }

    /// Refuses new values; those that were sent, or have a permit, can still be received.
    void close() { channel_->close(); }

    /// Has close() been called, or are all senders gone?
    [[nodiscard]] bool is_closed() const {
        return channel_->is_closed() || channel_->senders.get() == 0;
    }
    [[nodiscard]] bool is_empty() const { return len() == 0; }
    /// How many values were sent and not received.
    [[nodiscard]] std::size_t len() const { return channel_->size(); }
    /// How many values can be sent before senders wait.
    [[nodiscard]] std::size_t capacity() const { return channel_->capacity(); }
    [[nodiscard]] std::size_t max_capacity() const { return channel_->max_capacity(); }

private:
    async::detail::Shared<detail::Channel<T>> channel_;
};

/// Rust: tokio::sync::mpsc::UnboundedReceiver<T>
template <class T>
using UnboundedReceiver = Receiver<T>;

}  // namespace tandem::async::mpsc
