#pragma once

#include <optional>
#include <utility>

#include "tandem/async/waker.hpp"
#include "tandem/core/detail/atomic.hpp"

namespace tandem::async::detail {

/// Room for the waker of one task, that anybody may call, at any moment, from an interrupt too:
/// nobody ever waits for anybody here.
///
///              register_waker                     wake, take
///   registering ◄────────── idle ──────────────────────────► waking
///        │                   ▲  ▲                              │
///        └───── is there ────┘  └───────── waker is out ───────┘
///
/// A wake that meets a registration leaves its mark (both bits), and the registering task wakes
/// itself; a registration that meets a wake does so at once.
///
///     waker_.register_waker(cx.waker());   // first register,
///     if (ready_) { … }                    // then look: what comes later wakes
///
/// Rust: futures::task::AtomicWaker
class AtomicWaker {
public:
    constexpr AtomicWaker() noexcept = default;
    AtomicWaker(AtomicWaker const&) = delete;
    AtomicWaker& operator=(AtomicWaker const&) = delete;

    /// Puts the task's waker in place of the last one. Only one task at a time may call this.
    void register_waker(Waker const& waker) noexcept {
        unsigned state = idle;
        // acquire: pairs with release in take: the waker there was is out. And what was written
        // before a wake that found no waker is there for its task, which looks after this.
        // acquire, where it fails: the same, for a wake that is under way.
        if (state_.compare_exchange_strong(state, registering, std::memory_order_acquire,
                                           std::memory_order_acquire)) {
            replace(waker);
        } else if (state == waking) {
            waker.wake_by_ref();
        }
    }

    /// Wakes the task, if one has registered since the last wake.
    void wake() noexcept {
        if (std::optional<Waker> waker = take()) {
            waker->wake();
        }
    }

    /// Takes the waker out without waking.
    [[nodiscard]] std::optional<Waker> take() noexcept {
        // acquire: pairs with release in replace: the waker is there to be taken.
        // release: pairs with acquire in register_waker, replace: what we wrote is seen.
        if (state_.fetch_or(waking, std::memory_order_acq_rel) != idle) {
            return std::nullopt;
        }
        std::optional<Waker> taken;
        taken.swap(waker_);
        // release: pairs with acquire in register_waker: we are done with `waker_`.
        state_.fetch_and(~waking, std::memory_order_release);
        return taken;
    }

private:
    enum State : unsigned { idle = 0, registering = 1, waking = 2 };

    /// Called while registering: `waker_` is ours alone. That is no lock: should the clone come
    /// back here to wake, it leaves its mark and goes on.
    void replace(Waker const& waker) noexcept {
        std::optional<Waker> last;  // dropped when `waker_` is no longer ours
        if (!waker_ || !waker_->will_wake(waker)) {
            last.emplace(waker.clone());
            last.swap(waker_);
        }
        unsigned state = registering;
        // release: pairs with acquire in take: the waker is there.
        // acquire: pairs with release in take: what was written before a wake meanwhile is seen.
        if (state_.compare_exchange_strong(state, idle, std::memory_order_release,
                                           std::memory_order_acquire)) {
            return;
        }
        std::optional<Waker> called;
        called.swap(waker_);
        // release: pairs with acquire in register_waker, take: we are done with `waker_`.
        // acquire: pairs with release in take, for a wake since.
        state_.exchange(idle, std::memory_order_acq_rel);
        called->wake();
    }

    tandem::detail::Atomic<unsigned> state_{idle};
    std::optional<Waker> waker_;  // belongs to whoever left `idle`
};

}  // namespace tandem::async::detail
