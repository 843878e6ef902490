#pragma once

#include <cstddef>
#include <cstdlib>
#include <limits>

#include "tandem/core/detail/atomic.hpp"

namespace tandem::detail {

/// How many owners an object has. An Arc has one of these for its strong references.
class RefCount {
public:
    explicit constexpr RefCount(std::size_t owners) noexcept : owners_(owners) {}

    /// One more owner, made by an owner.
    void add() noexcept {
        // relaxed: whoever copies a reference has one, so the object is alive and theirs to see;
        // giving the copy to another thread orders the rest.
        check(owners_.fetch_add(1, std::memory_order_relaxed));
    }

    /// One more owner, unless there are none left: how a Weak becomes an Arc.
    [[nodiscard]] bool add_unless_none() noexcept {
        // relaxed: only a first guess, the exchange below decides.
        std::size_t owners = owners_.load(std::memory_order_relaxed);
        while (owners != 0) {
            check(owners);
            // acquire: pairs with release in restore: the value a cycle was tied to is there.
            // relaxed: a failed attempt reads the count again.
            if (owners_.compare_exchange_weak(owners, owners + 1, std::memory_order_acquire,
                                              std::memory_order_relaxed)) {
                return true;
            }
        }
        return false;
    }

    /// One owner less; true if that was the last, who then destroys the object.
    [[nodiscard]] bool remove() noexcept {
        // release: what this owner did with the object happens before its destruction …
        if (owners_.fetch_sub(1, std::memory_order_release) != 1) {
            return false;
        }
        // acquire: … by the last owner, who sees all that the others did. (A load rather than a
        // fence: sanitizers understand it, and the last owner alone pays.)
        owners_.load(std::memory_order_acquire);
        return true;
    }

    /// Takes the last ownership away if it is the only one: the caller then has the object alone.
    [[nodiscard]] bool remove_if_one() noexcept {
        std::size_t expected = 1;
        // acquire: pairs with release in remove: the former owners are done with the object.
        // relaxed: a failed attempt orders nothing.
        return owners_.compare_exchange_strong(expected, 0, std::memory_order_acquire,
                                               std::memory_order_relaxed);
    }

    /// Makes the caller its first owner, after remove_if_one or for a count that began with none.
    void restore() noexcept {
        // release: what was written while there was no owner is there for the next to upgrade.
        owners_.store(1, std::memory_order_release);
    }

    /// Is there one owner only? Asked by that owner.
    [[nodiscard]] bool is_one() const noexcept {
        // acquire: pairs with release in remove, as in remove_if_one.
        return owners_.load(std::memory_order_acquire) == 1;
    }

    [[nodiscard]] std::size_t get() const noexcept {
        // relaxed: a count that may be out of date when it is read proves nothing about memory.
        return owners_.load(std::memory_order_relaxed);
    }

    /// A leak in a loop could wrap a count to zero, and free what is in use: the program ends
    /// long before that, as in Rust.
    static void check(std::size_t owners) noexcept {
        if (owners > std::numeric_limits<std::size_t>::max() / 2) [[unlikely]] {
            std::abort();
        }
    }

private:
    Atomic<std::size_t> owners_;
};

}  // namespace tandem::detail
