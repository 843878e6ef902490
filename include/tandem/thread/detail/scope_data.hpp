#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <utility>

#include "tandem/core/detail/raw_mutex.hpp"
#include "tandem/sync/arc.hpp"
#include "tandem/thread/detail/thread_info.hpp"

namespace tandem::thread::detail {

/// A panic that nobody has collected yet, and whose it is.
struct LostPanic {
    sync::Arc<ThreadInfo> thread;
    std::exception_ptr exception;
};

/// What the threads of a scope share with it: how many still run, and the first panic that nobody
/// collected.
class ScopeData {
public:
    using tandem_send = void;
    using tandem_sync = void;

    void enter() const noexcept {
        // relaxed: counted by the scope's own thread, or by one that is counted itself.
        running_.fetch_add(1, std::memory_order_relaxed);
    }

    void leave() const noexcept {
        // release: all that the thread did happens before the scope ends.
        if (running_.fetch_sub(1, std::memory_order_release) == 1) {
            futex_wake_all(running_);
        }
    }

    void wait_for_all() const noexcept {
        // acquire: pairs with release in leave.
        while (std::uint32_t const running = running_.load(std::memory_order_acquire)) {
            futex_wait(running_, running);
        }
    }

    /// Takes a panic that nobody collected; false if there is one already, or the scope is over.
    bool collect(sync::Arc<ThreadInfo> const& thread,
                 std::exception_ptr const& panic) const noexcept {
        RawLock const lock(mutex_);
        if (over_ || panic_) {
            return false;
        }
        panic_.emplace(thread.clone(), panic);
        return true;
    }

    /// The panic, if any, once all threads have ended.
    [[nodiscard]] std::optional<LostPanic> close() const noexcept {
        RawLock const lock(mutex_);
        over_ = true;
        auto lost = std::move(panic_);
        panic_.reset();
        return lost;
    }

private:
    mutable FutexWord running_{0};
    mutable RawMutex mutex_;
    mutable std::optional<LostPanic> panic_;
    mutable bool over_ = false;
};

}  // namespace tandem::thread::detail
