#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>
#include <utility>

#include "tandem/async/detail/wait_list.hpp"
#include "tandem/async/waker.hpp"
#include "tandem/core/detail/atomic.hpp"
#include "tandem/core/detail/raise.hpp"

namespace tandem::async::detail {

using tandem::detail::Atomic;
using tandem::detail::raise;

/// What came of asking for permits.
enum class Acquired : unsigned char { yes, not_yet, closed };

/// One who waits for permits. Those it was given already are its own, though not enough yet.
struct PermitWaiter : Waiter {
    explicit PermitWaiter(std::size_t wanted) noexcept : missing(wanted) {}

    std::size_t missing;
};

/// The permits under Semaphore, Mutex, RwLock and OnceCell, handed out first come, first served.
///
/// One word says how many there are, whether somebody waits, and whether all is closed. While
/// nobody waits, taking and giving back is one exchange of that word. The first who waits takes
/// the permits that are left, so while somebody waits there are none: nobody can pass by.
///
///              too few left              the list is empty again
///   nobody ──────────────────► waiting ──────────────────────────► nobody
///   waits       (locked)       (locked: only the lock's holder     waits
///                               changes the word now)
///
/// Rust: tokio::sync::batch_semaphore
/// C++:  std::counting_semaphore, for any number of permits at once, and fair
class BatchSemaphore {
public:
    static constexpr std::size_t max_permits = std::numeric_limits<std::size_t>::max() >> 3;

    explicit constexpr BatchSemaphore(std::size_t permits) : state_(permits * one) {
        if (permits > max_permits) [[unlikely]] {
            raise("a semaphore has at most max_permits permits: begin with fewer");
        }
    }
    BatchSemaphore(BatchSemaphore const&) = delete;
    BatchSemaphore& operator=(BatchSemaphore const&) = delete;

    /// Takes `n` permits if they are there; never waits.
    [[nodiscard]] Acquired try_acquire(std::size_t n) noexcept {
        // relaxed: a guess; the exchange decides.
        std::size_t state = state_.load(std::memory_order_relaxed);
        for (;;) {
            if ((state & closed) != 0) [[unlikely]] {
                return Acquired::closed;
            }
            if (state / one < n) {
                return Acquired::not_yet;
            }
            // acquire: pairs with release(), whose permits these were: we see what it wrote.
            // relaxed: a failed attempt takes nothing.
            if (state_.compare_exchange_weak(state, state - n * one, std::memory_order_acquire,
                                             std::memory_order_relaxed)) {
                return Acquired::yes;
            }
        }
    }

    /// Gives `n` permits back, or in, to those who have waited longest.
    void release(std::size_t n) {
        // relaxed: a guess; the exchange decides.
        std::size_t state = state_.load(std::memory_order_relaxed);
        while ((state & waiting) == 0) {
            check_room(state, n);
            // release: pairs with try_acquire() and take_or_queue().
            // relaxed: a failed attempt publishes nothing.
            if (state_.compare_exchange_weak(state, state + n * one, std::memory_order_release,
                                             std::memory_order_relaxed)) [[likely]] {
                return;
            }
        }
        release_to_waiters(n);
    }

    /// From now on nobody gets a permit; those who wait learn it.
    void close() noexcept {
        for (bool more = true; more;) {
            WakeBatch batch;  // ends after the lock
            RawLock const lock(mutex_);
            // release: pairs with is_closed(): who sees it closed sees what came before.
            state_.fetch_or(closed, std::memory_order_release);
            while (!waiters_.empty() && !batch.full()) {
                batch.take(*waiters_.pop_front());
            }
            more = !waiters_.empty();
            stop_waiting_if_empty(0);
        }
    }

    [[nodiscard]] bool is_closed() const noexcept {
        // acquire: pairs with close().
        return (state_.load(std::memory_order_acquire) & closed) != 0;
    }

    [[nodiscard]] std::size_t available() const noexcept {
        // relaxed: out of date as soon as it is read.
        return state_.load(std::memory_order_relaxed) / one;
    }

    /// Takes up to `n` permits out for good; how many there were.
    std::size_t forget(std::size_t n) noexcept {
        // relaxed, all three: nobody is let in by it, so nothing has to be seen.
        std::size_t state = state_.load(std::memory_order_relaxed);
        for (;;) {
            std::size_t const gone = std::min(n, state / one);
            if (state_.compare_exchange_weak(state, state - gone * one, std::memory_order_relaxed,
                                             std::memory_order_relaxed)) {
                return gone;
            }
        }
    }

