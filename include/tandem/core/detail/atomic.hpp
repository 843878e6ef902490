#pragma once

// The one place from which the library takes its atomics: with futex.hpp beside it, this is the
// seam where a checker that explores interleavings puts its own types in.

#include <atomic>

namespace tandem::detail {

template <class T>
using Atomic = std::atomic<T>;

/// Two variables that different threads write must stand this far apart, or each write of one
/// takes the other away from its reader's cache.
inline constexpr unsigned long cache_line = 64;

}  // namespace tandem::detail
