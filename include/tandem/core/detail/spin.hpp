#pragma once

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

/// Waits without sleep until `busy()` is false, but not for longer than it would cost to put a
/// thread to sleep and wake it: 5 to 20 microseconds, as the processor pauses.
///
/// The pauses between looks are long on purpose: who looks too often takes the cache line away from
/// the thread that is to change what we wait for. (With a first pause of 8, locks that threads do
/// nothing but take were half as fast.)
template <class Busy>
void spin_while(Busy busy) noexcept {
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
