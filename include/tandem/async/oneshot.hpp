#pragma once

#include <optional>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>

#include "tandem/async/block_on.hpp"
#include "tandem/async/detail/shared.hpp"
#include "tandem/async/future.hpp"
#include "tandem/async/oneshot/detail/state.hpp"
#include "tandem/core/detail/needs.hpp"
#include "tandem/core/detail/polling.hpp"
#include "tandem/core/result.hpp"

/// One value, from one task to another.
///
/// Rust: the module tokio::sync::oneshot
namespace tandem::async::oneshot {

/// The sender was dropped without a value, or the receiver had closed first.
///
/// Rust: tokio::sync::oneshot::error::RecvError
struct RecvError {
    [[nodiscard]] std::string message() const { return "channel closed"; }
    friend bool operator==(RecvError const&, RecvError const&) = default;
};

/// Why `try_recv` has nothing: nothing is there yet, or nothing will ever come.
///
/// Rust: tokio::sync::oneshot::error::TryRecvError
class TryRecvError {
public:
    using tandem_send = void;
    using tandem_sync = void;

    [[nodiscard]] static constexpr TryRecvError empty() noexcept { return TryRecvError(false); }
    [[nodiscard]] static constexpr TryRecvError closed() noexcept { return TryRecvError(true); }

    [[nodiscard]] constexpr bool is_empty() const noexcept { return !closed_; }
    [[nodiscard]] constexpr bool is_closed() const noexcept { return closed_; }
    [[nodiscard]] std::string message() const {
        return closed_ ? "channel closed" : "channel empty";
    }

    friend bool operator==(TryRecvError const&, TryRecvError const&) = default;

private:
    constexpr explicit TryRecvError(bool closed) noexcept : closed_(closed) {}

    bool closed_;
};

/// Ready once the receiver is gone; made by `Sender::closed()`.
///
/// Rust:      the future of tokio::sync::oneshot::Sender::closed
/// Unchecked: two of them for one sender: only the last that was polled is woken
/// Cancel:    nothing is lost
/// Wakes:     the receiver, as it closes or is dropped
template <class T>
class [[nodiscard]] Closed {
public:
    using Output = void;
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<T>>;

    explicit Closed(async::detail::Shared<detail::State<T>> state) noexcept
        : state_(std::move(state)) {}
    Closed(Closed&&) noexcept = default;
    Closed& operator=(Closed&&) = delete;
    ~Closed() {
        if (state_ && waits_) {
            state_->stop_waiting_for_close();
        }
    }

    Poll<void> poll(Context& cx) {
        waits_ = !state_->closed_or_wait(cx);
        return waits_ ? Poll<void>::pending() : Poll<void>::ready();
    }

private:
    async::detail::Shared<detail::State<T>> state_;
    bool waits_ = false;
};

/// The end where the one value goes in; made by `channel<T>()`.
///
/// Rust:   tokio::sync::oneshot::Sender<T>
/// C++:    std::promise<T>
/// Errors: send gives the value back if the receiver is gone. A second send panics.
template <class T>
class Sender {
public:
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<T>>;
    using tandem_sync = tandem::detail::Needs<tandem::detail::SendOf<T>>;

    explicit Sender(async::detail::Shared<detail::State<T>> state) noexcept
        : state_(std::move(state)) {}
    Sender(Sender&&) noexcept = default;
    Sender& operator=(Sender&& other) noexcept {
        Sender last(std::move(other));
        std::swap(state_, last.state_);
        return *this;
    }
    ~Sender() {
        if (state_) {
            state_->complete();  // without a value
        }
    }

    /// Hands the value over and ends this sender; never waits.
    Result<void, T> send(T value) {
        if (!state_) [[unlikely]] {
            tandem::detail::raise(
                "this oneshot::Sender was moved from, or has sent: it sends one value, once. For "
                "several values use mpsc::channel");
        }
        if (std::optional<T> refused = state_->send(std::move(value))) {
            state_.reset();
            return Result<void, T>(std::unexpect, *std::move(refused));
        }
        state_.reset();
        return Ok();
    }

