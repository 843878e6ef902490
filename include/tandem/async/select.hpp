#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "tandem/async/detail/contest.hpp"
#include "tandem/async/detail/select_arm.hpp"
#include "tandem/async/future.hpp"
#include "tandem/async/selected.hpp"
#include "tandem/core/detail/needs.hpp"

namespace tandem::async {

/// Several futures of which the first one counts: ready with which it was, and its value.
///
/// Rust:      tokio::select!, futures::future::select
/// C++:       nothing
/// Unchecked: a loser is cancelled half-way: read its `Cancel:` line, or pass std::ref(future) and
///            go on with it later
/// Errors:    an exception of one comes out, and ends the others with it
/// Cancel:    drops all the futures
/// Wakes:     as each of the futures does
///
///     auto first = co_await select(rx.recv(), sleep(1s));
///     if (first.index() == 0) { use(first.get<0>()); }
template <class... Fs>
class [[nodiscard]] Select {
public:
    using Output = Selected<typename Fs::Output...>;
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<Fs>...>;

    template <class... From>
    explicit Select(detail::Order order, From&&... futures)
        : contest_(order, std::forward<From>(futures)...) {}

    Poll<Output> poll(Context& cx) {
        auto won = contest_.template poll<Output>(cx);
        return won ? Poll<Output>::ready(*std::move(won)) : Poll<Output>::pending();
    }

private:
    detail::Contest<Fs...> contest_;
};

/// A select whose futures each come with a handler; made of `on(future, handler)`. When the first
/// is ready, all the futures are dropped, and its handler is called with its value. A handler that
/// returns a future (a Task) is awaited. All come to one type, the select's Output.
///
/// Rust:   tokio::select! { value = future => handler, … }
/// C++:    nothing
/// Errors: an exception of a future, or of the handler, comes out
/// Cancel: drops all the futures; or the handler's, where that has begun
/// Wakes:  as each of the futures does, then as the handler's
template <class... Arms>
class [[nodiscard]] SelectOn {
public:
    using Output = typename std::tuple_element_t<0, std::tuple<Arms...>>::Output;
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<typename Arms::Future>...,
                                              tandem::detail::SendOf<typename Arms::Body>...>;

    explicit SelectOn(detail::Order order, Arms&&... arms)
        : select_(order, std::move(arms.future)...),
          state_(std::in_place_index<0>, std::move(arms.handler)...) {}

    Poll<Output> poll(Context& cx) {
        if (state_.index() == 0) {
            auto first = select_.poll(cx);
            if (first.is_pending()) {
                return Poll<Output>::pending();
            }
            begin(first.value(), std::index_sequence_for<Arms...>{});
        }
        return poll_body(cx, std::index_sequence_for<Arms...>{});
    }

private:
    using First = typename Select<typename Arms::Future...>::Output;
    struct Over {};
    using State = std::variant<std::tuple<typename Arms::Handler...>, typename Arms::Body..., Over>;
    static constexpr std::size_t over = sizeof...(Arms) + 1;

    template <std::size_t... Is>
    void begin(First& first, std::index_sequence<Is...>) {
        static_cast<void>(((first.index() == Is && begin_body<Is>(first)) || ...));
    }
    template <std::size_t I>
    bool begin_body(First& first) {
        using T = typename std::tuple_element_t<I, std::tuple<Arms...>>::Future::Output;
        auto handler = std::get<I>(std::move(*std::get_if<0>(&state_)));
        if constexpr (std::is_void_v<T>) {
            state_.template emplace<I + 1>(std::in_place, std::move(handler));
        } else if constexpr (std::is_reference_v<T>) {
            state_.template emplace<I + 1>(std::in_place, std::move(handler),
                                           &first.template get<I>());
        } else {
            state_.template emplace<I + 1>(std::in_place, std::move(handler),
                                           std::move(first).template get<I>());
        }
        return true;
    }

    template <std::size_t... Is>
    Poll<Output> poll_body(Context& cx, std::index_sequence<Is...>) {
        constexpr Poll<Output> (*polls[])(State&, Context&) = {&poll_body_of<Is>...};
        if (state_.index() >= over) [[unlikely]] {
            detail::raise("this select was ready before: it is not polled again");
        }
        auto polled = polls[state_.index() - 1](state_, cx);
        if (polled.is_ready()) {
            state_.template emplace<over>();
        }
        return polled;
    }
    template <std::size_t I>
    static Poll<Output> poll_body_of(State& state, Context& cx) {
        return std::get_if<I + 1>(&state)->poll(cx);
    }

    Select<typename Arms::Future...> select_;
    State state_;  // the handlers, then that of the first alone
};

/// One branch of a select. The handler takes the future's value, or nothing where that is void. By
/// value, by const& or by &&: the value lives as long as the Task that a handler returns.
///
///     int const next = co_await select(on(rx.recv(), [](int n) { return n; }),
///                                      on(sleep(1s), [] { return 0; }));
template <class F, class Handler>
auto on(F&& future, Handler&& handler) {
    constexpr bool taken = detail::check_taken<F>();
    if constexpr (taken) {
        using Fn = std::decay_t<Handler>;
        constexpr bool handled = detail::handles<OutputOf<F>, Fn>;
        static_assert(handled,
                      "on's handler cannot be called with what its future is ready with: it takes "
                      "that value (by value, const& or &&), or nothing where it is void");
        if constexpr (handled) {
            return detail::Arm<detail::AsFuture<F>, Fn>(std::forward<F>(future),
                                                        std::forward<Handler>(handler));
        }
    }
}

namespace detail {

template <class... Fs>
auto select_in(Order order, Fs&&... futures) {
    static_assert(sizeof...(Fs) > 0, "a select of nothing would wait for ever: that is pending()");
    if constexpr ((false || ... || is_arm<std::remove_cvref_t<Fs>>)) {
        if constexpr (check_arms<std::remove_cvref_t<Fs>...>()) {
            return SelectOn<std::remove_cvref_t<Fs>...>(order, std::forward<Fs>(futures)...);
        }
    } else {
        constexpr bool taken = (true && ... && check_taken<Fs>());
        if constexpr (taken) {
            return Select<AsFuture<Fs>...>(order, std::forward<Fs>(futures)...);
        }
    }
}

}  // namespace detail

/// The first of several futures, or of several `on(future, handler)`. The losers are dropped before
/// the value is handed over. Where several are ready at once, a random one of them is the first,
/// so that in a loop none is starved. Rust: tokio::select!
template <class... Fs>
auto select(Fs&&... futures) {
    return detail::select_in(detail::Order::random, std::forward<Fs>(futures)...);
}

/// As select, but of those that are ready at once the one that stands first. Rust: `biased;`
template <class... Fs>
auto select_biased(Fs&&... futures) {
    return detail::select_in(detail::Order::given, std::forward<Fs>(futures)...);
}

}  // namespace tandem::async
