#pragma once

#include <cstddef>

#include "tandem/thread/detail/cpu_limits.hpp"

namespace tandem::thread {

/// How many threads can do work at the same time: the processors this process may use, and no more
/// than its control group's share of CPU time pays for. At least 1.
///
/// Rust: std::thread::available_parallelism
/// C++:  std::thread::hardware_concurrency, which knows nothing of control groups
/// Cost: reads a few small files: ask once, not in a loop
[[nodiscard]] inline std::size_t available_parallelism() {
    std::size_t const processors = detail::usable_processors();
    std::size_t const quota = detail::cgroup_processors();
    return processors < quota ? processors : quota;
}

}  // namespace tandem::thread