    /// Is the receiver gone, or has it called close()?
    [[nodiscard]] bool is_closed() const { return state_->is_closed(); }

    /// Waits until the receiver is gone: to give up work that nobody wants any more.
    Closed<T> closed() const { return Closed<T>(state_.clone()); }

private:
    async::detail::Shared<detail::State<T>> state_;
};

/// The end where the one value comes out: a future of it; made by `channel<T>()`.
///
/// Rust:   tokio::sync::oneshot::Receiver<T>
/// C++:    std::future<T>, which blocks a thread
/// Errors: RecvError if the sender is dropped without a value. Polled on afterwards, it panics.
/// Cancel: a value that was sent and not received is dropped. `co_await std::ref(rx)` keeps it.
/// Wakes:  the sender, as it sends or is dropped
///
///     auto [tx, rx] = oneshot::channel<int>();
///     tx.send(7).unwrap();
///     int const seven = (co_await std::move(rx)).unwrap();
template <class T>
class [[nodiscard]] Receiver {
public:
    using Output = Result<T, RecvError>;
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<T>>;
    using tandem_sync = tandem::detail::Needs<tandem::detail::SendOf<T>>;

    explicit Receiver(async::detail::Shared<detail::State<T>> state) noexcept
        : state_(std::move(state)) {}
    Receiver(Receiver&&) noexcept = default;
    Receiver& operator=(Receiver&& other) noexcept {
        Receiver last(std::move(other));
        std::swap(state_, last.state_);
        return *this;
    }
    ~Receiver() {
        if (state_) {
            state_->drop_receiver();
        }
    }

    Poll<Output> poll(Context& cx) {
        require_open();
        if (!cx.poll_proceed() || !state_->complete_or_wait(cx)) {
            return Poll<Output>::pending();
        }
        cx.made_progress();
        return Poll<Output>::ready(take());
    }

    /// The value if it is there; never waits.
    [[nodiscard]] Result<T, TryRecvError> try_recv() {
        if (!state_) {
            return Err(TryRecvError::closed());
        }
        if (!state_->is_over()) {
            return Err(TryRecvError::empty());
        }
        Output taken = take();
        if (taken.is_err()) {
            return Err(TryRecvError::closed());
        }
        return Ok(std::move(*taken));
    }

    /// Refuses a value from now on; one that was sent before can still be received.
    void close() noexcept {
        if (state_) {
            state_->close();
        }
    }

    /// Waits on this thread, for code that is no task; in one it panics.
    [[nodiscard]] Output blocking_recv(
        std::source_location where = std::source_location::current()) && {
        tandem::detail::forbid_blocking("blocking_recv()", "co_await the receiver", where);
        return block_on(async::detail::Borrowed<Receiver>(*this));
    }
    [[nodiscard]] Output blocking_recv(
        std::source_location where = std::source_location::current()) & {
        return std::move(*this).blocking_recv(where);
    }

    /// True once the result was taken: it must not be awaited again.
    [[nodiscard]] bool is_terminated() const noexcept { return !state_; }

private:
    void require_open() const {
        if (!state_) [[unlikely]] {
            tandem::detail::raise(
                "this oneshot::Receiver was moved from, or has given its result: it receives one "
                "value, once. For several values use mpsc::channel");
        }
    }

    Output take() {
        std::optional<T> value = state_->take_value();
        state_->drop_receiver();
        state_.reset();
        if (!value) {
            return Err(RecvError{});
        }
        return Ok(*std::move(value));
    }

    async::detail::Shared<detail::State<T>> state_;  // none once the result is taken
};

/// Makes a channel for one value.
///
/// Rust: tokio::sync::oneshot::channel
/// Cost: one allocation
template <class T>
[[nodiscard]] std::pair<Sender<T>, Receiver<T>> channel() {
    static_assert(std::is_object_v<T> && std::is_same_v<T, std::remove_cvref_t<T>>,
                  "a channel carries values: no references, not const, and Unit in place of void");
    auto state = async::detail::Shared<detail::State<T>>::make();
    auto mine = state.clone();
    return {Sender<T>(std::move(mine)), Receiver<T>(std::move(state))};
}

}  // namespace tandem::async::oneshot
