#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include "tandem/core/detail/atomic.hpp"

namespace tandem::async::mpsc::detail {

/// A queue in blocks of 32 values. Senders push one at a time, under the channel's lock; the one
/// receiver pops without it, for `pushed_` tells it how far the queue is filled.
///
///   head_ ──► [ taken | values ] ──► [ values ] ──► [ values | free ] ◄── tail_
///                      ▲ popped_                              ▲ pushed_
template <class T>
class BlockList {
public:
    BlockList() noexcept {}
    BlockList(BlockList const&) = delete;
    BlockList& operator=(BlockList const&) = delete;
    ~BlockList() {
        while (pop()) {}
        while (head_ != nullptr) {
            delete std::exchange(head_, head_->next);
        }
    }

    /// Under the senders' lock. A throw, from new or a move, leaves the queue as it was.
    void push(T&& value) {
        // relaxed: only pushers write it, one after the other under their lock.
        std::size_t const at = pushed_.load(std::memory_order_relaxed);
        if (at % block_size == 0 && at != opened_) {
            open_block(at);
        }
        std::construct_at(&tail_->slots[at % block_size].value, std::move(value));
        // release: pairs with acquire in is_empty: the receiver sees value and block.
        pushed_.store(at + 1, std::memory_order_release);
    }

    /// For the receiver alone.
    [[nodiscard]] bool is_empty() noexcept {
        if (popped_ != seen_) {
            return false;
        }
        // acquire: pairs with release in push: the values up to there are complete.
        seen_ = pushed_.load(std::memory_order_acquire);
        return popped_ == seen_;
    }

    /// For the receiver alone. A throw of the move leaves the value where it is.
    [[nodiscard]] std::optional<T> pop() {
        if (is_empty()) {
            return std::nullopt;
        }
        if (popped_ % block_size == 0 && popped_ != 0) {
            leave_block();
        }
        T& place = head_->slots[popped_ % block_size].value;
        std::optional<T> value(std::move(place));
        std::destroy_at(&place);
        ++popped_;
        return value;
    }

    /// For the receiver alone: how many there are.
    [[nodiscard]] std::size_t size() const noexcept {
        // relaxed: a number that may be out of date says nothing about memory.
        return pushed_.load(std::memory_order_relaxed) - popped_;
    }

private:
    static constexpr std::size_t block_size = 32;

    union Slot {
        Slot() noexcept {}
        ~Slot() {}  // push and pop begin and end the value
        T value;
    };

    struct Block {
        Slot slots[block_size];
        Block* next = nullptr;
    };

    void open_block(std::size_t at) {
        auto* const block = new Block;
        (tail_ != nullptr ? tail_->next : head_) = block;
        tail_ = block;
        opened_ = at;
    }

    /// The receiver is the last in a block that is used up: the pushers are in the next.
    /// Called only when a value stands there, so the next is there too.
    void leave_block() noexcept {
        if (popped_ != left_) {
            left_ = popped_;
            delete std::exchange(head_, head_->next);
        }
    }

    // The senders' part, under their lock.
    tandem::detail::Atomic<std::size_t> pushed_{0};
    Block* tail_ = nullptr;
    std::size_t opened_ = static_cast<std::size_t>(-1);  // the first place of tail_'s block

    // The receiver's part; head_ is written once by the first push, which comes before any pop.
    alignas(tandem::detail::cache_line) Block* head_ = nullptr;
    std::size_t popped_ = 0;
    std::size_t seen_ = 0;  // of pushed_, when it was last looked at
    std::size_t left_ = 0;  // where it last went over to a new block
};

}  // namespace tandem::async::mpsc::detail
