#pragma once

#include <chrono>
#include <utility>

#include "tandem/core/detail/deadline.hpp"
#include "tandem/core/detail/needs.hpp"
#include "tandem/core/result.hpp"
#include "tandem/sync/mpsc/detail/channel.hpp"
#include "tandem/sync/mpsc/detail/list_channel.hpp"
#include "tandem/sync/mpsc/detail/parcel.hpp"
#include "tandem/sync/mpsc/error.hpp"

namespace tandem::sync::mpsc {

/// The end of an unbounded channel where values go in; made by `channel<T>()`.
///
/// Rust:      std::sync::mpsc::Sender<T>
/// C++:       nothing; a queue with its mutex and condition variable, shared
/// Unchecked: a sender that was moved away. rustc refuses to use it; here that panics.
/// Errors:    sending fails once the receiver is gone, and the error gives the value back
/// Cost:      one allocation for every 31 values; one more for each whose move may throw
///
///     auto [tx, rx] = mpsc::channel<int>();
///     thread::spawn([](mpsc::Sender<int> tx) { tx.send(1).unwrap(); }, tx.clone());
///     tx.send(2).unwrap();
template <class T>
class Sender {
    using Share = detail::SenderShare<detail::ListChannel<T>>;

public:
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<T>>;
    using tandem_sync = tandem::detail::Needs<tandem::detail::SendOf<T>>;

    explicit Sender(Share share) noexcept : share_(std::move(share)) {}

    /// Another sender to the same receiver.
    [[nodiscard]] Sender clone() const { return Sender(share_.clone()); }

    /// Sends; never waits. A std::bad_alloc, should there be one, leaves the channel as it was.
    Result<void, SendError<T>> send(T value) const {
        auto& channel = share_.channel();
        auto&& parcel = detail::pack(value);
        if (!channel.send(parcel)) [[unlikely]] {
            return Result<void, SendError<T>>(std::unexpect,
                                              std::move(detail::contents<T>(parcel)));
        }
        return Ok();
    }

private:
    Share share_;
};

/// The end of a bounded channel where values go in; made by `sync_channel<T>(n)`.
///
/// Rust:      std::sync::mpsc::SyncSender<T>
/// C++:       nothing; a queue with a mutex and two condition variables, shared
/// Unchecked: a sender that was moved away. rustc refuses to use it; here that panics.
/// Errors:    as Sender; and a send into a full channel whose receiver never receives waits for
/// ever
///
///     auto [tx, rx] = mpsc::sync_channel<int>(2);
///     tx.send(1).unwrap();
///     tx.try_send(2).unwrap();
///     auto const full = tx.try_send(3).unwrap_err();  // holds the 3
template <class T>
class SyncSender {
    using Share = detail::SenderShare<detail::SyncChannel<T>>;
    using Sent = detail::Sent;

public:
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<T>>;
    using tandem_sync = tandem::detail::Needs<tandem::detail::SendOf<T>>;

    explicit SyncSender(Share share) noexcept : share_(std::move(share)) {}

    /// Another sender to the same receiver.
    [[nodiscard]] SyncSender clone() const { return SyncSender(share_.clone()); }

    /// Sends, and waits for room first. Without any (n = 0), waits until the value is received.
    Result<void, SendError<T>> send(T value) const {
        auto& channel = share_.channel();
        auto&& parcel = detail::pack(value);
        if (channel.send_until(parcel, tandem::detail::never) != Sent::done) [[unlikely]] {
            return Result<void, SendError<T>>(std::unexpect,
                                              std::move(detail::contents<T>(parcel)));
        }
        return Ok();
    }

    /// Sends if there is room now. Without any (n = 0), if the receiver waits now.
    Result<void, TrySendError<T>> try_send(T value) const {
        using Error = TrySendError<T>;
        auto& channel = share_.channel();
        auto&& parcel = detail::pack(value);
        Sent const sent = channel.try_send(parcel);
        if (sent == Sent::done) [[likely]] {
            return Ok();
        }
        auto const reason = sent == Sent::full ? Error::Reason::full : Error::Reason::disconnected;
        return Result<void, Error>(std::unexpect, reason, std::move(detail::contents<T>(parcel)));
    }

    /// Sends, and waits for room as long as `timeout`; a negative one is none.
    template <class Rep, class Period>
    Result<void, SendTimeoutError<T>> send_timeout(
        T value, std::chrono::duration<Rep, Period> timeout) const {
        using Error = SendTimeoutError<T>;
        auto& channel = share_.channel();
        auto&& parcel = detail::pack(value);
        Sent const sent = channel.send_until(parcel, tandem::detail::deadline_after(timeout));
        if (sent == Sent::done) [[likely]] {
            return Ok();
        }
        auto const reason =
            sent == Sent::full ? Error::Reason::timeout : Error::Reason::disconnected;
        return Result<void, Error>(std::unexpect, reason, std::move(detail::contents<T>(parcel)));
    }

private:
    Share share_;
};

}  // namespace tandem::sync::mpsc
