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
        if (kind >= kinds) [[unlikely]] {
            return ::operator new(size);
        }
        Shelf& shelf = shelves_[kind];
        if (Free* const frame = shelf.first; frame != nullptr) [[likely]] {
            shelf.first = frame->next;
            ++shelf.room;
            return frame;
        }
        return ::operator new(kind * step + smallest);
    }

    void give(void* memory, std::size_t size) noexcept {
        std::size_t const kind = kind_of(size);
        if (kind < kinds && shelves_[kind].room > 0) [[likely]] {
            shelves_[kind].put(memory);
        } else if (kind < kinds && !opened_) {
            open();
            shelves_[kind].put(memory);
        } else {
            ::operator delete(memory);
        }
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

    /// The free frames of one size, and room for how many more.
    struct Shelf {
        void put(void* memory) noexcept {
            first = ::new (memory) Free{first};
            --room;
        }

        Free* first = nullptr;
        unsigned room = 0;
    };

    // Sizes are rounded up to 8, 24, 40, …: what an allocator gives that works in steps of 16 and
    // needs 8 bytes of each block for itself.
    static constexpr std::size_t step = 16;
    static constexpr std::size_t smallest = 8;
    static constexpr std::size_t kinds = 64;              // larger frames are not kept
    static constexpr std::size_t most_kept = 128 * 1024;  // bytes, of each kind

    static constexpr std::size_t kind_of(std::size_t size) noexcept {
        return (size + step - 1 - smallest) / step;
    }

    /// Empties the shelves when the thread ends. They have no room from then on: a frame that ends
    /// later still, in the destructor of another thread-local object, is not kept.
    struct Sweeper {
        ~Sweeper() {
            for (Shelf& shelf : of_this_thread().shelves_) {
                while (shelf.first != nullptr) {
                    ::operator delete(std::exchange(shelf.first, shelf.first->next));
                }
                shelf.room = 0;
            }
        }
    };

    /// Not before a thread ends its first frame: to have something done at a thread's end is dear.
    [[gnu::noinline, gnu::cold]] void open() noexcept {
        thread_local Sweeper const sweeper;
        static_cast<void>(&sweeper);
        for (std::size_t kind = 0; kind < kinds; ++kind) {
            shelves_[kind].room = static_cast<unsigned>(most_kept / (kind * step + smallest));
        }
        opened_ = true;
    }

    Shelf shelves_[kinds];
    bool opened_ = false;
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
