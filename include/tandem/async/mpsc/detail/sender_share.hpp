#pragma once

#include <optional>
#include <utility>

#include "tandem/async/detail/shared.hpp"
#include "tandem/async/mpsc/detail/channel.hpp"

namespace tandem::async::mpsc::detail {

/// A sender's share of a channel: the last one to end tells the receiver.
template <class T>
class SenderShare {
    using State = async::detail::Shared<Channel<T>>;

public:
    /// The first share; the channel counts it already.
    explicit SenderShare(State channel) noexcept : channel_(std::move(channel)) {}
    SenderShare(SenderShare&&) noexcept = default;
    SenderShare& operator=(SenderShare&& other) noexcept {
        SenderShare last(std::move(other));
        std::swap(channel_, last.channel_);
        return *this;
    }
    ~SenderShare() {
        if (channel_ && channel_->senders.remove()) {
            channel_->end_of_senders();
        }
    }

    [[nodiscard]] SenderShare clone() const {
        channel_->senders.add();
        return SenderShare(channel_.clone());
    }

    [[nodiscard]] static std::optional<SenderShare> upgrade(State const& channel) {
        if (!channel->senders.add_unless_none()) {
            return std::nullopt;
        }
        return SenderShare(channel.clone());
    }

    [[nodiscard]] State downgrade() const { return channel_.clone(); }
    [[nodiscard]] Channel<T>& channel() const { return *channel_; }
    [[nodiscard]] bool same_channel(SenderShare const& other) const noexcept {
        return channel_.ptr_eq(other.channel_);
    }

private:
    State channel_;
};

}  // namespace tandem::async::mpsc::detail
