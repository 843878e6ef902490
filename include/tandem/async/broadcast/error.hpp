#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "tandem/core/detail/needs.hpp"

namespace tandem::async::broadcast {

/// There is no receiver, and here is your value back.
///
/// Rust: tokio::sync::broadcast::error::SendError<T>
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

/// Every sender is gone and all was received; or the receiver was too slow, and has missed values.
///
/// Rust: tokio::sync::broadcast::error::RecvError
class RecvError {
public:
    using tandem_send = void;
    using tandem_sync = void;

    [[nodiscard]] static constexpr RecvError closed() noexcept { return RecvError(0); }
    [[nodiscard]] static constexpr RecvError lagged(std::uint64_t missed) noexcept {
        return RecvError(missed);
    }

    [[nodiscard]] constexpr bool is_closed() const noexcept { return missed_ == 0; }
    [[nodiscard]] constexpr bool is_lagged() const noexcept { return missed_ != 0; }
    /// How many values were missed; the next one received is the oldest that is kept.
    [[nodiscard]] constexpr std::uint64_t missed() const noexcept { return missed_; }
    [[nodiscard]] std::string message() const {
        return is_closed() ? "channel closed" : "channel lagged by " + std::to_string(missed_);
    }

    friend bool operator==(RecvError const&, RecvError const&) = default;

private:
    constexpr explicit RecvError(std::uint64_t missed) noexcept : missed_(missed) {}

    std::uint64_t missed_;  // 0: closed
};

/// Why `try_recv` has nothing: nothing is there now, nothing will ever come, or values were missed.
///
/// Rust: tokio::sync::broadcast::error::TryRecvError
class TryRecvError {
public:
    using tandem_send = void;
    using tandem_sync = void;

    [[nodiscard]] static constexpr TryRecvError empty() noexcept {
        return TryRecvError(true, RecvError::closed());
    }
    [[nodiscard]] static constexpr TryRecvError closed() noexcept {
        return TryRecvError(false, RecvError::closed());
    }
    [[nodiscard]] static constexpr TryRecvError lagged(std::uint64_t missed) noexcept {
        return TryRecvError(false, RecvError::lagged(missed));
    }

    [[nodiscard]] constexpr bool is_empty() const noexcept { return empty_; }
    [[nodiscard]] constexpr bool is_closed() const noexcept {
        return !empty_ && error_.is_closed();
    }
    [[nodiscard]] constexpr bool is_lagged() const noexcept { return error_.is_lagged(); }
    /// How many values were missed; the next one received is the oldest that is kept.
    [[nodiscard]] constexpr std::uint64_t missed() const noexcept { return error_.missed(); }
    [[nodiscard]] std::string message() const {
        return empty_ ? "channel empty" : error_.message();
    }

    friend bool operator==(TryRecvError const&, TryRecvError const&) = default;

private:
    constexpr TryRecvError(bool empty, RecvError error) noexcept : empty_(empty), error_(error) {}

    bool empty_;
    RecvError error_;
};

}  // namespace tandem::async::broadcast
