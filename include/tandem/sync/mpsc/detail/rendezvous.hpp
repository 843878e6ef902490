#pragma once

#include <memory>
#include <utility>

#include "tandem/core/detail/parker.hpp"
#include "tandem/core/detail/raw_mutex.hpp"
#include "tandem/sync/mpsc/detail/channel.hpp"
#include "tandem/sync/mpsc/detail/fifo.hpp"

namespace tandem::sync::mpsc::detail {

/// The channel without room: a parcel goes from hand to hand, and whoever comes first waits.
///
///     the receiver waits: a sender puts the parcel into its hand and wakes it
///     a sender waits:     the receiver takes the parcel out of the sender's hand and wakes it
///
/// The lock decides who meets whom. Whoever has been met does not leave before it is unparked, so
/// the parcel is moved, and its owner unparked, without the lock.
///
/// Rust: the zero flavor under std::sync::mpsc::sync_channel(0)
template <class T>
class Rendezvous final : public SyncChannel<T> {
    using Item = Parcel<T>;

public:
    Rendezvous() noexcept {}  // NOLINT(modernize-use-equals-default): the hand is empty
    Rendezvous(Rendezvous const&) = delete;
    Rendezvous& operator=(Rendezvous const&) = delete;
    ~Rendezvous() override {}  // NOLINT(modernize-use-equals-default): the hand is empty

    [[nodiscard]] Sent try_send(Item& item) noexcept override {
        Sent const met = meet_receiver(nullptr);
        if (met == Sent::done) {
            hand_over(item);
        }
        return met;
    }

    [[nodiscard]] Sent send_until(Item& item, Deadline deadline) noexcept override {
        Offer offer{.item = &item};
        Sent const met = meet_receiver(&offer);
        if (met == Sent::done) {
            hand_over(item);
        }
        if (met != Sent::full) {
            return met;
        }
        if (!offer.parker.park_until(deadline)) {
            if (withdraw(offer)) {
                return Sent::full;
            }
            offer.parker.park();  // met at the last moment
        }
        return offer.outcome;
    }

    [[nodiscard]] Arrival<T> poll() noexcept override {
        tandem::detail::RawLock const lock(mutex_);
        return meet_sender();
    }

    [[nodiscard]] Arrival<T> wait_until(Deadline deadline) noexcept override {
        {
            tandem::detail::RawLock const lock(mutex_);
            Arrival<T> const arrival = meet_sender();
            if (!arrival.is_nothing_yet()) {
                return arrival;
            }
            receiver_ = Receiver::waiting;
        }
        if (!parker_.park_until(deadline)) {
            if (stop_waiting()) {
                return {};
            }
            parker_.park();  // met at the last moment
        }
        if (!hand_is_full_) {
            return {.disconnected = true};
        }
        return {.parcel = &hand_};
    }

    void pop() noexcept override {
        if (met_ != nullptr) {
            answer(*std::exchange(met_, nullptr), Sent::done);
        } else {
            hand_is_full_ = false;
            std::destroy_at(&hand_);
        }
    }

private:
    enum class Receiver { elsewhere, waiting, gone };

    /// A sender that waits, with what it has in its hand.
    struct Offer {
        Item* item;
        Sent outcome = Sent::full;
        Offer* before = nullptr;
        Offer* after = nullptr;
        bool is_queued = false;
        tandem::detail::Parker parker{};
    };

    /// `done` if the receiver has waited: it now waits for us alone. If it is elsewhere, `full`,
    /// and the offer, if there is one, is queued.
    [[nodiscard]] Sent meet_receiver(Offer* offer) noexcept {
        tandem::detail::RawLock const lock(mutex_);
        if (receiver_ == Receiver::gone) {
            return Sent::closed;
        }
        if (receiver_ == Receiver::waiting) {
            receiver_ = Receiver::elsewhere;
            return Sent::done;
        }
        if (offer != nullptr) {
            offers_.push_back(*offer);
        }
        return Sent::full;
    }

    void hand_over(Item& item) noexcept {
        std::construct_at(&hand_, std::move(item));
        hand_is_full_ = true;
        parker_.unpark();
    }

    /// Under the lock, for a sender may be withdrawing.
    [[nodiscard]] Offer* next_offer() noexcept {
        tandem::detail::RawLock const lock(mutex_);
        return offers_.pop_front();
    }

    [[nodiscard]] bool withdraw(Offer& offer) noexcept {
        tandem::detail::RawLock const lock(mutex_);
        return offers_.remove(offer);
    }

    /// Called under the lock.
    [[nodiscard]] Arrival<T> meet_sender() noexcept {
        met_ = offers_.pop_front();
        if (met_ == nullptr) {
            return {.disconnected = senders_are_gone_};
        }
        return {.parcel = met_->item};
    }

    [[nodiscard]] bool stop_waiting() noexcept {
        tandem::detail::RawLock const lock(mutex_);
        return std::exchange(receiver_, Receiver::elsewhere) == Receiver::waiting;
    }

    /// The offer, on another thread's stack, is gone when this returns.
    static void answer(Offer& offer, Sent outcome) noexcept {
        offer.outcome = outcome;
        offer.parker.unpark();
    }

    void senders_left() noexcept override {
        {
            tandem::detail::RawLock const lock(mutex_);
            senders_are_gone_ = true;
            if (receiver_ != Receiver::waiting) {
                return;
            }
            receiver_ = Receiver::elsewhere;
        }
        parker_.unpark();
    }

    void receiver_left() noexcept override {
        {
            tandem::detail::RawLock const lock(mutex_);
            receiver_ = Receiver::gone;
        }
        while (Offer* const offer = next_offer()) {
            answer(*offer, Sent::closed);
        }
    }

    tandem::detail::RawMutex mutex_;
    // Under the lock:
    Receiver receiver_ = Receiver::elsewhere;
    bool senders_are_gone_ = false;
    Fifo<Offer> offers_;
    // The receiver's, and while it waits, the hands of the one sender that has met it:
    Offer* met_ = nullptr;
    bool hand_is_full_ = false;
    union {
        Item hand_;
    };
    tandem::detail::Parker parker_;
};

}  // namespace tandem::sync::mpsc::detail
