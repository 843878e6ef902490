#pragma once

#include <optional>
#include <utility>

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
    Result<T, PanicPayload> join() {
        if (!os_thread_) [[unlikely]] {
            raise(
                "join() was called before, or the handle was moved from: the thread's result "
                "can be had once");
        }
        os_thread_->join();
        os_thread_.reset();
        return packet_->take();
    }

    /// Is its work done? Then join() does not wait (but for the thread to be taken down).
    [[nodiscard]] bool is_finished() const { return packet_->is_finished(); }

    /// The thread itself: its name, its id, unpark.
    [[nodiscard]] Thread thread() const { return Thread(packet_->info().clone()); }

protected:
    Joinable(OsThread os_thread, sync::Arc<Packet<T>> packet)
        : os_thread_(std::move(os_thread)), packet_(std::move(packet)) {}

    Joinable(Joinable&& other) noexcept
        : os_thread_(std::move(other.os_thread_)), packet_(std::move(other.packet_)) {
        other.os_thread_.reset();
    }
    Joinable& operator=(Joinable&& other) noexcept {
        if (this != &other) {
            os_thread_.reset();  // detaches the thread we had
            if (other.os_thread_) {
                os_thread_.emplace(std::move(*other.os_thread_));
                other.os_thread_.reset();
            }
            packet_ = std::move(other.packet_);
        }
        return *this;
    }
    ~Joinable() = default;

private:
    std::optional<OsThread> os_thread_;  // empty once joined or moved from
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
