#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

#include "tandem/core/detail/deadline.hpp"
#include "tandem/core/detail/polling.hpp"
#include "tandem/thread/detail/thread_info.hpp"

namespace tandem::thread {

/// A handle to a thread: tells its name and wakes it when it is parked. Holding one does not keep
/// the thread running.
///
/// Rust: std::thread::Thread
class Thread {
public:
    using tandem_send = void;
    using tandem_sync = void;

    explicit Thread(sync::Arc<detail::ThreadInfo> info) noexcept : info_(std::move(info)) {}

    /// Its name: "main", or what Builder::name was told; most threads have none.
    [[nodiscard]] std::optional<std::string_view> name() const {
        if (!info_->name) {
            return std::nullopt;
        }
        // (Not string_view(…), for which C++23 looks at a string as a range: 10 ms of compile
        // time.)
        std::string_view const name = *info_->name;
        return name;
    }
    [[nodiscard]] ThreadId id() const { return info_->id; }

    /// Wakes the thread from `park`, or lets its next `park` return at once.
    void unpark() const { info_->parker.unpark(); }

    [[nodiscard]] Thread clone() const { return Thread(info_.clone()); }

private:
    sync::Arc<detail::ThreadInfo> info_;
};

/// The thread that asks. Rust: std::thread::current
[[nodiscard]] inline Thread current() { return Thread(detail::CurrentThread::get()); }

/// Sleeps until somebody calls `unpark` on this thread's handle. An unpark that came before is not
/// lost; several count as one. May wake for no reason: look at what you wait for in a loop.
///
/// Rust: std::thread::park
/// C++:  std::binary_semaphore::acquire, with a semaphore in every thread
inline void park(detail::CallSite where = detail::CallSite::current()) {
    detail::about_to_block("thread::park", "co_await an async::Notify", where);
    detail::CurrentThread::get()->parker.park();
}

/// As park, for no longer than `timeout`.
template <class Rep, class Period>
void park_timeout(std::chrono::duration<Rep, Period> timeout,
                  detail::CallSite where = detail::CallSite::current()) {
    detail::about_to_block("thread::park_timeout", "co_await an async::Notify", where);
    detail::CurrentThread::get()->parker.park_until(detail::deadline_after(timeout));
}

/// Does nothing for at least `duration`; zero or less returns at once, the maximum never.
///
/// Rust: std::thread::sleep
/// C++:  std::this_thread::sleep_for, which overflows on a duration near its maximum
template <class Rep, class Period>
void sleep(std::chrono::duration<Rep, Period> duration,
           detail::CallSite where = detail::CallSite::current()) noexcept {
    if (duration > duration.zero()) {
        detail::about_to_block("thread::sleep", "co_await rt::time::sleep", where);
    }
    detail::Deadline const deadline = detail::deadline_after(duration);
    detail::FutexWord const nobody_wakes_us{0};
    while (detail::steady_nanoseconds() < deadline.nanoseconds) {
        detail::futex_wait_until(nobody_wakes_us, 0, deadline);
    }
}

/// Lets another thread run first. Rust: std::thread::yield_now
inline void yield_now() noexcept { detail::yield_os_thread(); }

}  // namespace tandem::thread
