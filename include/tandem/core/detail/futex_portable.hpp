#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>

#include "tandem/core/detail/futex_word.hpp"

namespace tandem::detail {

// Where there is no futex: std::atomic::wait, and beside it a small table of condition variables
// for waits that have a deadline, which std::atomic::wait has not.

struct WaitBucket {
    std::mutex mutex;
    std::condition_variable changed;
};

inline WaitBucket& bucket_of(FutexWord const& word) noexcept {
    // Never destroyed: a detached thread may wake somebody when main has returned already.
    static auto* const buckets = new WaitBucket[64];
    return buckets[std::hash<void const*>{}(&word) / alignof(std::max_align_t) % 64];
}

inline void futex_wait(FutexWord const& word, std::uint32_t expected) noexcept {
    // relaxed: only a hint to get up; the caller reads the word again and decides.
    word.wait(expected, std::memory_order_relaxed);
}

inline bool futex_wait_until(FutexWord const& word, std::uint32_t expected,
                             Deadline deadline) noexcept {
    if (deadline.is_never()) {
        futex_wait(word, expected);
        return true;
    }
    auto const at = std::chrono::steady_clock::time_point(
        std::chrono::duration_cast<std::chrono::steady_clock::duration>(
            std::chrono::nanoseconds(deadline.nanoseconds)));
    WaitBucket& bucket = bucket_of(word);
    std::unique_lock lock(bucket.mutex);
    // relaxed: whoever changed the word before we had the bucket's mutex has shown it to us by
    // that mutex; whoever changes it later finds us waiting.
    if (word.load(std::memory_order_relaxed) != expected) {
        return true;
    }
    return bucket.changed.wait_until(lock, at) == std::cv_status::no_timeout;
}

inline void wake_timed_waits(FutexWord const& word) noexcept {
    WaitBucket& bucket = bucket_of(word);
    { std::lock_guard const passed(bucket.mutex); }  // nobody is between its check and its sleep
    bucket.changed.notify_all();                     // words share a bucket: all must look
}

inline bool futex_wake_one(FutexWord& word) noexcept {
    word.notify_one();
    wake_timed_waits(word);
    return false;  // std does not say whether anybody slept
}

inline void futex_wake_all(FutexWord& word) noexcept {
    word.notify_all();
    wake_timed_waits(word);
}

}  // namespace tandem::detail