    /// Looks whether the waiter has all it wants; if not, it waits in the list with this waker.
    /// `first`: it was not in the list before.
    [[nodiscard]] Acquired poll(PermitWaiter& waiter, Waker const& waker, bool first) noexcept {
        std::optional<Waker> mine;  // ends after the lock, as does the one it replaces
        if (first) {
            mine.emplace(waker.clone());
        }
        for (;;) {
            {
                RawLock const lock(mutex_);
                if (auto const acquired = take_or_queue(waiter); acquired != Acquired::not_yet) {
                    return acquired;
                }
                if (waiter.waker && waiter.waker->will_wake(waker)) {
                    return Acquired::not_yet;
                }
                if (mine) {
                    std::swap(waiter.waker, mine);
                    return Acquired::not_yet;
                }
            }
            mine.emplace(waker.clone());
        }
    }

    /// Ends a wait; what the waiter was given goes to the next.
    [[gnu::noinline]] void cancel(PermitWaiter& waiter, std::size_t wanted) noexcept {
        std::optional<Waker> last;  // ends after the lock
        {
            RawLock const lock(mutex_);
            waiters_.remove(waiter);
            std::swap(waiter.waker, last);
            stop_waiting_if_empty(0);
        }
        if (std::size_t const given = wanted - waiter.missing; given != 0) {
            release(given);
        }
    }

private:
    static constexpr std::size_t closed = 1;
    static constexpr std::size_t waiting = 2;  // somebody is in the list; then permits are 0
    static constexpr std::size_t one = 4;      // a permit

    static void check_room(std::size_t state, std::size_t n) {
        if (n > max_permits - state / one) [[unlikely]] {
            raise("a semaphore has at most max_permits permits: add fewer");
        }
    }

    [[gnu::noinline]] void release_to_waiters(std::size_t n) {
        do {
            WakeBatch batch;  // ends after the lock
            RawLock const lock(mutex_);
            while (n > 0 && !waiters_.empty() && !batch.full()) {
                auto& first = static_cast<PermitWaiter&>(*waiters_.front());
                std::size_t const given = std::min(n, first.missing);
                first.missing -= given;
                n -= given;
                if (first.missing == 0) {
                    waiters_.remove(first);
                    batch.take(first);
                }
            }
            if (stop_waiting_if_empty(n)) {
                n = 0;
            }
        } while (n > 0);
    }

    /// Under the lock: if nobody waits any more, says so, and puts `n` permits there.
    bool stop_waiting_if_empty(std::size_t n) {
        if (!waiters_.empty()) {
            return false;
        }
        // relaxed: `waiting` changes only under the lock, which we hold.
        std::size_t const state = state_.load(std::memory_order_relaxed);
        if (n > 0) {
            check_room(state, n);
        }
        // release: pairs with try_acquire() and take_or_queue().
        state_.fetch_add(n * one - (state & waiting), std::memory_order_release);
        return true;
    }

    /// Under the lock.
    Acquired take_or_queue(PermitWaiter& waiter) noexcept {
        if (waiter.linked) {
            return Acquired::not_yet;
        }
        if (waiter.missing == 0) {
            return Acquired::yes;  // given under the lock, which shows us what the giver wrote
        }
        // relaxed: a guess; the exchange decides.
        std::size_t state = state_.load(std::memory_order_relaxed);
        for (;;) {
            if ((state & closed) != 0) {
                return Acquired::closed;
            }
            std::size_t const taken = std::min(state / one, waiter.missing);
            bool const enough = taken == waiter.missing;
            std::size_t const next = (state - taken * one) | (enough ? 0 : waiting);
            // acquire: pairs with release(), whose permits these were.
            // relaxed: a failed attempt takes nothing.
            if (state_.compare_exchange_weak(state, next, std::memory_order_acquire,
                                             std::memory_order_relaxed)) {
                waiter.missing -= taken;
                if (enough) {
                    return Acquired::yes;
                }
                waiters_.push_back(waiter);
                return Acquired::not_yet;
            }
        }
    }

    Atomic<std::size_t> state_;
    RawMutex mutex_;
    WaitList waiters_;
};

}  // namespace tandem::async::detail
