#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include "tandem/core/send.hpp"

namespace tandem::detail {

// What every spawn asks of its function and arguments, each refusal in a sentence that says what
// to do instead. Students read these; they are as much the library's interface as its functions.

/// How long the thread may live: as long as it likes, or not longer than a scope that waits for it.
enum class Lifetime { unbounded, scoped };

/// What may be lent to a scoped thread, though it borrows: what it borrows outlives the scope.
template <class T>
inline constexpr bool is_lendable = false;
template <StdStringView T>
inline constexpr bool is_lendable<T> = true;
template <StdSpan T>
inline constexpr bool is_lendable<T> =
    std::is_const_v<typename T::element_type> && Sync<typename T::element_type>;
template <StdReferenceWrapper T>
inline constexpr bool is_lendable<T> = std::is_const_v<typename T::type> && Sync<typename T::type>;

template <class T, Lifetime lifetime>
concept MayGo = Send<T> || (lifetime == Lifetime::scoped && is_lendable<T>);

template <class T>
inline constexpr bool is_unsafe_send = false;
template <class T>
inline constexpr bool is_unsafe_send<UnsafeSend<T>> = true;

/// What the function receives: an UnsafeSend's value, everything else as it is.
template <class T>
[[nodiscard]] constexpr decltype(auto) unwrapped(T& argument) noexcept {
    if constexpr (is_unsafe_send<T>) {
        return (std::move(argument.value));
    } else {
        return (std::move(argument));
    }
}

template <class T>
using Unwrapped = decltype(unwrapped(std::declval<T&>()));

template <class Fn, class... Args>
using SpawnResult = std::invoke_result_t<Fn, Unwrapped<Args>...>;

/// Refuses a callable that takes something along unseen.
template <class Fn>
consteval bool check_callable() {
    static_assert(Send<Fn>,
                  "this callable captures variables (or is a class that is not Send), and the "
                  "thread would share them with you. Let it capture nothing and pass each value as "
                  "an argument: spawn([](int n) { use(n); }, n)");
    return Send<Fn>;
}

/// Refuses an argument that borrows, or that two threads could write.
template <class Passed, Lifetime lifetime>
consteval bool check_argument() {
    using T = std::decay_t<Passed>;
    constexpr bool copyable = std::constructible_from<T, Passed>;
    static_assert(copyable,
                  "an argument would have to be copied to the thread, and this type is not "
                  "copied silently: pass std::move(x) to give it away, or x.clone() to share it");
    if constexpr (!copyable || MayGo<T, lifetime>) {
        return copyable;
    } else if constexpr (std::is_same_v<T, char const*> || std::is_same_v<T, char*>) {
        static_assert(MayGo<T, lifetime>,
                      "a char pointer does not say how long its text lives: pass "
                      "std::string(text), or \"text\"_static for a literal");
    } else if constexpr (std::is_pointer_v<T>) {
        static_assert(MayGo<T, lifetime>,
                      "a raw pointer lets two threads at one value without a lock: give the value "
                      "itself, share it as Arc<T> (read) or Arc<Mutex<T>> (write), or vouch for it "
                      "with unsafe_send(pointer)");
    } else if constexpr (StdStringView<T> || StdSpan<T>) {
        static_assert(MayGo<T, lifetime>,
                      "a string_view or span borrows what may be gone before the thread is: pass a "
                      "std::string or std::vector, or use thread::scope, which lends a "
                      "string_view or a span of const for as long as the scope lasts");
    } else if constexpr (StdReferenceWrapper<T>) {
        static_assert(MayGo<T, lifetime>,
                      "std::ref would let two threads write one variable: share it as "
                      "Arc<Mutex<T>>. To lend it for reading use thread::scope and std::cref of a "
                      "type that is Sync");
    } else if constexpr (StdSharedPtr<T>) {
        static_assert(MayGo<T, lifetime>,
                      "every copy of this shared_ptr may write to the one value: use "
                      "Arc<Mutex<T>> to write, Arc<T> or std::shared_ptr<T const> to read");
    } else if constexpr (requires { requires std::same_as<typename T::tandem_send, Never>; }) {
        static_assert(MayGo<T, lifetime>,
                      "a guard must be dropped by the thread that locked: send the Arc<Mutex<T>> "
                      "and lock it in there");
    } else {
        static_assert(
            MayGo<T, lifetime>,
            "this argument is not Send: it may share something with the thread that "
            "sends it. Pass plain values, or an Arc<Mutex<T>>; if you wrote the class and "
            "it owns all it uses, say so: template <> inline constexpr bool "
            "tandem::is_send<T> = true;");
    }
    return MayGo<T, lifetime>;
}

/// Refuses a function that cannot be called, or whose result cannot come back.
template <Lifetime lifetime, class Fn, class... Args>
consteval bool check_call() {
    constexpr bool callable = std::invocable<Fn, Unwrapped<Args>...>;
    static_assert(callable,
                  "the function cannot be called with these arguments. A thread calls it with its "
                  "own values, which are moved in: take each by value or by const&. A plain T& "
                  "would change a variable of yours, and cannot: share an Arc<Mutex<T>>");
    if constexpr (callable) {
        using Result = SpawnResult<Fn, Args...>;
        static_assert(MayGo<Result, lifetime>,
                      "what the thread returns is not Send: it borrows from the thread, which is "
                      "over when you join it, or shares something with it. Return a value");
        return MayGo<Result, lifetime>;
    } else {
        return false;
    }
}

/// All of the above; false behind the first refusal, so that no other message hides it.
template <Lifetime lifetime, class Fn, class... Args>
consteval bool check_spawn() {
    if constexpr (check_callable<std::decay_t<Fn>>()) {
        if constexpr ((check_argument<Args, lifetime>() && ...)) {
            return check_call<lifetime, std::decay_t<Fn>, std::decay_t<Args>...>();
        }
    }
    return false;
}

}  // namespace tandem::detail
