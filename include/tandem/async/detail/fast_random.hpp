#pragma once

#include <cstdint>

#include "tandem/core/detail/atomic.hpp"

namespace tandem::async::detail {

/// xorshift32 (Marsaglia): three shifts, and good enough to be fair. Never zero.
[[nodiscard]] constexpr std::uint32_t next_random(std::uint32_t state) noexcept {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

#if __STDC_HOSTED__

/// A different one for each thread, or threads that began together would choose alike.
[[nodiscard]] inline std::uint32_t random_seed() noexcept {
    static constinit tandem::detail::Atomic<std::uint32_t> threads{0};
    constexpr std::uint32_t golden_ratio = 0x9E3779B9;  // times 1, 2, 3, …: far apart
    // relaxed: only the numbers count, nothing is ordered by them.
    return (threads.fetch_add(1, std::memory_order_relaxed) + 1) * golden_ratio | 1;
}

/// Noinline, for this may stand in a coroutine, which clang lets remember the thread's address.
[[nodiscard, gnu::noinline]] inline std::uint32_t random_bits() noexcept {
    thread_local std::uint32_t state = random_seed();
    return state = next_random(state);
}

#else

[[nodiscard]] inline std::uint32_t random_bits() noexcept {
    static constinit tandem::detail::Atomic<std::uint32_t> state{0x9E3779B9};
    // relaxed, and no read-modify-write: an interrupt in between draws the same number, no harm.
    std::uint32_t const drawn = next_random(state.load(std::memory_order_relaxed));
    state.store(drawn, std::memory_order_relaxed);  // relaxed: as above
    return drawn;
}

#endif

/// One of 0 … count - 1.
[[nodiscard]] inline std::uint32_t random_below(std::uint32_t count) noexcept {
    return static_cast<std::uint32_t>((std::uint64_t{random_bits()} * count) >> 32);
}

}  // namespace tandem::async::detail
