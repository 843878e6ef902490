#pragma once

#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "tandem/async/future.hpp"
#include "tandem/core/detail/needs.hpp"

namespace tandem::async {

namespace detail {

/// What a block's function returned, as a future: itself, or a plain value that is ready.
template <class Returned>
struct BlockBody {
    using Output = Returned;
};
template <Future Returned>
struct BlockBody<Returned> {
    using Output = OutputOf<Returned>;
};

}  // namespace detail

/// A future made in place from a function and its arguments, which it owns: the function is called
/// when it is first polled, and may take them by reference, for they live as long as the block.
///
/// Rust:      async move { … }; with a capturing lambda, async { … }, which borrows
/// C++:       a lambda that is a coroutine loses its captures when the lambda ends; here they
///            live as long as the future
/// Unchecked: a lambda that captures by reference must be awaited before what it refers to ends
/// Errors:    as the function's; a block is polled to its end once
/// Cancel:    drops the function's future first, then the arguments and the function
/// Wakes:     as the function's future does
///
///     auto sum = block([](int a, int b) -> Task<int> { co_return a + b; }, 1, 2);
///     int const three = co_await std::move(sum);
template <class Fn, class... Args>
class [[nodiscard]] Block {
    using Returned = std::invoke_result_t<Fn&, Args&&...>;

public:
    using Output = typename detail::BlockBody<Returned>::Output;
    using tandem_send =
        tandem::detail::Needs<tandem::detail::SendOf<Fn>, tandem::detail::SendOf<Args>...>;

    template <class F, class... As>
    explicit Block(std::in_place_t, F&& fn, As&&... args)
        : fn_(std::forward<F>(fn)), args_(std::forward<As>(args)...) {}

    Block(Block&& other) noexcept(std::is_nothrow_move_constructible_v<Fn> &&
                                  (std::is_nothrow_move_constructible_v<Args> && ...))
        : fn_(std::move(other.fn_)), args_(std::move(other.args_)) {}  // nothing has begun yet
    Block& operator=(Block&&) = delete;
    ~Block() = default;

    Poll<Output> poll(Context& cx) {
        if constexpr (Future<Returned>) {
            if (!body_) {
                body_.emplace(Begun{*this});
            }
            return body_->future.poll(cx);
        } else if constexpr (std::is_void_v<Returned>) {
            call();
            return Poll<void>::ready();
        } else {
            return Poll<Output>::ready(call());
        }
    }

private:
    struct Begun {
        Block& block;
    };
    /// Builds the future where it stays: what is returned need not be movable.
    template <class F>
    struct Body {
        explicit Body(Begun begun) : future(begun.block.call()) {}
        F future;
    };
    struct NoBody {};

    Returned call() {
        return std::apply([&](Args&... args) -> Returned { return fn_(std::move(args)...); },
                          args_);
    }

    // In this order, so that the future ends before what it may refer to.
    [[no_unique_address]] Fn fn_;
    [[no_unique_address]] std::tuple<Args...> args_;
    [[no_unique_address]]
    typename std::conditional_t<Future<Returned>, std::optional<Body<detail::AsFuture<Returned>>>,
                                NoBody> body_{};
};

template <class Fn, class... Args>
auto block(Fn&& fn, Args&&... args) {
    constexpr bool callable = std::is_invocable_v<std::decay_t<Fn>&, std::decay_t<Args>&&...>;
    static_assert(callable,
                  "block's function cannot be called with these arguments, which the block owns "
                  "and moves in: take each by value, by const& or by &&");
    if constexpr (callable) {
        return Block<std::decay_t<Fn>, std::decay_t<Args>...>(std::in_place, std::forward<Fn>(fn),
                                                              std::forward<Args>(args)...);
    }
}

}  // namespace tandem::async
