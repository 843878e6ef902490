#pragma once

#include <type_traits>
#include <utility>

#include "tandem/async/future.hpp"
#include "tandem/core/detail/spawn_checks.hpp"

namespace tandem::rt::detail {

using namespace tandem::detail;  // inside rt, detail:: means both

template <class F>
consteval bool check_output() {
    static_assert(Send<async::OutputOf<F>> || std::is_void_v<async::OutputOf<F>>,
                  "what the task returns is not Send: it borrows from the task, which is over when "
                  "its result is there, or shares something with it. Return a value");
    return Send<async::OutputOf<F>> || std::is_void_v<async::OutputOf<F>>;
}

/// For a future that is given to spawn as it is.
template <class F>
consteval bool check_spawned_future() {
    static_assert(Send<F>,
                  "this future may borrow from you, and the runtime's threads would use it while "
                  "you go on: a Task's frame holds whatever it was called with. Pass the function "
                  "and its arguments instead: spawn(fetch, url), not spawn(fetch(url))");
    if constexpr (Send<F>) {
        return check_output<F>();
    } else {
        return false;
    }
}

/// For a function that makes a future, and its arguments.
template <class Fn, class... Args>
consteval bool check_spawned_call() {
    constexpr bool callable = std::is_invocable_v<Fn, Unwrapped<Args>...>;
    static_assert(callable,
                  "the function cannot be called with these arguments. The task owns them and "
                  "moves them in: take each by value, by const& or by &&. A plain T& would change "
                  "a variable of yours, and cannot: share an Arc<Mutex<T>>");
    if constexpr (callable) {
        using Returned = SpawnResult<Fn, Args...>;
        static_assert(async::Future<Returned>,
                      "spawn wants a function that returns a Task or another future. For one that "
                      "computes or blocks there is spawn_blocking");
        if constexpr (async::Future<Returned>) {
            return check_output<Returned>();
        }
    }
    return false;
}

/// What spawn_blocking refuses.
template <class Fn, class... Args>
inline constexpr bool returns_a_future = false;
template <class Fn, class... Args>
    requires std::is_invocable_v<Fn, Unwrapped<Args>...>
inline constexpr bool returns_a_future<Fn, Args...> = async::Future<SpawnResult<Fn, Args...>>;

/// All that spawn asks; false behind the first refusal, so that no other message hides it.
template <class Fn, class... Args>
consteval bool check_spawned() {
    if constexpr (sizeof...(Args) == 0 && async::Future<Fn>) {
        return check_spawned_future<std::decay_t<Fn>>();
    } else if constexpr (check_callable<std::decay_t<Fn>>()) {
        if constexpr ((check_argument<Args, Lifetime::unbounded>() && ...)) {
            return check_spawned_call<std::decay_t<Fn>, std::decay_t<Args>...>();
        }
    }
    return false;
}

/// The future that becomes of what spawn was given.
template <class Fn, class... Args>
class Call;

template <class Fn, class... Args>
struct SpawnedOf {
    using Type = Call<Fn, Args...>;
};
template <async::Future F>
struct SpawnedOf<F> {
    using Type = F;
};
template <class Fn, class... Args>
using Spawned = typename SpawnedOf<std::decay_t<Fn>, std::decay_t<Args>...>::Type;

}  // namespace tandem::rt::detail
