#pragma once

#include <cstddef>

#include "tandem/core/detail/atomic.hpp"

namespace tandem::async::mpsc::detail {

/// Slots that were given back and are not yet counted as free: given without the channel's lock,
/// collected under it. A channel where nobody waits for a slot gives back with one addition.
///
///   2 × the number of slots, + 1 while watched: then whoever gives one back has to see to it
class ReturnedSlots {
public:
    /// One more. True if it is watched: the caller then collects under the lock.
    [[nodiscard]] bool add() noexcept {
        // release: pairs with acquire in collect: what was done in the slot is over.
        return (word_.fetch_add(2, std::memory_order_release) & watched) != 0;
    }

    /// Takes all, and watches or not from now on. Under the lock.
    [[nodiscard]] std::size_t collect(bool watch) noexcept {
        // acquire: pairs with release in add.
        return word_.exchange(watch ? watched : 0, std::memory_order_acquire) / 2;
    }

    [[nodiscard]] std::size_t count() const noexcept {
        // acquire: pairs with release in add: a receiver that finds all slots back is at the end.
        return word_.load(std::memory_order_acquire) / 2;
    }

private:
    static constexpr std::size_t watched = 1;

    tandem::detail::Atomic<std::size_t> word_{0};
};

}  // namespace tandem::async::mpsc::detail
