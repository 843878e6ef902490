#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdint>

#include "tandem/core/detail/futex_word.hpp"

namespace tandem::detail {

static_assert(sizeof(FutexWord) == 4, "the kernel compares 4 bytes");

/// The system call. errno stays as it was: locking a mutex is not an operation that "fails".
inline int futex(FutexWord const& word, int operation, std::uint32_t value,
                 timespec const* deadline) noexcept {
    int const errno_before = errno;
    long const result = ::syscall(SYS_futex, &word, operation | FUTEX_PRIVATE_FLAG, value, deadline,
                                  nullptr, FUTEX_BITSET_MATCH_ANY);
    int const outcome = result < 0 ? -errno : static_cast<int>(result);
    errno = errno_before;
    return outcome;
}

inline void futex_wait(FutexWord const& word, std::uint32_t expected) noexcept {
    futex(word, FUTEX_WAIT_BITSET, expected, nullptr);
}

inline bool futex_wait_until(FutexWord const& word, std::uint32_t expected,
                             Deadline deadline) noexcept {
    if (deadline.is_never()) {
        futex_wait(word, expected);
        return true;
    }
    constexpr std::int64_t second = 1'000'000'000;
    timespec const at{.tv_sec = static_cast<time_t>(deadline.nanoseconds / second),
                      .tv_nsec = static_cast<long>(deadline.nanoseconds % second)};
    // WAIT_BITSET takes a moment of CLOCK_MONOTONIC, so that an early wake-up loses no time.
    return futex(word, FUTEX_WAIT_BITSET, expected, &at) != -ETIMEDOUT;
}

inline bool futex_wake_one(FutexWord const& word) noexcept {
    return futex(word, FUTEX_WAKE_BITSET, 1, nullptr) > 0;
}

inline void futex_wake_all(FutexWord const& word) noexcept {
    futex(word, FUTEX_WAKE_BITSET, INT_MAX, nullptr);
}

}  // namespace tandem::detail
