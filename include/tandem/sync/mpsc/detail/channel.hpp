#pragma once

#include <cstdint>
#include <utility>

#include "tandem/core/detail/futex.hpp"
#include "tandem/core/detail/panic_type.hpp"
#include "tandem/core/detail/ref_count.hpp"
#include "tandem/sync/mpsc/detail/parcel.hpp"

namespace tandem::sync::mpsc::detail {

using tandem::detail::Deadline;

/// What the receiver finds when it looks: the next parcel, or nothing for now, or nothing ever.
template <class T>
struct Arrival {
    Parcel<T>* parcel = nullptr;
    bool disconnected = false;

    [[nodiscard]] bool is_nothing_yet() const noexcept {
        return parcel == nullptr && !disconnected;
    }
};

/// A channel as its receiver sees it; list, ring and rendezvous are the three kinds. It lives as
/// long as one of its ends does:
///
///     senders_  one for each Sender; the last one closes the channel
///     owners_   one for the senders together, one for the receiver; the last one frees it
template <class T>
class Channel {
public:
    Channel() noexcept = default;
    Channel(Channel const&) = delete;
    Channel& operator=(Channel const&) = delete;
    virtual ~Channel() = default;

    /// Looks for the next parcel, without waiting for one to be sent.
    [[nodiscard]] virtual Arrival<T> poll() noexcept = 0;
    /// Waits for the next parcel; nothing yet once the deadline has passed.
    [[nodiscard]] virtual Arrival<T> wait_until(Deadline deadline) noexcept = 0;
    /// Ends the parcel that poll or wait_until has shown, and gives its place free.
    virtual void pop() noexcept = 0;

    void add_sender() noexcept { senders_.add(); }

    void drop_sender() noexcept {
        if (senders_.remove()) {
            senders_left();
            drop_owner();  // not before: the receiver, now awake, may be gone by now
        }
    }

    void drop_receiver() noexcept {
        receiver_left();
        drop_owner();
    }

private:
    /// No sender is left: the receiver shall know, and wake up if it sleeps.
    virtual void senders_left() noexcept = 0;
    /// The receiver is gone: senders shall know, and what nobody will receive ends here and now.
    virtual void receiver_left() noexcept = 0;

    void drop_owner() noexcept {
        if (owners_.remove()) {
            delete this;
        }
    }

    tandem::detail::RefCount senders_{1};
    tandem::detail::RefCount owners_{2};
};

enum class Sent : std::uint8_t { done, full, closed };

/// A channel that may be full, as its senders see it. A parcel that is not sent stays as it was.
template <class T>
class SyncChannel : public Channel<T> {
public:
    /// Sends if there is room now.
    [[nodiscard]] virtual Sent try_send(Parcel<T>& parcel) noexcept = 0;
    /// Waits for room; `full` once the deadline has passed.
    [[nodiscard]] virtual Sent send_until(Parcel<T>& parcel, Deadline deadline) noexcept = 0;
};

/// One sender's share of a channel.
template <class SomeChannel>
class SenderShare {
public:
    explicit SenderShare(SomeChannel* channel) noexcept : channel_(channel) {}
    SenderShare(SenderShare&& other) noexcept : channel_(std::exchange(other.channel_, nullptr)) {}
    SenderShare& operator=(SenderShare&& other) noexcept {
        SenderShare old(std::move(*this));
        channel_ = std::exchange(other.channel_, nullptr);
        return *this;
    }
    ~SenderShare() {
        if (channel_ != nullptr) {
            channel_->drop_sender();
        }
    }

    [[nodiscard]] SenderShare clone() const {
        channel().add_sender();
        return SenderShare(channel_);
    }

    [[nodiscard]] SomeChannel& channel() const {
        if (channel_ == nullptr) [[unlikely]] {
            tandem::detail::raise("mpsc: this sender was moved away and has no channel any more");
        }
        return *channel_;
    }

private:
    SomeChannel* channel_;  // null once moved from
};

/// The receiver's share of a channel.
template <class T>
class ReceiverShare {
public:
    explicit ReceiverShare(Channel<T>* channel) noexcept : channel_(channel) {}
    ReceiverShare(ReceiverShare&& other) noexcept
        : channel_(std::exchange(other.channel_, nullptr)) {}
    ReceiverShare& operator=(ReceiverShare&& other) noexcept {
        ReceiverShare old(std::move(*this));
        channel_ = std::exchange(other.channel_, nullptr);
        return *this;
    }
    ~ReceiverShare() {
        if (channel_ != nullptr) {
            channel_->drop_receiver();
        }
    }

    [[nodiscard]] Channel<T>& channel() const {
        if (channel_ == nullptr) [[unlikely]] {
            tandem::detail::raise("mpsc: this receiver was moved away and has no channel any more");
        }
        return *channel_;
    }

private:
    Channel<T>* channel_;  // null once moved from
};

}  // namespace tandem::sync::mpsc::detail
