#pragma once

#include <utility>

#include "tandem/core/detail/polling.hpp"
#include "tandem/core/result.hpp"
#include "tandem/thread/detail/os_thread.hpp"
#include "tandem/thread/detail/packet.hpp"
#include "tandem/thread/panic_payload.hpp"
#include "tandem/thread/thread.hpp"

namespace tandem::thread {

namespace detail {

/// Makes the handles; nobody else can.
struct Spawner;

/// What JoinHandle and ScopedJoinHandle have in common, which is everything but their promise.
template <class T>
class Joinable {
public:
    using tandem_send = Needs<SendOf<T>>;
    using tandem_sync = Needs<SendOf<T>>;

    /// Waits for the thread's end and yields what it returned, or the exception that ended it. A
    /// second call panics, for the result is given away.
    Result<T, PanicPayload> join(CallSite where = CallSite::current()) {
        if (!os_thread_.is_owned()) [[unlikely]] {
            raise(
                "join() was called before, or the handle was moved from: the thread's result "
                "can be had once");
        }
        if (!packet_->is_finished()) {
            about_to_block("JoinHandle::join", "co_await the handle that rt::spawn_blocking gives",
                           where);
        }
        os_thread_.join();
        return packet_->take();
    }

    /// Is its work done? Then join() does not wait (but for the thread to be taken down).
    [[nodiscard]] bool is_finished() const { return packet_->is_finished(); }

    /// The thread itself: its name, its id, unpark.
    [[nodiscard]] Thread thread() const { return Thread(packet_->info().clone()); }

protected:
    Joinable(OsThread os_thread, sync::Arc<Packet<T>> packet)
        : os_thread_(std::move(os_thread)), packet_(std::move(packet)) {}

    Joinable(Joinable&&) noexcept = default;
    Joinable& operator=(Joinable&&) noexcept = default;  // detaches the thread it had
    ~Joinable() = default;

private:
    OsThread os_thread_;
    sync::Arc<Packet<T>> packet_;
};

}  // namespace detail

/// A running thread, and the right to its result.
///
/// Rust:      std::thread::JoinHandle<T>
/// C++:       std::thread with a std::future
/// Errors:    join() gives a panic as an error. Dropping the handle detaches the thread; if it
///            then panics, that is reported on stderr. A thread that joins itself panics; two that
///            join each other wait for ever.
/// Unchecked: a detached thread still running when main returns: it may use globals that are gone
///
///     JoinHandle<int> handle = thread::spawn([](int n) { return n * n; }, 12);
///     int const square = handle.join().unwrap();
template <class T>
class [[nodiscard(
    "the thread is detached when its handle is dropped: join it, or say "
    "drop(thread::spawn(…))")]] JoinHandle : public detail::Joinable<T> {
    friend struct detail::Spawner;
    using detail::Joinable<T>::Joinable;
};

/// A running thread of a scope, and the right to its result. The scope waits for the thread
/// whether or not you do.
///
/// Rust: std::thread::ScopedJoinHandle<'scope, T>
template <class T>
class ScopedJoinHandle : public detail::Joinable<T> {
    friend struct detail::Spawner;
    using detail::Joinable<T>::Joinable;
};

}  // namespace tandem::thread
