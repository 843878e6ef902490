#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "tandem/core/detail/raw_mutex.hpp"
#include "tandem/rt/detail/fixed_array.hpp"

namespace tandem::rt::detail {

using namespace tandem::detail;  // inside rt, detail:: means both

/// Which workers sleep, and how many of the others are looking for work.
///
/// Who makes work wakes one sleeper, but not if somebody is searching: that one will find it, and
/// wakes the next when he does. So a burst of work wakes the workers one after the other, and
/// single tasks wake nobody.
///
/// Nothing is overlooked between "there is no work" and "asleep": a worker first counts itself
/// among the sleepers and then, if it was the last to search, looks at all queues once more; who
/// makes work first puts it into a queue and then looks at the count.
///
/// Rust: the Idle of tokio's multi-thread scheduler
class IdleWorkers {
public:
    explicit IdleWorkers(std::uint32_t workers)
        : workers_(workers), counts_(workers * one_awake), sleepers_(workers) {}

    /// A sleeper to be woken for new work, which counts as searching already; none if that is not
    /// needed.
    [[nodiscard]] std::optional<std::size_t> worker_to_wake() noexcept {
        if (!should_wake()) {
            return std::nullopt;
        }
        RawLock const lock(mutex_);
        if (!should_wake() || asleep_ == 0) {
            return std::nullopt;
        }
        // relaxed: the mutex orders it among sleepers; searchers look at queues in any case.
        counts_.fetch_add(one_awake + one_searching, std::memory_order_relaxed);
        return sleepers_[--asleep_];
    }

    /// By a worker that is going to sleep. True: it was the last that searched, and has to look at
    /// all queues once more.
    [[nodiscard]] bool fall_asleep(std::uint32_t worker, bool searching) noexcept {
        RawLock const lock(mutex_);
        std::uint32_t const change = one_awake + (searching ? one_searching : 0);
        // release, acquire: pairs with should_wake: either that sees us asleep, or we see what it
        // has put into a queue.
        std::uint32_t const before = counts_.fetch_sub(change, std::memory_order_acq_rel);
        sleepers_[asleep_++] = worker;
        return searching && before % one_awake == one_searching;
    }

    /// By a worker that was not woken for work but found some. False: it was woken meanwhile, and
    /// so counts as searching.
    bool wake_up(std::uint32_t worker) noexcept {
        RawLock const lock(mutex_);
        for (std::uint32_t i = 0; i < asleep_; ++i) {
            if (sleepers_[i] == worker) {
                sleepers_[i] = sleepers_[--asleep_];
                // relaxed: the mutex orders it.
                counts_.fetch_add(one_awake, std::memory_order_relaxed);
                return true;
            }
        }
        return false;
    }
    [[nodiscard]] bool is_asleep(std::uint32_t worker) noexcept {
        RawLock const lock(mutex_);
        for (std::uint32_t i = 0; i < asleep_; ++i) {
            if (sleepers_[i] == worker) {
                return true;
            }
        }
        return false;
    }

    /// False: enough are searching already; more would only be in each other's way.
    [[nodiscard]] bool begin_search() noexcept {
        // relaxed: a bound that may be missed by one or two.
        std::uint32_t const counts = counts_.load(std::memory_order_relaxed);
        if (2 * (counts % one_awake) >= workers_) {
            return false;
        }
        // relaxed: who makes work reads it by a read-modify-write, after the last change.
        counts_.fetch_add(one_searching, std::memory_order_relaxed);
        return true;
    }
    /// True: nobody else searches; the caller, who found something, wakes the next.
    [[nodiscard]] bool end_search() noexcept {
        // release, acquire: pairs with should_wake, as in fall_asleep.
        return counts_.fetch_sub(one_searching, std::memory_order_acq_rel) % one_awake ==
               one_searching;
    }

private:
    static constexpr std::uint32_t one_searching = 1;
    static constexpr std::uint32_t one_awake = 1 << 16;

    [[nodiscard]] bool should_wake() noexcept {
        // acq_rel, and a change that changes nothing: it stands before or behind fall_asleep's in
        // the order of all changes, which a load would not; before it, that sees our work.
        std::uint32_t const counts = counts_.fetch_add(0, std::memory_order_acq_rel);
        return counts % one_awake == 0 && counts / one_awake < workers_;
    }

    std::uint32_t const workers_;
    alignas(cache_line) Atomic<std::uint32_t> counts_;  // awake above, searching below
    RawMutex mutex_;
    std::uint32_t asleep_ = 0;
    FixedArray<std::uint32_t> sleepers_;  // the first so many: who sleeps, the last to do so last
};

}  // namespace tandem::rt::detail
