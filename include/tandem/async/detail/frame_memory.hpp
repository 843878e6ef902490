#pragma once

#include <cstddef>

#if __STDC_HOSTED__

#include <new>
#include <utility>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TANDEM_RECYCLE_FRAMES 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define TANDEM_RECYCLE_FRAMES 0
#endif
#endif
#if !defined(TANDEM_RECYCLE_FRAMES)
#define TANDEM_RECYCLE_FRAMES 1
#endif

namespace tandem::async::detail {

#if TANDEM_RECYCLE_FRAMES

/// Frames that have ended, kept by the thread that ended them for the next of their size: an
/// awaited call then costs no trip to the allocator, and no lock. (Not under a sanitizer, which
/// would not see who uses a frame after its end.)
class FrameCache {
public:
    [[nodiscard]] void* take(std::size_t size) {
        std::size_t const kind = kind_of(size);
        if (kind < kinds) [[likely]] {
            if (Free* const frame = free_[kind]; frame != nullptr) [[likely]] {
                free_[kind] = frame->next;
                --kept_[kind];
                return frame;
            }
            return ::operator new((kind + 1) * step);
        }
        return ::operator new(size);
    }

    void give(void* memory, std::size_t size) noexcept {
        std::size_t const kind = kind_of(size);
        if (kind < kinds && kept_[kind] < most_kept) [[likely]] {
            free_[kind] = ::new (memory) Free{free_[kind]};
            ++kept_[kind];
            if (!swept_at_exit_) [[unlikely]] {
                sweep_at_exit();
            }
            return;
        }
        ::operator delete(memory);
    }

    /// The calling thread's. Its callers are noinline, for a coroutine may go on in another thread
    /// than it began in, and clang would remember the first one's address across the suspension.
    static FrameCache& of_this_thread() noexcept {
        thread_local constinit FrameCache cache;
        return cache;
    }

private:
    struct Free {
        Free* next;
    };

    static constexpr std::size_t step = 64;     // a frame's size is rounded up to this
    static constexpr std::size_t kinds = 16;    // larger frames are not kept
    static constexpr unsigned most_kept = 128;  // of each kind

    static constexpr std::size_t kind_of(std::size_t size) noexcept { return (size - 1) / step; }

    /// Its destructor runs when the thread ends, which is not free to arrange: only for a thread
    /// that has ended a frame. A frame that ends later still, in another thread-local object's
    /// destructor, is not kept.
    struct Sweeper {
        ~Sweeper() {
            FrameCache& cache = of_this_thread();
            for (std::size_t kind = 0; kind < kinds; ++kind) {
                for (Free* frame = cache.free_[kind]; frame != nullptr;) {
                    ::operator delete(std::exchange(frame, frame->next));
                }
                cache.free_[kind] = nullptr;
                cache.kept_[kind] = most_kept;
            }
        }
    };

    [[gnu::noinline, gnu::cold]] void sweep_at_exit() noexcept {
        thread_local Sweeper const sweeper;
        static_cast<void>(&sweeper);
        swept_at_exit_ = true;
    }

    Free* free_[kinds] = {};
    unsigned kept_[kinds] = {};
    bool swept_at_exit_ = false;
};

[[nodiscard, gnu::noinline]] inline void* allocate_frame(std::size_t size) {
    return FrameCache::of_this_thread().take(size);
}
[[gnu::noinline]] inline void free_frame(void* memory, std::size_t size) noexcept {
    FrameCache::of_this_thread().give(memory, size);
}

#else

[[nodiscard]] inline void* allocate_frame(std::size_t size) { return ::operator new(size); }
inline void free_frame(void* memory, std::size_t) noexcept { ::operator delete(memory); }

#endif

}  // namespace tandem::async::detail

#else

namespace tandem::async::detail {

/// On bare metal a frame comes from a task's slot; null where there is no room. The embedded
/// executor supplies both.
[[nodiscard]] void* allocate_frame(std::size_t size) noexcept;
void free_frame(void* memory, std::size_t size) noexcept;

}  // namespace tandem::async::detail

#endif
