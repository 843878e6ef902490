#pragma once

#include <chrono>
#include <utility>

#include "tandem/core/detail/deadline.hpp"
#include "tandem/core/detail/polling.hpp"
#include "tandem/sync/detail/raw_condvar.hpp"
#include "tandem/sync/mutex.hpp"

namespace tandem::sync {

/// Whether a wait ended because its time was up.
///
/// Rust: std::sync::WaitTimeoutResult
/// C++:  std::cv_status
class WaitTimeoutResult {
public:
    using tandem_send = void;
    using tandem_sync = void;

    explicit constexpr WaitTimeoutResult(bool timed_out) noexcept : timed_out_(timed_out) {}

    [[nodiscard]] constexpr bool timed_out() const noexcept { return timed_out_; }

private:
    bool timed_out_;
};

/// Lets threads sleep until the data behind a Mutex has become what they wait for.
///
/// Rust:      std::sync::Condvar; its waits take the guard and give it back, ours wait in place
/// C++:       std::condition_variable
/// Unchecked: using one Condvar with several mutexes, and notifying without having changed the
///            data under the mutex: a waiter that has just looked is then not woken.
/// Errors:    a wait on a mutex that is, or meanwhile became, poisoned returns PoisonError; the
///            guard holds the lock again on every return. wait and wait_timeout may wake for no
///            reason; wait_while looks again by itself.
///
///     auto ready = mutex.lock().unwrap();
///     changed.wait_while(ready, [](bool& is_ready) { return !is_ready; }).unwrap();
class Condvar {
public:
    using tandem_send = void;
    using tandem_sync = void;

    constexpr Condvar() noexcept = default;
    Condvar(Condvar const&) = delete;
    Condvar& operator=(Condvar const&) = delete;

    // (Each names its answer as a template parameter, so that only who waits compiles it.)

    /// Sleeps until notified; the lock is free meanwhile.
    template <class T, class Answer = LockResult<void>>
    Answer wait(MutexGuard<T>& guard, detail::CallSite where = detail::CallSite::current()) const {
        wait_until(guard, detail::never, where);
        return guard.locked().is_poisoned() ? Answer(std::unexpect) : Answer();
    }

    /// Sleeps as long as `pred(data)` is true and the mutex does not turn out to be poisoned.
    template <class T, class Pred, class Answer = LockResult<void>>
    Answer wait_while(MutexGuard<T>& guard, Pred pred,
                      detail::CallSite where = detail::CallSite::current()) const {
        while (pred(*guard)) {
            if (auto waited = wait(guard, where); waited.is_err()) {
                return waited;
            }
        }
        return Answer();
    }

    /// As wait, for no longer than `timeout`.
    template <class T, class Rep, class Period, class Answer = LockResult<WaitTimeoutResult>>
    Answer wait_timeout(MutexGuard<T>& guard, std::chrono::duration<Rep, Period> timeout,
                        detail::CallSite where = detail::CallSite::current()) const {
        bool const in_time = wait_until(guard, detail::deadline_after(timeout), where);
        return checked<Answer>(guard, WaitTimeoutResult(!in_time));
    }

    /// As wait_while, for no longer than `timeout`; timed out means that `pred` is still true.
    template <class T, class Rep, class Period, class Pred,
              class Answer = LockResult<WaitTimeoutResult>>
    Answer wait_timeout_while(MutexGuard<T>& guard, std::chrono::duration<Rep, Period> timeout,
                              Pred pred,
                              detail::CallSite where = detail::CallSite::current()) const {
        detail::Deadline const deadline = detail::deadline_after(timeout);
        bool in_time = true;
        while (pred(*guard)) {
            if (!in_time) {
                return Answer(std::in_place, true);
            }
            in_time = wait_until(guard, deadline, where);
            if (guard.locked().is_poisoned()) [[unlikely]] {
                return checked<Answer>(guard, WaitTimeoutResult(!in_time));
            }
        }
        return Answer(std::in_place, false);
    }

    /// Wakes one waiter, or all of them; without waiters, nobody.
    void notify_one() const noexcept { raw_.notify_one(); }
    void notify_all() const noexcept { raw_.notify_all(); }

private:
    template <class T>
    bool wait_until(MutexGuard<T>& guard, detail::Deadline deadline, detail::CallSite where) const {
        detail::about_to_block("Condvar::wait", "co_await an async::Notify", where);
        return raw_.wait_until(guard.locked().raw_, deadline);
    }

    template <class Answer, class T>
    static Answer checked(MutexGuard<T> const& guard, WaitTimeoutResult result) {
        return guard.locked().is_poisoned() ? Answer(std::unexpect, result)
                                            : Answer(std::in_place, result);
    }

    mutable detail::RawCondvar raw_;
};

}  // namespace tandem::sync
