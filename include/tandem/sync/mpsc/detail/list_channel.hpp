#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

#include "tandem/core/detail/atomic.hpp"
#include "tandem/sync/mpsc/detail/backoff.hpp"
#include "tandem/sync/mpsc/detail/channel.hpp"
#include "tandem/sync/mpsc/detail/tail.hpp"

namespace tandem::sync::mpsc::detail {

/// Places for 31 parcels. Whoever has reserved a place is alone with it until it is filled.
template <class Item>
struct Block {
    static constexpr std::uint64_t places = 31;

    struct Place {
        Place() noexcept {}  // NOLINT(modernize-use-equals-default): the item begins later
        Place(Place const&) = delete;
        Place& operator=(Place const&) = delete;
        ~Place() {}  // NOLINT(modernize-use-equals-default): and ends earlier

        tandem::detail::Atomic<bool> filled{false};
        union {
            Item item;
        };
    };

    Block() noexcept {}  // NOLINT(modernize-use-equals-default): value-initialising would clear it

    Place place[places];
    Block* next = nullptr;  // set before the last place is filled, read after
};

/// The unbounded channel: a list of blocks, many senders, one receiver, no locks.
///
///     position   0 … 30   31    32 … 62   63   64 …
///                block ── step ─► block ── step ─► block
///                ▲ head, the receiver's own            ▲ tail
///
/// A sender reserves a place by moving the tail and then fills it. Who reserves a block's last
/// place makes the next block before and appends it; the others wait that moment at position 31.
/// A block is the receiver's to free once it has taken its last parcel: every place was filled,
/// and with that its sender was done with the block.
///
/// Rust: the list flavor under std::sync::mpsc::channel, which is crossbeam's
template <class T>
class ListChannel final : public Channel<T> {
    using Item = Parcel<T>;
    using Places = Block<Item>;

public:
    ListChannel() : head_block_(new Places), tail_block_(head_block_) {}
    ListChannel(ListChannel const&) = delete;
    ListChannel& operator=(ListChannel const&) = delete;
    ~ListChannel() override { delete head_block_; }

    /// Sends, or returns false if the receiver is gone; then the parcel stays as it was.
    [[nodiscard]] bool send(Item& item) {
        std::unique_ptr<Places> next;
        Backoff backoff;
        Tail::View seen = tail_.look();
        while (!seen.is_closed()) {
            std::uint64_t const index = seen.position() % stride;
            if (index == Places::places) {
                backoff.snooze_or_nap();
                seen = tail_.look();
                continue;
            }
            bool const is_last = index + 1 == Places::places;
            if (is_last && next == nullptr) {
                next.reset(new Places);  // may throw: now, when nothing is reserved yet
            }
            // relaxed: look has shown us the block of the position we have seen. If this is a
            // later one already, then the tail has moved on as well, and reserve fails.
            Places* const block = tail_block_.load(std::memory_order_relaxed);
            if (!tail_.reserve(seen, seen.position() + 1)) {
                backoff.spin();
                seen = tail_.look();
                continue;
            }
            if (is_last) {
                append(*block, next.release());
            }
            fill(block->place[index], item);
            tail_.wake(seen);
            return true;
        }
        return false;
    }

    [[nodiscard]] Arrival<T> poll() noexcept override {
        return poll_at<T>(head_, tail_, [this] { return front(); });
    }

    [[nodiscard]] Arrival<T> wait_until(Deadline deadline) noexcept override {
        return wait_at<T>(head_, tail_, [this] { return front(); }, deadline);
    }

    void pop() noexcept override {
        std::destroy_at(&head_block_->place[head_ % stride].item);
        ++head_;
        if (head_ % stride == Places::places) {
            ++head_;
            delete std::exchange(head_block_, head_block_->next);
        }
    }

private:
    static constexpr std::uint64_t stride = Places::places + 1;  // positions from block to block

    void append(Places& last, Places* next) noexcept {
        last.next = next;
        // relaxed: the step publishes it.
        tail_block_.store(next, std::memory_order_relaxed);
        tail_.step();
    }

    void fill(typename Places::Place& place, Item& item) noexcept {
        std::construct_at(&place.item, std::move(item));
        // release: pairs with front. The last thing a sender does to a block.
        place.filled.store(true, std::memory_order_release);
    }

    [[nodiscard]] Item* front() noexcept {
        auto& place = head_block_->place[head_ % stride];
        // acquire: pairs with fill. What the sender wrote before it sent is ours to read.
        return place.filled.load(std::memory_order_acquire) ? &place.item : nullptr;
    }

    void senders_left() noexcept override { tail_.close(); }

    void receiver_left() noexcept override {
        tail_.close();
        while (poll().parcel != nullptr) {
            pop();
        }
    }

    // The receiver's alone, and the senders' on another cache line.
    alignas(tandem::detail::cache_line) std::uint64_t head_ = 0;
    Places* head_block_;
    alignas(tandem::detail::cache_line) Tail tail_;
    tandem::detail::Atomic<Places*> tail_block_;
};

}  // namespace tandem::sync::mpsc::detail
