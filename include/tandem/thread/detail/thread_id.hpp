#pragma once

#include <compare>
#include <cstdint>

#include "tandem/core/detail/atomic.hpp"

namespace tandem::thread {

/// Tells a thread from all others of this program's run; never used again.
///
/// Rust: std::thread::ThreadId
/// C++:  std::thread::id, which may come back once its thread has ended
class ThreadId {
public:
    using tandem_send = void;
    using tandem_sync = void;

    /// The next unused number; each thread takes one.
    [[nodiscard]] static ThreadId next() noexcept {
        static tandem::detail::Atomic<std::uint64_t> last{0};
        // relaxed: only that no two threads get the same number matters.
        return ThreadId(last.fetch_add(1, std::memory_order_relaxed) + 1);
    }

    [[nodiscard]] std::uint64_t as_u64() const noexcept { return number_; }

    friend auto operator<=>(ThreadId, ThreadId) noexcept = default;

private:
    explicit ThreadId(std::uint64_t number) noexcept : number_(number) {}

    std::uint64_t number_;
};

}  // namespace tandem::thread
