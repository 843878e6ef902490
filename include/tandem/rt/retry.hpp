#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

#include "tandem/async/future.hpp"
#include "tandem/async/task.hpp"
#include "tandem/core/detail/call.hpp"
#include "tandem/core/detail/deadline.hpp"
#include "tandem/core/detail/is_result.hpp"
#include "tandem/core/detail/raise.hpp"
#include "tandem/core/result.hpp"
#include "tandem/rt/detail/backoff.hpp"
#include "tandem/rt/time/sleep.hpp"

namespace tandem::rt {

namespace detail {

/// Every error is worth another attempt.
struct RetryAlways {
    template <class E>
    constexpr bool operator()(E const&) const noexcept {
        return true;
    }
};

}  // namespace detail

/// How often retry() tries, and how long it waits in between. Each method returns another policy.
/// If nothing is said: three attempts, the first wait 100 ms, each then twice as long.
///
/// Rust:   tokio_retry::strategy::ExponentialBackoff, or the backoff crate
/// C++:    nothing
/// Errors: no attempts at all panic, and a multiplier that would make waits shorter. Waits grow no
///         longer than max_delay, nor than a time can be
///
///     RetryPolicy const policy = RetryPolicy().max_attempts(5).max_delay(2s).full_jitter();
///     auto const page = co_await rt::retry(policy.retry_if(is_transient), fetch, url);
template <class RetryIf = detail::RetryAlways>
class RetryPolicy {
public:
    RetryPolicy() noexcept
        requires std::is_same_v<RetryIf, detail::RetryAlways>
    {}

    /// The first one included.
    [[nodiscard]] RetryPolicy max_attempts(std::uint32_t count) const {
        if (count == 0) {
            detail::raise("retry: max_attempts 0 would never call the function");
        }
        RetryPolicy policy = *this;
        policy.max_attempts_ = count;
        return policy;
    }
    /// What is waited after the first attempt.
    template <class Rep, class Period>
    [[nodiscard]] RetryPolicy initial_delay(std::chrono::duration<Rep, Period> delay) const {
        RetryPolicy policy = *this;
        policy.rules_.initial = tandem::detail::saturating_nanoseconds(delay);
        return policy;
    }
    /// No wait is longer.
    template <class Rep, class Period>
    [[nodiscard]] RetryPolicy max_delay(std::chrono::duration<Rep, Period> delay) const {
        RetryPolicy policy = *this;
        policy.rules_.longest = tandem::detail::saturating_nanoseconds(delay);
        return policy;
    }
    /// How many times as long each wait is as the last: 1 or more.
    [[nodiscard]] RetryPolicy multiplier(double factor) const {
        if (!(factor >= 1 && factor <= std::numeric_limits<double>::max())) {
            detail::raise("retry: a multiplier is 1 or more, so that waits get no shorter");
        }
        RetryPolicy policy = *this;
        policy.rules_.multiplier = factor;
        return policy;
    }
    /// Waits any time up to the computed one, so that many who fail together do not come back
    /// together. Every retry draws anew; with a seed (not 0), all of them the same.
    [[nodiscard]] RetryPolicy full_jitter(std::uint64_t seed = 0) const {
        RetryPolicy policy = *this;
        policy.rules_.full_jitter = true;
        policy.rules_.seed = seed;
        return policy;
    }
    /// Only an error of which `fn(error)` says so is worth another attempt.
    template <class Fn>
    [[nodiscard]] RetryPolicy<std::decay_t<Fn>> retry_if(Fn&& fn) const {
        return RetryPolicy<std::decay_t<Fn>>(max_attempts_, rules_, std::forward<Fn>(fn));
    }

    // What retry() asks.

    template <class E>
    [[nodiscard]] bool wants_another(std::uint32_t attempts, E const& error) {
        return attempts < max_attempts_ && tandem::detail::call(retry_if_, error);
    }
    [[nodiscard]] detail::Backoff backoff() const noexcept { return detail::Backoff(rules_); }

private:
    template <class Other>
    friend class RetryPolicy;

    RetryPolicy(std::uint32_t attempts, detail::BackoffRules const& rules, RetryIf retry_if)
        : max_attempts_(attempts), rules_(rules), retry_if_(std::move(retry_if)) {}

    std::uint32_t max_attempts_ = 3;
    detail::BackoffRules rules_;
    [[no_unique_address]] RetryIf retry_if_{};
};

namespace detail {

template <class P>
inline constexpr bool is_retry_policy = false;
template <class RetryIf>
inline constexpr bool is_retry_policy<RetryPolicy<RetryIf>> = true;

template <class Fn, class... Args>
consteval bool check_retried() {
    constexpr bool callable = std::is_invocable_v<Fn&, Args const&...>;
    static_assert(callable,
                  "retry calls the function once an attempt, with the same arguments, which it "
                  "keeps: take each by value or by const&");
    if constexpr (callable) {
        using Returned = std::invoke_result_t<Fn&, Args const&...>;
        static_assert(async::Future<Returned>,
                      "retry wants a function that returns a Task or another future");
        if constexpr (async::Future<Returned>) {
            constexpr bool can_fail = tandem::detail::is_result<async::OutputOf<Returned>>;
            static_assert(can_fail,
                          "retry wants a future of a Result: its error is what is tried again");
            return can_fail;
        }
    }
    return false;
}

template <class Policy, class Fn, class... Args>
async::Task<async::OutputOf<std::invoke_result_t<Fn&, Args const&...>>> retry_task(Policy policy,
                                                                                   Fn fn,
                                                                                   Args... args) {
    Backoff backoff = policy.backoff();
    for (std::uint32_t attempts = 1;; ++attempts) {
        auto result = co_await tandem::detail::call(fn, std::as_const(args)...);
        if (result.is_ok() || !policy.wants_another(attempts, result.error())) {
            co_return result;
        }
        co_await time::sleep(backoff.next());
    }
}

}  // namespace detail

/// Calls `fn(args...)`, which is a future of a Result, and awaits it; after an error it waits, and
/// calls it again, as the policy says. Yields the first value, or the last error.
///
/// Rust:   the chapter's retry_operation; tokio_retry::Retry
/// C++:    a loop, which is what this is
/// Errors: an exception from fn comes out and is not tried again. It waits by time::sleep, which
///         needs a runtime with timers
/// Cancel: drops the attempt that is under way
/// Wakes:  as fn's future does, and time::sleep
template <class RetryIf, class Fn, class... Args>
auto retry(RetryPolicy<RetryIf> policy, Fn&& fn, Args&&... args) {
    if constexpr (detail::check_retried<std::decay_t<Fn>, std::decay_t<Args>...>()) {
        return detail::retry_task<RetryPolicy<RetryIf>, std::decay_t<Fn>, std::decay_t<Args>...>(
            std::move(policy), std::forward<Fn>(fn), std::forward<Args>(args)...);
    }
}

/// With waits of 100 ms, 200 ms, 400 ms and so on: the chapter's.
///
///     auto const page = co_await rt::retry(fetch, 3, url);
template <class Fn, class... Args>
    requires(!detail::is_retry_policy<std::remove_cvref_t<Fn>>)
auto retry(Fn&& fn, std::uint32_t max_attempts, Args&&... args) {
    return rt::retry(RetryPolicy().max_attempts(max_attempts), std::forward<Fn>(fn),
                     std::forward<Args>(args)...);
}

}  // namespace tandem::rt
