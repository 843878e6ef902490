#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "tandem/core/detail/atomic.hpp"
#include "tandem/sync/mpsc/detail/backoff.hpp"
#include "tandem/sync/mpsc/detail/channel.hpp"
#include "tandem/sync/mpsc/detail/tail.hpp"
#include "tandem/sync/mpsc/detail/waiting_senders.hpp"

namespace tandem::sync::mpsc::detail {

/// The bounded channel: a ring of places, many senders, one receiver, a lock only for those who
/// have to wait for room.
///
/// A position is a lap and an index: the ring's last place is followed by the first of the next
/// lap. A place's stamp tells in which lap it is, and whether it is filled:
///
///              reserve, fill               pop
///     2 * lap ──────────────► 2 * lap + 1 ─────► 2 * (lap + 1)
///      free                     filled            free again
///
/// Rust: the array flavor under std::sync::mpsc::sync_channel, after Dmitry Vyukov's queue
template <class T>
class RingChannel final : public SyncChannel<T> {
    using Item = Parcel<T>;

public:
    explicit RingChannel(std::size_t size)
        : size_(size),
          index_bits_(static_cast<unsigned>(std::bit_width(size - 1))),
          places_(new Place[size]) {}

    [[nodiscard]] Sent try_send(Item& item) noexcept override {
        Backoff backoff;
        Tail::View seen = tail_.look();
        while (!seen.is_closed()) {
            Place& place = place_at(seen.position());
            std::uint64_t const free = 2 * lap_of(seen.position());
            // acquire: pairs with pop. What was here before has ended when it is overwritten.
            std::uint64_t const stamp = place.stamp.load(std::memory_order_acquire);
            if (stamp < free) {
                return Sent::full;  // still a lap behind
            }
            if (stamp == free && tail_.reserve(seen, next(seen.position()))) {
                std::construct_at(&place.item, std::move(item));
                // release: pairs with front.
                place.stamp.store(free + 1, std::memory_order_release);
                tail_.wake(seen);
                return Sent::done;
            }
            backoff.spin();  // another sender has been faster
            seen = tail_.look();
        }
        return Sent::closed;
    }

    [[nodiscard]] Sent send_until(Item& item, Deadline deadline) noexcept override {
        Backoff backoff;
        bool in_time = true;
        while (true) {
            Sent const sent = try_send(item);
            if (sent != Sent::full || !in_time) {
                return sent;
            }
            if (!backoff.snooze()) {
                in_time = senders_.wait_until(deadline, [this] { return is_full(); });
            }
        }
    }

    [[nodiscard]] Arrival<T> poll() noexcept override {
        return poll_at<T>(head_, tail_, [this] { return front(); });
    }

    [[nodiscard]] Arrival<T> wait_until(Deadline deadline) noexcept override {
        return wait_at<T>(head_, tail_, [this] { return front(); }, deadline);
    }

    void pop() noexcept override {
        Place& place = place_at(head_);
        std::destroy_at(&place.item);
        // seq_cst: pairs with is_full. We give the place free and then look for waiting senders,
        // they begin to wait and then look for a free place: one of us must see the other. (And
        // release, for try_send. With release alone no test can tell: a sender would have to begin
        // to wait in the few nanoseconds that a store takes to leave our core.)
        place.stamp.store(2 * (lap_of(head_) + 1), std::memory_order_seq_cst);
        head_ = next(head_);
        senders_.wake_one();
    }

private:
    struct Place {
        Place() noexcept {}  // NOLINT(modernize-use-equals-default): the item begins later
        Place(Place const&) = delete;
        Place& operator=(Place const&) = delete;
        ~Place() {}  // NOLINT(modernize-use-equals-default): and ends earlier

        tandem::detail::Atomic<std::uint64_t> stamp{0};
        union {
            Item item;
        };
    };

    [[nodiscard]] Place& place_at(std::uint64_t position) const noexcept {
        return places_[position & ((std::uint64_t{1} << index_bits_) - 1)];
    }

    [[nodiscard]] std::uint64_t lap_of(std::uint64_t position) const noexcept {
        return position >> index_bits_;
    }

    [[nodiscard]] std::uint64_t next(std::uint64_t position) const noexcept {
        std::uint64_t const mask = (std::uint64_t{1} << index_bits_) - 1;
        return (position & mask) + 1 < size_ ? position + 1 : (position | mask) + 1;
    }

    /// Is there still no room? Asked by a sender that has begun to wait.
    [[nodiscard]] bool is_full() const noexcept {
        Tail::View const seen = tail_.look();
        // seq_cst: pairs with pop. (x86 loads the same way for acquire: there no test can tell.)
        std::uint64_t const stamp = place_at(seen.position()).stamp.load(std::memory_order_seq_cst);
        return !seen.is_closed() && stamp < 2 * lap_of(seen.position());
    }

    [[nodiscard]] Item* front() noexcept {
        Place& place = place_at(head_);
        // acquire: pairs with try_send. What the sender wrote before it sent is ours to read.
        std::uint64_t const stamp = place.stamp.load(std::memory_order_acquire);
        return stamp == 2 * lap_of(head_) + 1 ? &place.item : nullptr;
    }

    void senders_left() noexcept override { tail_.close(); }

    void receiver_left() noexcept override {
        tail_.close();
        senders_.wake_all();
        while (poll().parcel != nullptr) {
            pop();
        }
    }

    std::size_t const size_;
    unsigned const index_bits_;
    std::unique_ptr<Place[]> const places_;
    WaitingSenders senders_;
    // The senders' word and the receiver's, each on its own cache line.
    alignas(tandem::detail::cache_line) Tail tail_;
    alignas(tandem::detail::cache_line) std::uint64_t head_ = 0;
};

}  // namespace tandem::sync::mpsc::detail
