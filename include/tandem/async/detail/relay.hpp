#pragma once

#include <coroutine>
#include <cstdint>
#include <exception>

#include "tandem/async/waker.hpp"
#include "tandem/core/detail/atomic.hpp"
#include "tandem/core/detail/raw_mutex.hpp"
#include "tandem/core/detail/ref_count.hpp"
#include "tandem/core/detail/unwinding.hpp"

namespace tandem::async::detail {

/// What a relay polls: it stands in the frame of the coroutine that awaits.
struct Relayed {
    bool (*poll)(Relayed&, Context&);  // true once the value is there
    std::exception_ptr error{};        // or this came in its place
};

/// Polls a future for a coroutine that knows no polls: whoever wakes polls, and when the value is
/// there resumes the coroutine. On the heap, for wakers outlive the await.
///
///              pending             wake
///   polling ────────────► idle ────────────► polling, by the waking thread
///      │  ▲                 │
///      │  └─ notified ◄─────│── wake, from `polling`: whoever polls does it once more
///      │ ready              │ the awaiter is dropped
///      └──────► done ◄──────┘   (out of any state)
class Relay {
public:
    static Relay* create(Relayed& relayed) { return new Relay(relayed); }
    Relay(Relay const&) = delete;
    Relay& operator=(Relay const&) = delete;

    /// The first poll, by the coroutine itself. True: it need not suspend.
    [[nodiscard]] bool poll_first() { return poll_once(); }

    /// The coroutine is suspended. False: the value came meanwhile, it goes on at once. After a
    /// true it may be running elsewhere: its frame is not to be touched any more.
    [[nodiscard]] bool wait(std::coroutine_handle<> coroutine) noexcept {
        coroutine_ = coroutine;
        return !poll_until_idle(false);
    }

    /// The awaiter goes away: no poll begins from here on, and one that another thread is in the
    /// middle of has ended.
    void cancel() noexcept {
        // acq_rel: pairs with release in rest and finish: what the polls wrote is ours to end.
        State const before = state_.exchange(State::done, std::memory_order_acq_rel);
        if (before == State::polling || before == State::notified) {
            RawLock const poll_has_ended(polling_);
        }
    }

    void remove_owner() noexcept {
        if (owners_.remove()) {
            delete this;
        }
    }

private:
    enum class State : std::uint8_t { idle, polling, notified, done };
    using RawMutex = tandem::detail::RawMutex;
    using RawLock = tandem::detail::RawLock;

    explicit Relay(Relayed& relayed) noexcept : relayed_(relayed) {}
    ~Relay() = default;

    /// One poll, unless the awaiter is gone. True: the value is there, or an exception.
    bool poll_once() noexcept {
        RawLock const lock(polling_);
        // acquire: pairs with release in cancel: the frame may be gone then.
        if (state_.load(std::memory_order_acquire) == State::done) {
            return false;
        }
        owners_.add();
        Waker const waker(this, functions);
        Context cx(waker);
        try {
            return relayed_.poll(relayed_, cx);
        } catch (...) {
            relayed_.error = std::current_exception();
            return true;
        }
    }

    /// Polls as often as there are wakes. True: the value is there, and the coroutine still waits.
    bool poll_until_idle(bool woken) noexcept {
        for (;;) {
            if (!woken && rest()) {
                return false;
            }
            woken = false;
            if (poll_once()) {
                return finish();
            }
        }
    }

    /// True: there was no wake since the poll began, or nobody waits any more.
    bool rest() noexcept {
        State expected = State::polling;
        // release: pairs with acquire in begin: the next poll sees what this one wrote.
        // relaxed: the state is read again below.
        if (state_.compare_exchange_strong(expected, State::idle, std::memory_order_release,
                                           std::memory_order_relaxed)) {
            return true;
        }
        expected = State::notified;
        // acquire: pairs with release in begin: the poll sees what the wake is about.
        // relaxed: it failed because the awaiter is gone, of which nothing is touched.
        return !state_.compare_exchange_strong(expected, State::polling, std::memory_order_acquire,
                                               std::memory_order_relaxed);
    }

    /// False: the awaiter was dropped meanwhile.
    bool finish() noexcept {
        // release: pairs with acq_rel in cancel, where the result may be ended unread. The
        // coroutine itself goes on in this thread.
        return state_.exchange(State::done, std::memory_order_release) != State::done;
    }

    /// Notes a wake. True: it is the caller who polls.
    bool begin() noexcept {
        // relaxed: a first guess.
        State seen = state_.load(std::memory_order_relaxed);
        for (;;) {
            if (seen == State::done) {
                return false;
            }
            State const next = seen == State::idle ? State::polling : State::notified;
            // acq_rel: pairs with release in rest (the last poll's writes) and with acquire in rest
            // (the waker's own), also where `notified` stays as it is.
            // relaxed: a failure is read again.
            if (state_.compare_exchange_weak(seen, next, std::memory_order_acq_rel,
                                             std::memory_order_relaxed)) {
                return next == State::polling;
            }
        }
    }

    void woken() noexcept {
        if (begin() && poll_until_idle(true)) {
            tandem::detail::CoroutineEntered const entered;
            coroutine_.resume();
        }
    }

    static Relay& of(void const* data) noexcept {
        return *static_cast<Relay*>(const_cast<void*>(data));
    }
    static void const* clone(void const* data) noexcept {
        of(data).owners_.add();
        return data;
    }
    static void wake(void const* data) noexcept {
        of(data).woken();
        drop(data);
    }
    static void wake_by_ref(void const* data) noexcept {
        wake(clone(data));  // the poll may drop the waker it is called through
    }
    static void drop(void const* data) noexcept { of(data).remove_owner(); }

    static constexpr WakerVTable functions{
        .clone = &Relay::clone,
        .wake = &Relay::wake,
        .wake_by_ref = &Relay::wake_by_ref,
        .drop = &Relay::drop,
    };

    Relayed& relayed_;
    std::coroutine_handle<> coroutine_;
    RawMutex polling_;  // held while the future is polled: cancel waits for it
    tandem::detail::RefCount owners_{1};
    tandem::detail::Atomic<State> state_{State::polling};
};

}  // namespace tandem::async::detail
