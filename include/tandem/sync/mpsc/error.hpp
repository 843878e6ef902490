#pragma once

#include <string>
#include <utility>

#include "tandem/core/detail/needs.hpp"

namespace tandem::sync::mpsc {

/// The receiver is gone, and here is your value back.
///
/// Rust: std::sync::mpsc::SendError<T>    C++: nothing; std queues cannot tell
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

    friend bool operator==(SendError const&, SendError const&) = default;
    friend std::string describe(SendError const&) { return "sending on a closed channel"; }

private:
    T value_;
};

/// `try_send` found no room, or no receiver. Holds the value either way.
///
/// Rust: std::sync::mpsc::TrySendError<T>
template <class T>
class TrySendError {
public:
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<T>>;
    using tandem_sync = tandem::detail::Needs<tandem::detail::SyncOf<T>>;
    enum class Reason { full, disconnected };

    TrySendError(Reason reason, T value) : reason_(reason), value_(std::move(value)) {}

    [[nodiscard]] bool is_full() const noexcept { return reason_ == Reason::full; }
    [[nodiscard]] bool is_disconnected() const noexcept { return reason_ == Reason::disconnected; }

    /// The value that was not sent.
    [[nodiscard]] T into_inner() && { return std::move(value_); }
    [[nodiscard]] T const& value() const& noexcept { return value_; }
    T const& value() const&& = delete;  // would dangle: use into_inner

    friend bool operator==(TrySendError const&, TrySendError const&) = default;
    friend std::string describe(TrySendError const& error) {
        return error.is_full() ? "sending on a full channel" : "sending on a closed channel";
    }

private:
    Reason reason_;
    T value_;
};

/// `send_timeout` found no room in time, or no receiver. Holds the value either way.
///
/// Rust: std::sync::mpsc::SendTimeoutError<T>
template <class T>
class SendTimeoutError {
public:
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<T>>;
    using tandem_sync = tandem::detail::Needs<tandem::detail::SyncOf<T>>;
    enum class Reason { timeout, disconnected };

    SendTimeoutError(Reason reason, T value) : reason_(reason), value_(std::move(value)) {}

    [[nodiscard]] bool is_timeout() const noexcept { return reason_ == Reason::timeout; }
    [[nodiscard]] bool is_disconnected() const noexcept { return reason_ == Reason::disconnected; }

    /// The value that was not sent.
    [[nodiscard]] T into_inner() && { return std::move(value_); }
    [[nodiscard]] T const& value() const& noexcept { return value_; }
    T const& value() const&& = delete;  // would dangle: use into_inner

    friend bool operator==(SendTimeoutError const&, SendTimeoutError const&) = default;
    friend std::string describe(SendTimeoutError const& error) {
        return error.is_timeout() ? "timed out waiting on send operation"
                                  : "sending on a closed channel";
    }

private:
    Reason reason_;
    T value_;
};

/// Every sender is gone and everything they sent has been received.
///
/// Rust: std::sync::mpsc::RecvError
struct RecvError {
    friend bool operator==(RecvError const&, RecvError const&) = default;
    friend std::string describe(RecvError const&) { return "receiving on a closed channel"; }
};

/// Why `try_recv` has nothing: nothing is there now, or nothing will ever come again.
///
/// Rust: std::sync::mpsc::TryRecvError
enum class TryRecvError { empty, disconnected };

[[nodiscard]] inline std::string describe(TryRecvError error) {
    return error == TryRecvError::empty ? "receiving on an empty channel"
                                        : "receiving on a closed channel";
}

/// Why `recv_timeout` has nothing: nothing came in time, or nothing will ever come again.
///
/// Rust: std::sync::mpsc::RecvTimeoutError
enum class RecvTimeoutError { timeout, disconnected };

[[nodiscard]] inline std::string describe(RecvTimeoutError error) {
    return error == RecvTimeoutError::timeout ? "timed out waiting on channel"
                                              : "channel is empty and sending half is closed";
}

}  // namespace tandem::sync::mpsc
