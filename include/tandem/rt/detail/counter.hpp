#pragma once

#include <cstdint>

#include "tandem/core/detail/atomic.hpp"

namespace tandem::rt::detail {

using namespace tandem::detail;  // inside rt, detail:: means both

/// A number that one thread counts and any may read: no more than an addition.
class Counter {
public:
    void add(std::uint64_t count = 1) noexcept {
        // relaxed: one thread writes, and a reader wants no more than a number.
        value_.store(value_.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t get() const noexcept {
        // relaxed: as above.
        return value_.load(std::memory_order_relaxed);
    }

private:
    Atomic<std::uint64_t> value_{0};
};

/// What one thread that runs tasks has done so far.
struct WorkerCounters {
    Counter polls;
    Counter completions;
    Counter steals;  // tasks
    Counter parks;
    Counter overflows;  // times its queue was full
    Counter busy_nanoseconds;
};

}  // namespace tandem::rt::detail
