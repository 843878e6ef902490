#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "tandem/async/detail/join_slot.hpp"
#include "tandem/async/detail/stored.hpp"
#include "tandem/async/future.hpp"
#include "tandem/core/detail/is_result.hpp"
#include "tandem/core/detail/needs.hpp"
#include "tandem/core/result.hpp"

namespace tandem::async {

namespace detail {

template <class R>
struct ResultOf;
template <class T, class E>
struct ResultOf<Result<T, E>> {
    using Value = T;
    using Error = E;
};

template <class F>
using ValueIn = typename ResultOf<typename F::Output>::Value;
template <class F>
using ErrorIn = typename ResultOf<typename F::Output>::Error;

}  // namespace detail

/// Several futures of Results at once, in one task: ready with all their values, or with the first
/// error, which ends the others at once.
///
/// Rust:      tokio::try_join!
/// C++:       nothing
/// Errors:    an exception of one comes out, and ends the others with it
/// Cancel:    drops all that are not ready, and the values of those that were
/// Wakes:     as each of the futures does
///
///     auto both = co_await try_join(fetch(a), fetch(b));  // Result<tuple<Page, Page>, Error>
///     auto [first, second] = co_await std::move(both);    // Rust's `?`
template <class First, class... Fs>
class [[nodiscard]] TryJoin {
    using E = detail::ErrorIn<First>;
    template <class F>
    using Slot = detail::JoinSlot<F, detail::Stored<detail::ValueIn<F>>>;

public:
    using Output = Result<std::tuple<tandem::detail::UnitIfVoid<detail::ValueIn<First>>,
                                     tandem::detail::UnitIfVoid<detail::ValueIn<Fs>>...>,
                          E>;
    using tandem_send =
        tandem::detail::Needs<tandem::detail::SendOf<First>, tandem::detail::SendOf<Fs>...,
                              tandem::detail::SendOf<typename First::Output>,
                              tandem::detail::SendOf<typename Fs::Output>...>;

    template <class... From>
    explicit TryJoin(std::in_place_t, From&&... futures) : slots_(std::forward<From>(futures)...) {}

    Poll<Output> poll(Context& cx) {
        if (over_) [[unlikely]] {
            detail::raise("this try_join was ready before: it is not polled again");
        }
        return poll_all(cx, std::index_sequence_for<Fs...>{});
    }

private:
    enum class Progress { waits, done, failed };

    template <std::size_t... Is>
    Poll<Output> poll_all(Context& cx, std::index_sequence<Is...>) {
        std::optional<E> error;
        bool all_done = true;
        auto const failed = [&](auto& slot) {
            Progress const progress = poll_one(slot, cx, error);
            all_done = all_done && progress == Progress::done;
            return progress == Progress::failed;
        };
        if (failed(std::get<0>(slots_)) || (failed(std::get<Is + 1>(slots_)) || ...)) {
            end();
            return Poll<Output>::ready(Output(std::unexpect, *std::move(error)));
        }
        if (!all_done) {
            return Poll<Output>::pending();
        }
        auto output = Poll<Output>::ready(Output(
            std::in_place, detail::from_store<detail::ValueIn<First>>(std::get<0>(slots_).value()),
            detail::from_store<detail::ValueIn<Fs>>(std::get<Is + 1>(slots_).value())...));
        end();
        return output;
    }

    template <class F>
    static Progress poll_one(detail::JoinSlot<F, detail::Stored<detail::ValueIn<F>>>& slot,
                             Context& cx, std::optional<E>& error) {
        if (slot.is_done()) {
            return Progress::done;
        }
        auto polled = slot.future().poll(cx);
        if (polled.is_pending()) {
            return Progress::waits;
        }
        auto result = std::move(polled).value();
        if (result.is_err()) {
            error.emplace(std::move(result).error());
            return Progress::failed;
        }
        slot.finish(to_store(result));
        return Progress::done;
    }

    template <class T>
    static detail::Stored<T> to_store(Result<T, E>& result) {
        if constexpr (std::is_void_v<T>) {
            return Unit{};
        } else if constexpr (std::is_reference_v<T>) {
            return &result.unwrap();
        } else {
            return std::move(result).unwrap();
        }
    }

    void end() noexcept {
        std::apply([](auto&... slots) { (slots.clear(), ...); }, slots_);
        over_ = true;
    }

    std::tuple<Slot<First>, Slot<Fs>...> slots_;
    bool over_ = false;
};

namespace detail {

template <class First, class... Fs>
consteval bool check_try_join() {
    constexpr bool results = is_result<OutputOf<First>> && (true && ... && is_result<OutputOf<Fs>>);
    static_assert(results,
                  "try_join waits for futures of Results, to end with the first error; others go "
                  "into a join");
    if constexpr (results) {
        constexpr bool same =
            (true && ... && std::is_same_v<ErrorIn<AsFuture<First>>, ErrorIn<AsFuture<Fs>>>);
        static_assert(same,
                      "try_join's futures have one type of error, for there is one Result: convert "
                      "the others in a block, with map_err(...)");
        return same;
    } else {
        return false;
    }
}

}  // namespace detail

/// Rust: tokio::try_join!. A void value stands as Unit in the tuple.
template <class First, class... Fs>
auto try_join(First&& first, Fs&&... futures) {
    constexpr bool taken = (detail::check_taken<First>() && ... && detail::check_taken<Fs>());
    if constexpr (taken) {
        if constexpr (detail::check_try_join<First, Fs...>()) {
            return TryJoin<detail::AsFuture<First>, detail::AsFuture<Fs>...>(
                std::in_place, std::forward<First>(first), std::forward<Fs>(futures)...);
        }
    }
}

}  // namespace tandem::async
