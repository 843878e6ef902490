#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "tandem/async/detail/task_checks.hpp"
#include "tandem/async/poll.hpp"
#include "tandem/async/watch/detail/state.hpp"
#include "tandem/core/detail/call.hpp"
#include "tandem/core/detail/needs.hpp"
#include "tandem/core/result.hpp"

namespace tandem::async::watch {

/// Every sender is gone: the value does not change any more.
///
/// Rust: tokio::sync::watch::error::RecvError
struct RecvError {
    [[nodiscard]] std::string message() const { return "channel closed"; }
    friend bool operator==(RecvError const&, RecvError const&) = default;
};

/// The watched value, for reading; the sender waits while a Ref lives.
///
/// Rust:      tokio::sync::watch::Ref<T>
/// Unchecked: it borrows the end it came from; and one that is held across a co_await, or while the
///            same task sends, holds up the sender's thread, perhaps for ever
template <class T>
class [[nodiscard]] Ref {
public:
    using tandem_send = tandem::detail::Never;

    Ref(T const& value, detail::ReadLock lock, bool has_changed) noexcept
        : value_(std::addressof(value)), lock_(std::move(lock)), has_changed_(has_changed) {}
    Ref(Ref&&) noexcept = default;
    Ref& operator=(Ref&&) = delete;

    [[nodiscard]] T const& operator*() const noexcept { return *value_; }
    [[nodiscard]] T const* operator->() const noexcept { return value_; }

    /// Had the receiver not seen this value before? Always false for a sender's.
    [[nodiscard]] bool has_changed() const noexcept { return has_changed_; }

private:
    T const* value_;
    detail::ReadLock lock_;
    bool has_changed_;
};

/// Ready when there is a value that the receiver has not seen; made by `Receiver::changed()`.
///
/// Rust:      the future of tokio::sync::watch::Receiver::changed
/// Unchecked: it borrows the receiver, which must outlive it
/// Cancel:    nothing is lost: a change that was not reported is reported by the next
/// Wakes:     the sender, as it sends, or the last one as it is dropped
template <class T>
class [[nodiscard]] Changed {
public:
    using Output = Result<void, RecvError>;
    using tandem_send = tandem::detail::Never;

    Changed(detail::State<T>& state, std::uint64_t& seen) noexcept : state_(&state), seen_(&seen) {}
    Changed(Changed&& other,
            tandem::detail::CallSite where = tandem::detail::CallSite::current()) noexcept
        : state_(other.state_), seen_(other.seen_) {
        async::detail::check_move("the future of changed()", other.waits_, where);
    }
    Changed& operator=(Changed&&) = delete;
    ~Changed() {
        if (waits_) {
            state_->stop_waiting_for_change(waiter_);
        }
    }

    template <class Answer = Output, class Polled = Poll<Answer>>  // compiled by who waits alone
    Polled poll(Context& cx) {
        if (!cx.poll_proceed()) {
            return Polled::pending();
        }
        detail::News const news = state_->poll_news(*seen_, waiter_, cx);
        waits_ = news == detail::News::none;
        if (waits_) {
            return Polled::pending();
        }
        cx.made_progress();
        return Polled::ready(news == detail::News::changed ? Answer() : Answer(std::unexpect));
    }

private:
    detail::State<T>* state_;
    std::uint64_t* seen_;
    detail::Waiter waiter_;
    bool waits_ = false;
};

/// Ready with the first value that a predicate accepts, the present one included; made by
/// `Receiver::wait_for()`.
///
/// Rust:      the future of tokio::sync::watch::Receiver::wait_for
/// Unchecked: it borrows the receiver, which must outlive it
/// Cancel:    the values that were refused count as seen; nothing else is lost
/// Wakes:     the sender, as it sends, or the last one as it is dropped
template <class T, class Pred>
class [[nodiscard]] WaitFor {
public:
    using Output = Result<Ref<T>, RecvError>;
    using tandem_send = tandem::detail::Never;

    WaitFor(detail::State<T>& state, std::uint64_t& seen, Pred pred)
        : state_(&state), seen_(&seen), pred_(std::move(pred)), changed_(state, seen) {}

    Poll<Output> poll(Context& cx) {
        for (;;) {
            if (std::optional<Ref<T>> accepted = look()) {
                return Poll<Output>::ready(Output(*std::move(accepted)));
            }
            auto changed = changed_.poll(cx);
            if (changed.is_pending()) {
                return Poll<Output>::pending();
            }
            if (changed.value().is_err()) {
                return Poll<Output>::ready(Output(std::unexpect));
            }
        }
    }

private:
    std::optional<Ref<T>> look() {
        detail::ReadLock reading = state_->read();
        std::uint64_t const before = std::exchange(*seen_, state_->version());
        if (!tandem::detail::call(pred_, state_->value())) {
            return std::nullopt;
        }
        return Ref<T>(state_->value(), std::move(reading), before != *seen_);
    }

    detail::State<T>* state_;
    std::uint64_t* seen_;
    Pred pred_;
    Changed<T> changed_;
};

/// Ready once all receivers are gone; made by `Sender::closed()`.
///
/// Rust:      the future of tokio::sync::watch::Sender::closed
/// Unchecked: it borrows the sender, which must outlive it
/// Cancel:    nothing is lost
/// Wakes:     the last receiver, as it is dropped
template <class T>
class [[nodiscard]] Closed {
public:
    using Output = void;
    using tandem_send = tandem::detail::Never;

    explicit Closed(detail::State<T>& state) noexcept : state_(&state) {}
    Closed(Closed&& other,
           tandem::detail::CallSite where = tandem::detail::CallSite::current()) noexcept
        : state_(other.state_) {
        async::detail::check_move("the future of closed()", other.waits_, where);
    }
    Closed& operator=(Closed&&) = delete;
    ~Closed() {
        if (waits_) {
            state_->stop_waiting_for_close(waiter_);
        }
    }

    Poll<void> poll(Context& cx) {
        waits_ = !state_->closed_or_wait(waiter_, cx);
        return waits_ ? Poll<void>::pending() : Poll<void>::ready();
    }

private:
    detail::State<T>* state_;
    detail::Waiter waiter_;
    bool waits_ = false;
};

}  // namespace tandem::async::watch
