#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include "tandem/async/detail/shared.hpp"
#include "tandem/async/watch/detail/state.hpp"
#include "tandem/async/watch/futures.hpp"
#include "tandem/core/detail/call.hpp"
#include "tandem/core/detail/needs.hpp"
#include "tandem/core/result.hpp"

/// One value that changes, and receivers who see the latest: for configuration and shutdown.
///
/// Rust: the module tokio::sync::watch
namespace tandem::async::watch {

/// There is no receiver, and here is your value back.
///
/// Rust: tokio::sync::watch::error::SendError<T>
template <class T>
class SendError {
public:
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<T>>;
    using tandem_sync = tandem::detail::Needs<tandem::detail::SyncOf<T>>;

    explicit SendError(T value) : value_(std::move(value)) {}

    /// The value that was not sent.
    [[nodiscard]] T into_inner() && { return std::move(value_); }
    [[nodiscard]] T const& value() const& noexcept { return value_; }
    T const& value() const&& = delete;  // would dangle: use into_inner
    [[nodiscard]] std::string message() const { return "channel closed"; }

    friend bool operator==(SendError const&, SendError const&) = default;

private:
    T value_;
};

/// An end that sees the latest value; made by `channel(initial)`, clone() or subscribe().
///
/// Rust:      tokio::sync::watch::Receiver<T>
/// C++:       a variable with a mutex, a condition variable and a version
/// Unchecked: a borrow of a temporary receiver; see Ref
/// Errors:    changed() and wait_for() fail once all senders are gone
///
///     auto [tx, rx] = watch::channel(Config{});
///     while ((co_await rx.changed()).is_ok()) { apply(*rx.borrow_and_update()); }
template <class T>
class Receiver {
public:
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<T>, tandem::detail::SyncOf<T>>;
    using tandem_sync = tandem_send;

    Receiver(async::detail::Shared<detail::State<T>> state, std::uint64_t seen) noexcept
        : state_(std::move(state)), seen_(seen) {}
    Receiver(Receiver&&) noexcept = default;
    Receiver& operator=(Receiver&& other) noexcept {
        Receiver last(std::move(other));
        std::swap(state_, last.state_);
        std::swap(seen_, last.seen_);
        return *this;
    }
    ~Receiver() {
        if (state_) {
            state_->remove_receiver();
        }
    }

    /// A second receiver, that has seen what this one has.
    [[nodiscard]] Receiver clone() const {
        state_->add_receiver();
        return Receiver(state_.clone(), seen_);
    }

    /// Waits for a value that was not seen yet, and marks it as seen.
    Changed<T> changed() & { return Changed<T>(*state_, seen_); }

    /// Waits for a value that `pred` accepts; the present one counts.
    template <class Pred>
    WaitFor<T, std::decay_t<Pred>> wait_for(Pred&& pred) & {
        return WaitFor<T, std::decay_t<Pred>>(*state_, seen_, std::forward<Pred>(pred));
    }

    /// The latest value; it does not count as seen.
    [[nodiscard]] Ref<T> borrow() const& {
        detail::ReadLock reading = state_->read();
        bool const changed = state_->version() != seen_;
        return Ref<T>(state_->value(), std::move(reading), changed);
    }
    Ref<T> borrow() const&& = delete;  // would dangle: name the receiver

    /// The latest value, which counts as seen.
    [[nodiscard]] Ref<T> borrow_and_update() & {
        detail::ReadLock reading = state_->read();
        bool const changed = state_->version() != seen_;
        seen_ = state_->version();
        return Ref<T>(state_->value(), std::move(reading), changed);
    }

    /// Is there a value that was not seen? An error if all senders are gone, as in Tokio.
    template <class Answer = Result<bool, RecvError>>
    [[nodiscard]] Answer has_changed() const {
        std::uint64_t const latest = state_->version();
        if (state_->news(latest) == detail::News::closed) {
            return Answer(std::unexpect);
        }
        return Answer(std::in_place, latest != seen_);
    }

    /// Lets the present value count as not seen, or as seen.
    void mark_changed() { seen_ = state_->version() - 1; }
    void mark_unchanged() { seen_ = state_->version(); }

    [[nodiscard]] bool same_channel(Receiver const& other) const noexcept {
        return state_.ptr_eq(other.state_);
    }

private:
    async::detail::Shared<detail::State<T>> state_;
    std::uint64_t seen_;
};

/// The end that changes the value; made by `channel(initial)`.
///
/// Rust:      tokio::sync::watch::Sender<T>
/// C++:       a variable with a mutex, a condition variable and a version
/// Unchecked: sending while the same thread holds a Ref waits for ever
/// Errors:    send gives the value back if there is no receiver; the other ways to write never fail
template <class T>
class Sender {
public:
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<T>, tandem::detail::SyncOf<T>>;
    using tandem_sync = tandem_send;

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
            state_->remove_sender();
        }
    }

    [[nodiscard]] Sender clone() const {
        state_->add_sender();
        return Sender(state_.clone());
    }

    /// Puts a new value in the old one's place, if there is a receiver.
    Result<void, SendError<T>> send(T value) const {
        if (is_closed()) {
            return Result<void, SendError<T>>(std::unexpect, std::move(value));
        }
        static_cast<void>(send_replace(std::move(value)));
        return Ok();
    }

    /// Puts a new value in the old one's place, receivers or not, and yields the old one.
    T send_replace(T value) const {
        state_->write([&](T& old) {
            std::swap(old, value);
            return true;
        });
        return value;
    }

    /// Changes the value in place, by `fn(T&)`. Should it throw, nobody is told.
    template <class Fn>
    void send_modify(Fn&& fn) const {
        state_->write([&](T& value) {
            tandem::detail::call(fn, value);
            return true;
        });
    }

    /// Changes the value in place, and tells receivers only if `fn(T&)` returns true.
    template <class Fn>
    bool send_if_modified(Fn&& fn) const {
        return state_->write(
            [&](T& value) { return static_cast<bool>(tandem::detail::call(fn, value)); });
    }

    /// The latest value.
    [[nodiscard]] Ref<T> borrow() const& {
        detail::ReadLock reading = state_->read();
        return Ref<T>(state_->value(), std::move(reading), false);
    }
    Ref<T> borrow() const&& = delete;  // would dangle: name the sender

    /// A new receiver, for which the present value counts as seen.
    [[nodiscard]] Receiver<T> subscribe() const {
        state_->add_receiver();
        return Receiver<T>(state_.clone(), state_->version());
    }

    /// Waits until there is no receiver any more.
    Closed<T> closed() const& { return Closed<T>(*state_); }
    [[nodiscard]] bool is_closed() const { return receiver_count() == 0; }
    [[nodiscard]] std::size_t receiver_count() const { return state_->receivers(); }
    [[nodiscard]] bool same_channel(Sender const& other) const noexcept {
        return state_.ptr_eq(other.state_);
    }

private:
    async::detail::Shared<detail::State<T>> state_;
};

/// Makes a channel that holds one value, at first `initial`, which counts as seen.
///
/// Rust: tokio::sync::watch::channel
template <class T>
[[nodiscard]] std::pair<Sender<T>, Receiver<T>> channel(T initial) {
    auto state = async::detail::Shared<detail::State<T>>::make(std::move(initial));
    return {Sender<T>(state.clone()), Receiver<T>(state.clone(), 0)};
}

}  // namespace tandem::async::watch
