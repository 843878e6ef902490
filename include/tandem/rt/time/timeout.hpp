#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

#include "tandem/async/future.hpp"
#include "tandem/core/detail/needs.hpp"
#include "tandem/core/result.hpp"
#include "tandem/rt/time/instant.hpp"
#include "tandem/rt/time/sleep.hpp"

namespace tandem::rt::time {

/// A future took longer than it was given.
///
/// Rust: tokio::time::error::Elapsed
class Elapsed {
public:
    using tandem_send = void;
    using tandem_sync = void;

    Elapsed() noexcept = default;

    [[nodiscard]] std::string message() const { return "deadline has elapsed"; }

    /// For a function whose other errors are those of the system.
    operator std::error_code() const noexcept {  // NOLINT(google-explicit-constructor): as `?` does
        return std::make_error_code(std::errc::timed_out);
    }

    friend bool operator==(Elapsed const&, Elapsed const&) noexcept = default;
};

/// A future that is given some time, and is dropped when that is over.
///
/// It is polled before the time is looked at: one that is ready in time or too late, but before
/// anybody has looked, is ready. Either way it is gone before the result is handed over.
///
/// Rust:   tokio::time::Timeout
/// C++:    std::future::wait_for, after which the work is no longer done
/// Errors: Elapsed; an exception of the future comes out
/// Cancel: drops the future
/// Wakes:  as the future does; when the time is over, as Sleep does
///
///     auto const answer = co_await timeout(1s, std::move(question));
///     if (answer.is_err()) { co_return "too late"s; }
template <async::Future F>
class [[nodiscard]] Timeout {
public:
    using Output = Result<typename F::Output, Elapsed>;
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<F>>;

    /// See timeout and timeout_at.
    template <class From>
    Timeout(Instant deadline, From&& future)
        : future_(std::in_place, std::forward<From>(future)),
          sleep_(deadline, false),
          begun_(true) {}
    template <class From>
    Timeout(std::chrono::nanoseconds allowed, From&& future)
        : future_(std::in_place, std::forward<From>(future)),
          sleep_(Instant::at(0), false),
          allowed_(allowed) {}

    async::Poll<Output> poll(async::Context& cx) {
        if (!future_) [[unlikely]] {
            detail::raise("this timeout was ready before: it is not polled again");
        }
        if (auto polled = future_->poll(cx); polled.is_ready()) {
            auto result = async::Poll<Output>::ready(to_output(polled));
            future_.reset();
            return result;
        }
        if (is_over(cx)) {
            future_.reset();
            return async::Poll<Output>::ready(Output(std::unexpect));
        }
        return async::Poll<Output>::pending();
    }

    /// The future inside, as long as it is not ready. Rust: get_ref, get_mut, into_inner
    [[nodiscard]] F const& get_ref() const& { return *future_; }
    [[nodiscard]] F& get_mut() & { return *future_; }
    [[nodiscard]] F into_inner() && { return std::move(*future_); }

private:
    using T = typename F::Output;

    [[nodiscard]] bool is_over(async::Context& cx) {
        if (!std::exchange(begun_, true)) {
            sleep_.reset(Instant::now() + allowed_);
        }
        return sleep_.poll(cx).is_ready();
    }

    static Output to_output(async::Poll<T>& polled) {
        if constexpr (std::is_void_v<T>) {
            return Output();
        } else if constexpr (std::is_reference_v<T>) {
            return Output(polled.value());
        } else {
            return Output(std::in_place, std::move(polled).value());
        }
    }

    std::optional<F> future_;  // none once it is over
    Sleep sleep_;
    std::chrono::nanoseconds allowed_{};  // from when it waits for the first time
    bool begun_ = false;                  // to wait
};

/// What a future is ready with, if it is within `duration`; else Elapsed. The time counts from
/// when the future has to wait for the first time: one that never has to costs no look at a clock.
template <class Rep, class Period, class F>
auto timeout(std::chrono::duration<Rep, Period> duration, F&& future) {
    constexpr bool taken = async::detail::check_taken<F>();
    if constexpr (taken) {
        return Timeout<async::detail::AsFuture<F>>(
            std::chrono::nanoseconds(tandem::detail::saturating_nanoseconds(duration)),
            std::forward<F>(future));
    }
}

/// What a future is ready with, if it is before a moment; else Elapsed.
template <class F>
auto timeout_at(Instant deadline, F&& future) {
    constexpr bool taken = async::detail::check_taken<F>();
    if constexpr (taken) {
        return Timeout<async::detail::AsFuture<F>>(deadline, std::forward<F>(future));
    }
}

}  // namespace tandem::rt::time
