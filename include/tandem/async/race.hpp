#pragma once

#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>

#include "tandem/async/detail/contest.hpp"
#include "tandem/async/future.hpp"
#include "tandem/core/detail/needs.hpp"

namespace tandem::async {

namespace detail {

/// Whoever won: all that counts is the value.
template <class T>
struct RaceWon {
    template <std::size_t I>
    explicit RaceWon(std::in_place_index_t<I>, Poll<T>&& won) : value(std::move(won)) {}

    Poll<T> value;
};

}  // namespace detail

/// Several futures of one Output: ready with the value of the first, whichever that is.
///
/// Rust:   futures::future::select_all; futures_lite::future::race
/// C++:    nothing
/// Errors: an exception of one comes out, and ends the race
/// Cancel: drops all the futures
/// Wakes:  as each of the futures does
///
///     auto const page = co_await race(fetch(mirror_1), fetch(mirror_2));
template <class First, class... Fs>
class [[nodiscard]] Race {
public:
    using Output = typename First::Output;
    using tandem_send =
        tandem::detail::Needs<tandem::detail::SendOf<First>, tandem::detail::SendOf<Fs>...>;

    template <class... From>
    explicit Race(std::in_place_t, From&&... futures)
        : contest_(detail::Order::random, std::forward<From>(futures)...) {}

    Poll<Output> poll(Context& cx) {
        auto won = contest_.template poll<detail::RaceWon<Output>>(cx);
        return won ? std::move(won->value) : Poll<Output>::pending();
    }

private:
    detail::Contest<First, Fs...> contest_;
};

/// The losers are dropped before the value is handed over. Of those that are ready at once, a
/// random one wins.
template <class First, class... Fs>
auto race(First&& first, Fs&&... futures) {
    constexpr bool taken = (detail::check_taken<First>() && ... && detail::check_taken<Fs>());
    if constexpr (taken) {
        constexpr bool same = (true && ... && std::is_same_v<OutputOf<First>, OutputOf<Fs>>);
        static_assert(same,
                      "race's futures have one Output, which is the race's: use select for futures "
                      "of different ones");
        if constexpr (same) {
            return Race<detail::AsFuture<First>, detail::AsFuture<Fs>...>(
                std::in_place, std::forward<First>(first), std::forward<Fs>(futures)...);
        }
    }
}

}  // namespace tandem::async
