#pragma once

#include <sched.h>

namespace tandem::detail {

/// Tells the processor that we wait in a loop: it draws less power and leaves more to its twin.
/// Takes from a few to some 150 cycles.
inline void spin_hint() noexcept {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
    asm volatile("yield");
#endif
}

/// Gives the processor to another thread that waits for one, if there is any.
inline void let_others_run() noexcept { ::sched_yield(); }

#if defined(__linux__)
/// True if this program was started on a single processor, as by `taskset` or in a small
/// container: whoever spins there only keeps away the thread he waits for. (Not asked later: a
/// thread that pins itself to one processor has others beside it.)
inline bool const only_one_processor = [] {
    cpu_set_t mask;
    return ::sched_getaffinity(0, sizeof(mask), &mask) == 0 && CPU_COUNT(&mask) == 1;
}();
#else
inline constexpr bool only_one_processor = false;  // none is so small that we know of
#endif

/// Waits without sleep until `busy()` is false, but not for longer than it would cost to put a
/// thread to sleep and wake it: 5 to 20 microseconds, as the processor pauses.
///
/// The pauses between looks are long on purpose: who looks too often takes the cache line away from
/// the thread that is to change what we wait for. (With a first pause of 8, locks that threads do
/// nothing but take were half as fast.)
template <class Busy>
void spin_while(Busy busy) noexcept {
    if (only_one_processor) {
        return;
    }
    for (int pauses = 64; pauses <= 256; pauses *= 2) {
        for (int i = 0; i < pauses; ++i) {
            spin_hint();
        }
        if (!busy()) {
            return;
        }
    }
}

}  // namespace tandem::detail
