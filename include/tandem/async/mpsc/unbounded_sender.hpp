#pragma once

#include <cstddef>
#include <optional>
#include <utility>

#include "tandem/async/mpsc/detail/sender_share.hpp"
#include "tandem/async/mpsc/error.hpp"
#include "tandem/async/mpsc/sender.hpp"
#include "tandem/core/detail/needs.hpp"
#include "tandem/core/result.hpp"

namespace tandem::async::mpsc {

template <class T>
class WeakUnboundedSender;

/// The end of an unbounded channel where values go in; made by `unbounded_channel<T>()`. Sending
/// never waits, so a receiver that is too slow lets the queue grow.
///
/// Rust:   tokio::sync::mpsc::UnboundedSender<T>
/// C++:    nothing; a queue with a mutex
/// Errors: sending fails once the receiver is gone, and the error gives the value back
/// Cost:   one allocation for every 32 values
///
///     auto [tx, rx] = mpsc::unbounded_channel<int>();
///     tx.send(1).unwrap();
template <class T>
class UnboundedSender {
public:
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<T>>;
    using tandem_sync = tandem::detail::Needs<tandem::detail::SendOf<T>>;

    explicit UnboundedSender(detail::SenderShare<T> share) noexcept : share_(std::move(share)) {}

    /// Another sender to the same receiver.
    [[nodiscard]] UnboundedSender clone() const { return UnboundedSender(share_.clone()); }

    /// Sends; never waits. It may be called from any thread.
    Result<void, SendError<T>> send(T value) const {
        if (share_.channel().try_push(std::move(value)) == detail::SlotPoll::granted) [[likely]] {
            return Ok();
        }
        return Result<void, SendError<T>>(std::unexpect, std::move(value));
    }

    /// Waits until the receiver is gone or has closed.
    Closed<T> closed() const { return Closed<T>(share_.channel()); }
    [[nodiscard]] bool is_closed() const { return share_.channel().is_closed(); }
    [[nodiscard]] std::size_t strong_count() const { return share_.channel().senders.get(); }
    [[nodiscard]] bool same_channel(UnboundedSender const& other) const noexcept {
        return share_.same_channel(other.share_);
    }

    /// A sender that does not keep the channel open.
    [[nodiscard]] WeakUnboundedSender<T> downgrade() const {
        return WeakUnboundedSender<T>(share_.downgrade());
    }

private:
    detail::SenderShare<T> share_;
};

/// A sender that does not keep the channel open.
///
/// Rust: tokio::sync::mpsc::WeakUnboundedSender<T>
template <class T>
class WeakUnboundedSender {
public:
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<T>>;
    using tandem_sync = tandem::detail::Needs<tandem::detail::SendOf<T>>;

    explicit WeakUnboundedSender(async::detail::Shared<detail::Channel<T>> channel) noexcept
        : channel_(std::move(channel)) {}

    [[nodiscard]] WeakUnboundedSender clone() const {
        return WeakUnboundedSender(channel_.clone());
    }

    /// A sender, if there is one left to share with.
    [[nodiscard]] std::optional<UnboundedSender<T>> upgrade() const {
        auto share = detail::SenderShare<T>::upgrade(channel_);
        return share ? std::optional<UnboundedSender<T>>(*std::move(share)) : std::nullopt;
    }

private:
    async::detail::Shared<detail::Channel<T>> channel_;
};

}  // namespace tandem::async::mpsc
