#pragma once

#include <cstdint>
#include <limits>

#include "tandem/core/detail/atomic.hpp"

namespace tandem::detail {

/// What threads sleep on: "wake me when this word is no longer what I saw".
using FutexWord = Atomic<std::uint32_t>;

/// A moment on the steady clock, in nanoseconds since its own beginning. (<chrono> takes a quarter
/// of a second to compile, and a mutex has no use for it: deadline.hpp makes one from a duration.)
struct Deadline {
    std::int64_t nanoseconds = std::numeric_limits<std::int64_t>::max();

    [[nodiscard]] constexpr bool is_never() const noexcept {
        return nanoseconds == std::numeric_limits<std::int64_t>::max();
    }
};

inline constexpr Deadline never{};

}  // namespace tandem::detail
