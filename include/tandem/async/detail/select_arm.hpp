#pragma once

#include <type_traits>
#include <utility>

#include "tandem/async/block.hpp"
#include "tandem/async/detail/stored.hpp"
#include "tandem/async/future.hpp"
#include "tandem/core/detail/needs.hpp"

namespace tandem::async::detail {

/// A handler of a reference, which is kept as a pointer until it is called.
template <class Handler, class T>
class ByReference {
public:
    using tandem_send = Needs<SendOf<Handler>>;

    explicit ByReference(Handler&& handler) : handler_(std::move(handler)) {}

    decltype(auto) operator()(T* value) { return handler_(*value); }

private:
    Handler handler_;
};

/// What runs once a handler's future has won: the handler, that owns the value, as a block.
template <class Handler, class T>
struct ArmBody {
    using Type = Block<Handler, T>;
};
template <class Handler>
struct ArmBody<Handler, void> {
    using Type = Block<Handler>;
};
template <class Handler, class T>
struct ArmBody<Handler, T&> {
    using Type = Block<ByReference<Handler, T>, T*>;
};

/// A future of a select, and what to do with its value.
template <class F, class Fn>
class Arm {
public:
    using Future = F;
    using Handler = Fn;
    using Body = typename ArmBody<Fn, typename F::Output>::Type;
    using Output = typename Body::Output;

    template <class From, class FromFn>
    explicit Arm(From&& given, FromFn&& fn)
        : future(std::forward<From>(given)), handler(std::forward<FromFn>(fn)) {}

    F future;
    Fn handler;
};

template <class A>
inline constexpr bool is_arm = false;
template <class F, class Fn>
inline constexpr bool is_arm<Arm<F, Fn>> = true;

template <class T, class Fn>
inline constexpr bool handles = std::is_invocable_v<Fn&, T>;
template <class Fn>
inline constexpr bool handles<void, Fn> = std::is_invocable_v<Fn&>;

template <class First, class... Arms>
consteval bool check_arms() {
    constexpr bool arms = is_arm<First> && (true && ... && is_arm<Arms>);
    static_assert(arms,
                  "a select has a handler for each future, or for none: write on(future, handler) "
                  "everywhere");
    if constexpr (arms) {
        constexpr bool same =
            (true && ... && std::is_same_v<typename First::Output, typename Arms::Output>);
        static_assert(same,
                      "select's handlers have to return one type, which is the select's Output (a "
                      "Task counts as what it returns): convert in the handlers, or give them a "
                      "return type, [](int n) -> long { ... }");
        return same;
    } else {
        return false;
    }
}

}  // namespace tandem::async::detail
