#pragma once

#include <cstddef>
#include <limits>

#include "tandem/core/detail/ref_count.hpp"

namespace tandem::sync::detail {

using namespace tandem::detail;  // inside sync, detail:: means both

/// The two counts beside an Arc's value. The value lives as long as there is a strong reference,
/// its memory as long as there is a weak one; all strong references together hold one weak.
class ArcCounts {
public:
    RefCount strong{0};  // until there is a value

    /// One more Weak, made by an Arc. Waits while is_unique looks at the count (a few
    /// instructions), for a Weak that appears under its eyes would make its answer a lie.
    void add_weak() noexcept {
        // relaxed: a first guess, the exchange below decides.
        std::size_t weak = weak_.load(std::memory_order_relaxed);
        while (true) {
            if (weak == locked) {
                weak = weak_.load(std::memory_order_relaxed);  // relaxed: as above
                continue;
            }
            RefCount::check(weak);
            // acquire: pairs with the release in is_unique, whose look at the strong count is then
            // over: it cannot show that count as it is once the caller's Arc is gone. (x86 keeps a
            // load before a later store in any case, so that no test can tell there.)
            // relaxed: a failed attempt reads the count again.
            if (weak_.compare_exchange_weak(weak, weak + 1, std::memory_order_acquire,
                                            std::memory_order_relaxed)) {
                return;
            }
        }
    }

    /// One more Weak, made by a Weak.
    void copy_weak() noexcept {
        // relaxed: as a copied Arc: who has one has shown it to himself already.
        RefCount::check(weak_.fetch_add(1, std::memory_order_relaxed));
    }

    /// One Weak less; true for the last, who frees the memory.
    [[nodiscard]] bool remove_weak() noexcept {
        // release, then acquire by the last: as in RefCount::remove.
        if (weak_.fetch_sub(1, std::memory_order_release) != 1) {
            return false;
        }
        weak_.load(std::memory_order_acquire);  // acquire: see above
        return true;
    }

    /// Is the caller's Arc the only reference of either kind? Then the value is his alone.
    [[nodiscard]] bool is_unique() noexcept {
        std::size_t expected = 1;
        // acquire: an Arc that came of a Weak that is gone is in the strong count when we look at
        // it below. (An older count would have to be read; no test can tell where none is.)
        // relaxed: a failed attempt means that there are others.
        if (!weak_.compare_exchange_strong(expected, locked, std::memory_order_acquire,
                                           std::memory_order_relaxed)) {
            return false;
        }
        // With the weak count locked no other Arc can turn into a Weak between the two looks.
        bool const unique = strong.is_one();
        // release: pairs with acquire in add_weak; no test can tell, as there.
        weak_.store(1, std::memory_order_release);
        return unique;
    }

    /// How many Weak there are; for a strong holder.
    [[nodiscard]] std::size_t weak_count() const noexcept {
        // relaxed: may be out of date when it is read.
        std::size_t const weak = weak_.load(std::memory_order_relaxed);
        return weak == locked ? 0 : weak - 1;  // locked: is_unique has found none
    }

private:
    static constexpr std::size_t locked = std::numeric_limits<std::size_t>::max();

    Atomic<std::size_t> weak_{1};
};

}  // namespace tandem::sync::detail
