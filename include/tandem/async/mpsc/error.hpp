#pragma once

#include <string>
#include <utility>

#include "tandem/core/detail/needs.hpp"

namespace tandem::async::mpsc {

/// The receiver is gone, and here is your value back.
///
/// Rust: tokio::sync::mpsc::error::SendError<T>
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

/// `try_send` found no room, or no receiver. Holds the value either way.
///
/// Rust: tokio::sync::mpsc::error::TrySendError<T>
template <class T>
class TrySendError {
public:
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<T>>;
    using tandem_sync = tandem::detail::Needs<tandem::detail::SyncOf<T>>;
    enum class Reason { full, closed };

    TrySendError(Reason reason, T value) : reason_(reason), value_(std::move(value)) {}

    [[nodiscard]] bool is_full() const noexcept { return reason_ == Reason::full; }
    [[nodiscard]] bool is_closed() const noexcept { return reason_ == Reason::closed; }

    /// The value that was not sent.
    [[nodiscard]] T into_inner() && { return std::move(value_); }
    [[nodiscard]] T const& value() const& noexcept { return value_; }
    T const& value() const&& = delete;  // would dangle: use into_inner
    [[nodiscard]] std::string message() const {
        return is_full() ? "no available capacity" : "channel closed";
    }

    friend bool operator==(TrySendError const&, TrySendError const&) = default;

private:
    Reason reason_;
    T value_;
};

/// Why `try_recv` has nothing: nothing is there now, or nothing will ever come again.
///
/// Rust: tokio::sync::mpsc::error::TryRecvError
class TryRecvError {
public:
    using tandem_send = void;
    using tandem_sync = void;

    [[nodiscard]] static constexpr TryRecvError empty() noexcept { return TryRecvError(false); }
    [[nodiscard]] static constexpr TryRecvError disconnected() noexcept {
        return TryRecvError(true);
    }

    [[nodiscard]] constexpr bool is_empty() const noexcept { return !disconnected_; }
    [[nodiscard]] constexpr bool is_disconnected() const noexcept { return disconnected_; }
    [[nodiscard]] std::string message() const {
        return disconnected_ ? "receiving on a closed channel" : "receiving on an empty channel";
    }

    friend bool operator==(TryRecvError const&, TryRecvError const&) = default;

private:
    constexpr explicit TryRecvError(bool disconnected) noexcept : disconnected_(disconnected) {}

    bool disconnected_;
};

}  // namespace tandem::async::mpsc
