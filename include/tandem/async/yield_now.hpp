#pragma once

#include <utility>

#include "tandem/async/future.hpp"

namespace tandem::async {

/// Lets other tasks run: not ready at its first poll, and awake again at once.
///
/// Rust:   tokio::task::yield_now
/// C++:    std::this_thread::yield, for tasks
/// Cancel: nothing is lost
/// Wakes:  itself, at its first poll
class [[nodiscard]] YieldNow {
public:
    using Output = void;
    using tandem_send = void;

    YieldNow() noexcept {}

    Poll<void> poll(Context& cx) noexcept {
        if (std::exchange(yielded_, true)) {
            return Poll<void>::ready();
        }
        cx.wake_again();
        return Poll<void>::pending();
    }

private:
    bool yielded_ = false;
};

///     while (work_left()) { do_a_part(); co_await yield_now(); }
inline YieldNow yield_now() noexcept { return YieldNow(); }

}  // namespace tandem::async
